//! Any series that can be made: chosen with its parameters, drawn, as a table and as a file, with its rule and its gaps.
//! All of it is in the address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use market::{ChartInterval, Day};
use protocol::{ChainDays, SeriesKind};

use super::series_form::SeriesForm;
use super::time::{TimeView, time_skeleton};
use crate::browser::compiled_once::memo;
use crate::browser::components::ErrorNote;
use crate::rpc::analysis::{BESIDE_MAX, analysis_series};

/// What is shown before anything is chosen.
const FIRST: &str = "atm-straddle";

/// As the address says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// `atm-straddle fixed=09:20`.
    pub series: String,
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub interval: ChartInterval,
    /// Earlier expiries that are laid beside it.
    pub beside: u32,
}

impl Wanted {
    /// What cannot be read takes its default; a name that there is not is refused by the server, in a sentence.
    pub fn read(text: impl Fn(&str) -> Option<String>) -> Self {
        let parsed = |name: &str| text(name).unwrap_or_default();
        let series = parsed("series");
        Self {
            series: if series.is_empty() { FIRST.to_owned() } else { series },
            from: parsed("from").parse().ok(),
            to: parsed("to").parse().ok(),
            interval: parsed("interval").parse().unwrap_or(ChartInterval::MINUTE_15),
            beside: parsed("beside").parse().unwrap_or(0).min(BESIDE_MAX),
        }
    }
}

#[component]
pub fn SeriesPart(days: ChainDays, kinds: Vec<SeriesKind>) -> impl IntoView {
    let query = use_query_map();
    let wanted = memo(move || Wanted::read(|name| query.read().get(name)));
    let of = StoredValue::new((days.underlying.clone(), days.expiry));
    let made = Resource::new(
        move || wanted.get(),
        move |wanted| {
            let (underlying, expiry) = of.get_value();
            let Wanted { series, from, to, interval, beside } = wanted;
            analysis_series(underlying, expiry, series, from, to, interval, beside)
        },
    );
    let retry = Callback::new(move |()| made.refetch());
    view! {
        <SeriesForm days kinds wanted/>
        <section aria-label="The series">
            {move || match made.get() {
                None => time_skeleton("Making the series of its days …".to_owned()),
                Some(Ok(charts)) => view! { <TimeView charts/> }.into_any(),
                Some(Err(problem)) => view! {
                    <div class="mt-3"><ErrorNote what="This series could not be made" problem retry/></div>
                }.into_any(),
            }}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_the_address() {
        let read = Wanted::read(|name| match name {
            "series" => Some("by-delta side=put delta=0.25".to_owned()),
            "from" => Some("2025-08-01".to_owned()),
            _ => Some("nonsense".to_owned()),
        });
        assert_eq!(read.series, "by-delta side=put delta=0.25");
        assert_eq!((read.from, read.to), ("2025-08-01".parse().ok(), None));
        assert_eq!(read.interval, ChartInterval::MINUTE_15);
        assert_eq!(Wanted::read(|_| None).series, FIRST);
    }
}
