//! Strategies as the page shows them: tabs, facts, legs, the form of a text.

use engine::StrategyPlans;
use market::EpochSeconds;
use protocol::address::encoded;
use protocol::{ExitReason, OpenedStrategy, StrategyDocument, StrategyLegPicture, StrategyPicture};

use super::payoff::payoff;
use super::time_chart::time_chart;
use crate::drawn_strategy::{DrawnFact, LegFields, LegLine, Refusal, StrategyDrawn, Tab, Tone};
use crate::format;
use crate::strategy_address::StrategyAddress;

/// The legs of each strategy as fields, read from its own text.
pub(crate) fn form(plans: &StrategyPlans) -> Vec<Vec<LegFields>> {
    plans
        .strategies()
        .iter()
        .map(|plan| plan.legs().iter().map(|leg| fields(&leg.to_string())).collect())
        .collect()
}

/// Of a leg as it writes itself.
fn fields(text: &str) -> LegFields {
    let (leg, expiry) = text.split_once('@').unwrap_or((text, ""));
    let mut parts = leg.split(':').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let (side, lots, kind, strike) = (next(), next(), next(), next());
    let named =
        ["atm", "delta", "premium", "points", "same"].into_iter().find(|rule| strike.starts_with(rule));
    let (rule, value) = match named {
        Some(rule) => (rule, strike[rule.len()..].trim_start_matches('+')),
        None if strike.is_empty() => ("atm", ""),
        None => ("strike", strike.as_str()),
    };
    let value = if rule == "atm" && value.is_empty() { "0" } else { value };
    LegFields { side, lots, kind, rule: rule.to_owned(), value: value.to_owned(), expiry: expiry.to_owned() }
}

pub(crate) fn strategies(of: &StrategyDocument, address: &StrategyAddress) -> StrategyDrawn {
    let shown = address.shown().min(of.strategies.len().saturating_sub(1));
    let one = of.strategies.get(shown);
    let opened = one.and_then(|one| one.opened.as_ref());
    let rest = format!("/api/v1{}", address.path());
    let mut drawn = StrategyDrawn {
        tabs: of.strategies.iter().map(tab).collect(),
        refused: one.and_then(refusal),
        remark: of.remark.clone(),
        csv: rest_address(&rest),
        ..StrategyDrawn::default()
    };
    let Some(opened) = opened else { return drawn };
    drawn.facts = facts(opened, of);
    drawn.legs = opened.legs.iter().map(|leg| leg_line(leg, of)).collect();
    drawn.relative = relative(opened);
    drawn.chart = time_chart(of, shown);
    drawn.gaps = gaps(opened);
    drawn.payoff = opened.payoff.as_ref().map(payoff);
    drawn.no_payoff_because = opened.no_payoff_because.clone();
    drawn
}

/// What REST takes of the page's address, as CSV.
fn rest_address(address: &str) -> String {
    const OF_PAGE: [&str; 3] = ["show=", "run_entry=", "run_exit="];
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let taken = query.split('&').filter(|pair| !OF_PAGE.iter().any(|name| pair.starts_with(name)));
    format!("{path}?{}&format=csv", taken.collect::<Vec<_>>().join("&"))
}

fn refusal(of: &StrategyPicture) -> Option<Refusal> {
    Some(Refusal { why: of.refused.clone()?, to_collect: of.to_collect })
}

fn tab(of: &StrategyPicture) -> Tab {
    let outcome = of.opened.as_ref().and_then(|opened| opened.outcome.as_ref());
    let words = of.legs.split(',').map(leg_words).collect::<Vec<_>>().join(", ");
    match outcome {
        Some(outcome) => Tab { profit: signed(outcome.profit), tone: tone(outcome.profit), words },
        None => Tab { profit: "not priced".to_owned(), tone: Tone::Plain, words },
    }
}

/// `sell 1 call 24,500`, of a leg as it writes itself.
fn leg_words(leg: &str) -> String {
    let mut fields = fields(leg);
    if fields.rule == "strike"
        && let Ok(strike) = fields.value.parse()
    {
        fields.value = format::strike(strike);
    }
    fields.text().replace(':', " ")
}

pub(super) fn tone(rupees: f64) -> Tone {
    match rupees {
        rupees if rupees > 0.0 => Tone::Gain,
        rupees if rupees < 0.0 => Tone::Loss,
        _ => Tone::Plain,
    }
}

/// `+1,250`, `−420`: whole rupees, with their sign.
pub(super) fn signed(rupees: f64) -> String {
    let whole = rupees.round();
    let sign = if whole > 0.0 {
        "+"
    } else if whole < 0.0 {
        "−"
    } else {
        ""
    };
    format!("{sign}₹{}", format::grouped(whole.abs() as u64))
}

/// An amount whose direction its name says.
fn rupees(of: f64) -> String {
    format!("₹{}", format::grouped(of.abs().round() as u64))
}

fn facts(opened: &OpenedStrategy, of: &StrategyDocument) -> Vec<DrawnFact> {
    let fact = |name: &str, number: String, detail: String, tone| DrawnFact {
        name: name.to_owned(),
        number,
        detail,
        tone,
    };
    let plain = |name: &str, number: String, detail: &str| fact(name, number, detail.to_owned(), Tone::Plain);
    let mut facts = Vec::new();
    match (&opened.outcome, &opened.no_outcome_because) {
        (Some(outcome), _) => {
            let how = match outcome.reason {
                ExitReason::Expiry => ": closed at the last trades, not settled",
                ExitReason::Time | ExitReason::Profit | ExitReason::Loss => "",
            };
            let when = format!("{}, {}{how}", outcome.reason.words(), moment(&outcome.at));
            facts.push(fact("Profit", signed(outcome.profit), when, tone(outcome.profit)));
            facts.push(plain("Highest", signed(outcome.highest), "on the way"));
            facts.push(plain("Lowest", signed(outcome.lowest), "on the way"));
            facts.push(plain("Drawdown", rupees(outcome.drawdown), "deepest fall below its own peak"));
            let costs =
                if outcome.costs > 0.0 { "of opening and closing" } else { "none set: Settings › Reading" };
            facts.push(plain("Costs", rupees(outcome.costs), costs));
        }
        (None, why) => facts.push(plain("Profit", "–".to_owned(), why.as_deref().unwrap_or_default())),
    }
    // A future has none: what it asks for is the margin.
    if opened.legs.iter().any(|leg| leg.strike.is_some()) {
        let premium = if opened.premium < 0.0 { "Premium received" } else { "Premium paid" };
        facts.push(plain(premium, rupees(opened.premium), "of the options, at the entry"));
    }
    if let Some(payoff) = &opened.payoff {
        let bound = |of: Option<f64>| of.map_or("unlimited".to_owned(), signed);
        let worst = |of: Option<f64>| of.map_or("unlimited loss".to_owned(), signed);
        facts.push(plain("Most at expiry", bound(payoff.max_profit), "after the costs of opening"));
        facts.push(plain("Least at expiry", worst(payoff.max_loss), "after the costs of opening"));
        let even: Vec<String> =
            payoff.break_even.iter().map(|price| format::rupees_short(price.round())).collect();
        let even = if even.is_empty() { "none".to_owned() } else { even.join(" · ") };
        facts.push(plain("Breaks even at", even, "the underlying at expiry"));
    }
    facts.push(plain("Margin", "not computed".to_owned(), &format!("rate {:.2} %", of.rate * 100.0)));
    facts
}

pub(super) fn moment(text: &str) -> String {
    EpochSeconds::parse_rfc3339(text).map(format::moment).unwrap_or_default()
}

fn leg_line(leg: &StrategyLegPicture, of: &StrategyDocument) -> LegLine {
    let side = if leg.lots > 0 { "Buy" } else { "Sell" };
    let strike = leg.strike.map(|strike| format!(" {}", format::strike(strike))).unwrap_or_default();
    let steps = match leg.steps {
        None => String::new(),
        Some(0) => " at the money".to_owned(),
        Some(steps) => format!(" ATM{steps:+}"),
    };
    let key = leg.expired_key.as_ref();
    let dash = || "–".to_owned();
    let age = match leg.entry_age_s / 60 {
        0 => String::new(),
        minutes => format!(" ({minutes} m old)"),
    };
    LegLine {
        words: format!("{side} {} × {}{strike}{steps}", leg.lots.unsigned_abs(), leg.kind),
        address: key
            .map(|key| protocol::address::contract(&of.underlying, leg.expiry, key))
            .unwrap_or_default(),
        cells: vec![
            format::day(leg.expiry),
            leg.lot_size.to_string(),
            format!("{}{age}", format::rupees(leg.entry)),
            leg.exit.map_or_else(dash, format::rupees),
            leg.profit.map_or_else(dash, signed),
            leg.volatility.map_or_else(dash, |volatility| format!("{:.2} %", volatility * 100.0)),
            leg.delta.map_or_else(dash, |delta| format!("{delta:.2}")),
        ],
        tone: leg.profit.map(tone).unwrap_or_default(),
    }
}

/// The same legs as steps from the money, where each strike is a number of its own.
fn relative(of: &OpenedStrategy) -> String {
    let text = |leg: &StrategyLegPicture| {
        let fields = fields(&leg.leg);
        if fields.rule != "strike" {
            return Some(leg.leg.clone());
        }
        Some(LegFields { rule: "atm".to_owned(), value: leg.steps?.to_string(), ..fields }.text())
    };
    let has_strike = of.legs.iter().any(|leg| fields(&leg.leg).rule == "strike");
    let texts: Option<Vec<String>> = of.legs.iter().map(text).collect();
    texts.filter(|_| has_strike).unwrap_or_default().join(",")
}

/// The longest first.
fn gaps(of: &OpenedStrategy) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut gaps: Vec<_> = of.gaps.iter().collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.points));
    let mut words: Vec<String> = gaps
        .iter()
        .take(SHOWN)
        .map(|gap| {
            let (from, to) = (moment(&gap.from), moment(&gap.to));
            let when = if from == to { from } else { format!("{from} to {to}") };
            format!("{when}: {}", gap.reason)
        })
        .collect();
    if gaps.len() > SHOWN {
        words.push(format!("{} more, all in the CSV.", gaps.len() - SHOWN));
    }
    words
}

/// Of this page, with another expiry, entry and strategy.
pub(super) fn page_address(address: &StrategyAddress, expiry: String, entry: String, exit: String) -> String {
    StrategyAddress { expiry, entry, exit, at: String::new(), ..address.clone() }.path()
}

/// A text in a query.
pub(super) fn queried(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("&{name}={}", encoded(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_its_fields_and_back() {
        for text in [
            "sell:1:call:atm",
            "buy:2:put:atm-4@next",
            "sell:1:call:24500@2025-08-28",
            "buy:1:put:delta0.25",
            "buy:1:put:premium120",
            "sell:3:put:points-200",
            "buy:1:call:same@next",
            "buy:1:future",
            "buy:1:underlying",
        ] {
            assert_eq!(fields(text).text(), text);
        }
    }

    #[test]
    fn a_tab_says_its_legs_as_people_write_them() {
        assert_eq!(leg_words("sell:1:call:24500@2025-08-28"), "sell 1 call 24,500@2025-08-28");
        assert_eq!(leg_words("buy:2:put:atm-4@next"), "buy 2 put atm-4@next");
    }

    #[test]
    fn the_csv_takes_what_rest_takes() {
        let address = StrategyAddress {
            underlying: "NSE_INDEX|Nifty 50".to_owned(),
            legs: "sell:1:call:atm".to_owned(),
            show: "2".to_owned(),
            run_entry: "1@09:20".to_owned(),
            ..StrategyAddress::default()
        };
        assert_eq!(
            rest_address(&format!("/api/v1{}", address.path())),
            "/api/v1/strategy?underlying=NSE_INDEX%7CNifty%2050&legs=sell%3A1%3Acall%3Aatm&format=csv"
        );
    }

    #[test]
    fn rupees_have_their_sign() {
        assert_eq!(
            (signed(123_456.4), signed(-420.0), signed(0.2)),
            ("+₹1,23,456".into(), "−₹420".into(), "₹0".into())
        );
    }
}
