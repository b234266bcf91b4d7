//! The columns of a side, outwards from the strike, and which of them are shown: part of the address.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use protocol::ChainSide;

use crate::browser::compiled_once::memo;
use crate::format;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Last,
    Age,
    Change,
    Volume,
    OpenInterest,
    OpenInterestChange,
    Volatility,
    OwnVolatility,
    SessionVolatility,
    Delta,
    Gamma,
    Theta,
    Vega,
    TimeValue,
}

/// Of what can be told and where there is nothing to tell.
pub const NOTHING: &str = "–";
const USUAL: [Column; 6] = [
    Column::Last,
    Column::Volume,
    Column::OpenInterest,
    Column::OpenInterestChange,
    Column::Volatility,
    Column::Delta,
];

impl Column {
    pub const ALL: [Self; 14] = [
        Self::Last,
        Self::Age,
        Self::Change,
        Self::Volume,
        Self::OpenInterest,
        Self::OpenInterestChange,
        Self::Volatility,
        Self::OwnVolatility,
        Self::SessionVolatility,
        Self::Delta,
        Self::Gamma,
        Self::Theta,
        Self::Vega,
        Self::TimeValue,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Age => "age",
            Self::Change => "change",
            Self::Volume => "volume",
            Self::OpenInterest => "oi",
            Self::OpenInterestChange => "oichange",
            Self::Volatility => "iv",
            Self::OwnVolatility => "owniv",
            Self::SessionVolatility => "sessioniv",
            Self::Delta => "delta",
            Self::Gamma => "gamma",
            Self::Theta => "theta",
            Self::Vega => "vega",
            Self::TimeValue => "premium",
        }
    }

    /// Without a volatility there is none of it either.
    pub fn is_of_volatility(self) -> bool {
        matches!(
            self,
            Self::Volatility
                | Self::OwnVolatility
                | Self::SessionVolatility
                | Self::Delta
                | Self::Gamma
                | Self::Theta
                | Self::Vega
        )
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Last => "Last",
            Self::Age => "Age",
            Self::Change => "Change",
            Self::Volume => "Volume",
            Self::OpenInterest => "OI",
            Self::OpenInterestChange => "OI chg",
            Self::Volatility => "IV %",
            Self::OwnVolatility => "Own IV %",
            Self::SessionVolatility => "Session IV %",
            Self::Delta => "Delta",
            Self::Gamma => "Gamma",
            Self::Theta => "Theta",
            Self::Vega => "Vega",
            Self::TimeValue => "Time value",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Last => "The last trade, with its age in minutes where it is not of this one",
            Self::Age => "How long ago the last trade was: minutes, hours or days",
            Self::Change => "Since the last trade of earlier sessions",
            Self::Volume => "Units traded on the day so far",
            Self::OpenInterest => "Open interest, in units",
            Self::OpenInterestChange => "Open interest since the end of the previous session",
            Self::Volatility => {
                "Implied volatility a year, of the side out of the money, Black-76 on the forward"
            }
            Self::OwnVolatility => "Implied volatility a year of this side's own price",
            Self::SessionVolatility => "The same as IV, by the minutes of sessions that are left",
            Self::Delta => "To the forward, discounted",
            Self::Gamma => "Change of delta for a rupee of the forward",
            Self::Theta => "Rupees for a calendar day",
            Self::Vega => "Rupees for a point of volatility",
            Self::TimeValue => "The price over its intrinsic value on the forward",
        }
    }

    pub fn text(self, side: &ChainSide) -> String {
        let number = |number: Option<f64>, decimals: usize| {
            number.map_or_else(|| NOTHING.to_owned(), |number| format!("{number:.decimals$}"))
        };
        let units = |units: Option<i64>| {
            units.map_or_else(|| NOTHING.to_owned(), |units| format::grouped(units.unsigned_abs()))
        };
        let percent = |fraction: Option<f64>| number(fraction.map(|fraction| fraction * 100.0), 2);
        match self {
            Self::Last => format::rupees(side.last),
            Self::Age => age_words(side.age_s / 60),
            Self::Change => side.change.map_or_else(|| NOTHING.to_owned(), |change| format!("{change:+.2}")),
            Self::Volume => units(Some(side.volume)),
            Self::OpenInterest => units(side.open_interest),
            Self::OpenInterestChange => side.open_interest_change.map_or_else(
                || NOTHING.to_owned(),
                |change| {
                    if change > 0 {
                        format!("+{}", format::grouped_signed(change))
                    } else {
                        format::grouped_signed(change)
                    }
                },
            ),
            Self::Volatility => percent(side.volatility),
            Self::OwnVolatility => percent(side.own_volatility),
            Self::SessionVolatility => percent(side.session_volatility),
            Self::Delta => number(side.delta, 3),
            Self::Gamma => number(side.gamma, 5),
            Self::Theta => number(side.theta, 2),
            Self::Vega => number(side.vega, 2),
            Self::TimeValue => number(side.time_value, 2),
        }
    }
}

/// `3 m`, `2 h`, `4 d`: how old a price is.
pub fn age_words(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{minutes} m"),
        60..1440 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

/// Which are shown, and how they are changed; copies share the address.
#[derive(Clone, Copy)]
pub struct Columns {
    shown: Memo<Vec<Column>>,
    set: SignalSetter<Option<String>>,
}

pub fn of_address() -> Columns {
    let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    let (text, set) = query_signal_with_options::<String>("columns", options);
    Columns { shown: memo(move || read(text.get().as_deref())), set }
}

/// What cannot be read is passed over; nothing is the usual.
fn read(text: Option<&str>) -> Vec<Column> {
    let Some(text) = text else { return USUAL.to_vec() };
    let named: Vec<&str> = text.split(',').collect();
    let shown: Vec<Column> =
        Column::ALL.into_iter().filter(|column| named.contains(&column.word())).collect();
    if shown.is_empty() { USUAL.to_vec() } else { shown }
}

fn written(columns: &[Column]) -> Option<String> {
    let words: Vec<&str> = columns.iter().map(|column| column.word()).collect();
    (columns != USUAL.as_slice()).then(|| words.join(","))
}

impl Columns {
    pub fn get(self) -> Vec<Column> {
        self.shown.get()
    }

    fn toggle(self, column: Column) {
        let shown = self.shown.get_untracked();
        let is_shown = |other: &Column| (*other == column) != shown.contains(other);
        let now: Vec<Column> = Column::ALL.into_iter().filter(is_shown).collect();
        if !now.is_empty() {
            self.set.set(written(&now));
        }
    }
}

#[component]
pub fn ColumnChoice(columns: Columns) -> impl IntoView {
    let choice = move |column: Column| {
        let is_shown = move || columns.get().contains(&column);
        // One column stays: a table without any would tell nothing.
        let is_last = move || columns.get() == [column];
        view! {
            <label class="flex items-center gap-1.5" title=column.title()>
                <input type="checkbox" class="checkbox checkbox-xs" prop:checked=is_shown disabled=is_last
                    on:change=move |_| columns.toggle(column)/>
                {column.label()}
            </label>
        }
    };
    view! {
        <fieldset class="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs">
            <legend class="sr-only">"Columns of each side"</legend>
            {Column::ALL.map(choice).collect_view()}
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_what_is_not_usual() {
        assert_eq!(read(None), USUAL);
        assert_eq!(read(Some("vega,last,nothing")), [Column::Last, Column::Vega]);
        assert_eq!(read(Some("nothing")), USUAL);
        assert_eq!(written(&USUAL), None);
        for shown in [vec![Column::Last], Column::ALL.to_vec()] {
            assert_eq!(read(written(&shown).as_deref()), shown);
        }
    }
}
