//! What stands above a chain: spot, forward and where it comes from, volatility, straddle, ratios, time left.

use leptos::prelude::*;
use protocol::ChainPicture;

use crate::browser::compiled_once::memo;
use crate::browser::no_volatility::no_volatility;
use crate::format;

/// A figure, and what it is made from.
#[derive(Clone, Debug, PartialEq)]
struct Fact {
    name: &'static str,
    number: String,
    detail: String,
}

#[component]
pub fn Head(chain: ReadSignal<ChainPicture>, asking: ReadSignal<bool>) -> impl IntoView {
    let facts = memo(move || chain.with(facts_of));
    let fact = |Fact { name, number, detail }: Fact| {
        view! {
            <div class="chain-fact">
                <dt>{name}</dt>
                <dd class="font-semibold tabular-nums">{number}</dd>
                <dd class="chain-fact-detail">{detail}</dd>
            </div>
        }
    };
    view! {
        <dl class="chain-facts kept-figures" aria-busy=move || asking.get().to_string()>
            {move || facts.get().into_iter().map(fact).collect_view()}
        </dl>
    }
    .into_any()
}

fn facts_of(chain: &ChainPicture) -> Vec<Fact> {
    let fact = |name, number: Option<String>, detail: String| Fact {
        name,
        number: number.unwrap_or_else(|| "–".to_owned()),
        detail,
    };
    let percent = |fraction: Option<f64>| fraction.map(|fraction| format!("{:.2} %", fraction * 100.0));
    let ratio = |ratio: Option<f64>| ratio.map(|ratio| format!("{ratio:.2}"));
    let age = |seconds: i64| match seconds / 60 {
        0 => String::new(),
        minutes => format!("{minutes} min old"),
    };
    let forward_detail = match (&chain.forward, &chain.no_forward_because) {
        (Some(forward), _) => match (forward.source.as_str(), forward.strikes) {
            ("parity", Some(strikes)) => format!("by calls and puts of {strikes} strikes"),
            _ => format!("the expiry's future {}", age(forward.age_s)),
        },
        (None, why) => why.clone().unwrap_or_default(),
    };
    let session = percent(chain.atm_session_volatility).map(|session| format!("{session} on session time"));
    vec![
        fact(
            "Spot",
            chain.spot.map(|spot| format::rupees(spot.price)),
            chain.spot.map(|spot| age(spot.age_s)).or(chain.no_spot_because.clone()).unwrap_or_default(),
        ),
        fact("Forward", chain.forward.as_ref().map(|forward| format::rupees(forward.price)), forward_detail),
        fact(
            "At the money",
            chain.atm_strike.map(format::rupees_short),
            "the strike nearest the forward".to_owned(),
        ),
        fact(
            "Volatility",
            percent(chain.atm_volatility),
            session.or_else(|| why_none(chain)).unwrap_or_default(),
        ),
        fact(
            "Straddle",
            chain.straddle.map(format::rupees),
            percent(chain.implied_move).map(|of| format!("a move of {of}")).unwrap_or_default(),
        ),
        fact(
            "PCR",
            ratio(chain.pcr_oi),
            ratio(chain.pcr_volume).map(|of| format!("by open interest; {of} by volume")).unwrap_or_default(),
        ),
        fact(
            "Max pain",
            chain.max_pain.map(format::rupees_short),
            "where open interest would be paid least".to_owned(),
        ),
        fact(
            "Time left",
            Some(time_left(chain.minutes_left)),
            chain.lot_size.map(|lot| format!("lots of {lot}")).unwrap_or_default(),
        ),
    ]
}

/// Why the strike at the money has no volatility, or why there is no such strike.
fn why_none(chain: &ChainPicture) -> Option<String> {
    if chain.forward.is_some() && chain.atm_strike.is_none() {
        return Some(no_volatility("no_strike").words.to_owned());
    }
    let row = chain.rows.iter().find(|row| Some(row.strike) == chain.atm_strike)?;
    let mut sides = [&row.call, &row.put].into_iter().flatten();
    sides
        .find_map(|side| side.no_volatility_because.as_deref())
        .map(|why| no_volatility(why).words.to_owned())
}

fn time_left(minutes: i64) -> String {
    let minutes = u64::try_from(minutes).unwrap_or(0);
    match minutes {
        0 => "settled".to_owned(),
        minutes => format::duration(minutes * 60),
    }
}
