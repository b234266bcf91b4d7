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
    /// Of which part of the chain it is; empty where it is of the whole.
    part: String,
}

#[component]
pub fn Head(chain: ReadSignal<ChainPicture>, asking: ReadSignal<bool>) -> impl IntoView {
    let facts = memo(move || chain.with(facts_of));
    let fact = |Fact { name, number, detail, part }: Fact| {
        let part = (!part.is_empty()).then(|| view! { <dd class="chain-fact-part">{part}</dd> });
        view! {
            <div class="chain-fact">
                <dt>{name}</dt>
                <dd class="font-semibold tabular-nums">{number}</dd>
                <dd class="chain-fact-detail">{detail}</dd>
                {part}
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
        part: String::new(),
    };
    let of_part = |fact: Fact| Fact { part: part(chain), ..fact };
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
            chain.spot.map(format::rupees),
            chain.spot_age_s.map(age).or(chain.no_spot_because.clone()).unwrap_or_default(),
        ),
        fact("Forward", chain.forward.as_ref().map(|forward| format::rupees(forward.price)), forward_detail),
        fact(
            "At the money",
            chain.atm_strike.map(format::strike),
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
            percent(chain.implied_move)
                .map(|of| format!("a move of {of}"))
                .or_else(|| chain.no_straddle_because.clone())
                .unwrap_or_default(),
        ),
        of_part(fact(
            "PCR",
            ratio(chain.pcr_oi),
            ratio(chain.pcr_volume).map(|of| format!("by open interest; {of} by volume")).unwrap_or_default(),
        )),
        of_part(fact(
            "Max pain",
            chain.max_pain.map(format::strike),
            "where buyers of all open options would get least".to_owned(),
        )),
        fact(
            "Time left",
            Some(time_left(chain.minutes_left)),
            chain.lot_size.map(|lot| format!("lots of {lot}")).unwrap_or_default(),
        ),
    ]
}

/// Why there is no volatility at the money.
fn why_none(chain: &ChainPicture) -> Option<String> {
    chain.no_atm_volatility_because.as_deref().map(|why| no_volatility(why).words.to_owned())
}

/// Of how many options sums are, where others of the expiry were not collected.
fn part(chain: &ChainPicture) -> String {
    if chain.options_not_collected == 0 {
        return String::new();
    }
    let told = chain.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten().count() as u64;
    let missing = format::grouped(chain.options_not_collected.into());
    format!("of {}, {missing} not collected", format::counted(told, "option", "options"))
}

fn time_left(minutes: i64) -> String {
    let minutes = u64::try_from(minutes).unwrap_or(0);
    match minutes {
        0 => "settled".to_owned(),
        minutes => format::duration(minutes * 60),
    }
}
