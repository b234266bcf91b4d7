//! Which series, with what parameters, of which days: a form whose outcome is an address.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use market::ChartInterval;
use protocol::{ChainDays, SeriesKind, SeriesParameter};

use super::choices::{OF_SERIES, address_of, with_rest};
use super::series::Wanted;
use crate::address::encoded;
use crate::browser::components::{Options, Select};
use crate::interval_words::interval_menu;
use crate::rpc::analysis::BESIDE_MAX;

/// What this form says of an address.
const OWN: [&str; 5] = ["series", "from", "to", "interval", "beside"];
const INTERVALS: [ChartInterval; 8] = [
    ChartInterval::MINUTE_1,
    ChartInterval::MINUTE_5,
    ChartInterval::MINUTE_15,
    ChartInterval::MINUTE_30,
    ChartInterval::HOUR_1,
    ChartInterval::Day,
    ChartInterval::Week,
    ChartInterval::Month,
];

#[component]
pub fn SeriesForm(days: ChainDays, kinds: Vec<SeriesKind>, wanted: Memo<Wanted>) -> impl IntoView {
    let (navigate, query) = (use_navigate(), use_query_map());
    let here = address_of(&days);
    let go = Callback::new(move |wanted: Wanted| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        let base = with_rest(&here, query.get_untracked(), &OWN);
        navigate(&address(&format!("{base}{OF_SERIES}"), &wanted), options);
    });
    let kinds = StoredValue::new(kinds);
    let to_kind = Callback::new(move |name: String| {
        let example = kinds
            .with_value(|kinds| kinds.iter().find(|kind| kind.name == name).map(|kind| kind.example.clone()));
        go.run(Wanted { series: example.unwrap_or(name), ..wanted.get_untracked() });
    });
    let name = move || wanted.with(|wanted| name_of(&wanted.series).to_owned());
    let names = |kind: &SeriesKind| (kind.name.clone(), kind.title.clone());
    let names: Options = kinds.with_value(|kinds| kinds.iter().map(names).collect());
    let parameters = move || {
        let series = wanted.with(|wanted| wanted.series.clone());
        let kind = kinds.with_value(|kinds| kinds.iter().find(|kind| kind.name == name_of(&series)).cloned());
        let parameters = kind.map(|kind| kind.parameters).unwrap_or_default();
        parameters.into_iter().map(|parameter| field(parameter, wanted, go)).collect_view()
    };
    let to_day = move |set: fn(&mut Wanted, Option<market::Day>)| {
        move |event| {
            let mut now = wanted.get_untracked();
            set(&mut now, event_target_value(&event).parse().ok());
            go.run(now);
        }
    };
    let to_interval = Callback::new(move |interval: String| {
        if let Ok(interval) = interval.parse() {
            go.run(Wanted { interval, ..wanted.get_untracked() });
        }
    });
    let to_beside = Callback::new(move |beside: String| {
        if let Ok(beside) = beside.parse() {
            go.run(Wanted { beside, ..wanted.get_untracked() });
        }
    });
    let intervals = move || -> Options {
        let menu = interval_menu(&INTERVALS, Some(wanted.get().interval)).into_iter();
        menu.map(|(interval, words)| (interval.to_string(), words)).collect()
    };
    let numbers = (0..=BESIDE_MAX).map(|beside| {
        let words = if beside == 0 { "None".to_owned() } else { format!("The {beside} before") };
        (beside.to_string(), words)
    });
    let numbers: Options = numbers.collect();
    let is_of_one_expiry = move || {
        let name = name();
        kinds.with_value(|kinds| kinds.iter().any(|kind| kind.name == name && kind.of_one_expiry))
    };
    let text = |day: Option<market::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    view! {
        <div class="series-form">
            <label>"Series"
                <Select class="select select-sm" options=Signal::stored(names) chosen=Signal::derive(name) choose=to_kind/>
            </label>
            {parameters}
            <label>"First day"
                <input type="date" class="input input-sm" prop:value=move || text(wanted.get().from)
                    on:change=to_day(|wanted, day| wanted.from = day)/>
            </label>
            <label>"Last day"
                <input type="date" class="input input-sm" prop:value=move || text(wanted.get().to)
                    on:change=to_day(|wanted, day| wanted.to = day)/>
            </label>
            <label>"Interval"
                <Select class="select select-sm" options=Signal::derive(intervals)
                    chosen=Signal::derive(move || wanted.get().interval.to_string()) choose=to_interval/>
            </label>
            <label>"Earlier expiries beside it"
                <Select class="select select-sm" options=Signal::stored(numbers)
                    chosen=Signal::derive(move || wanted.get().beside.to_string()) choose=to_beside
                    disabled=Signal::derive(move || !is_of_one_expiry())/>
            </label>
        </div>
    }
    .into_any()
}

fn field(parameter: SeriesParameter, wanted: Memo<Wanted>, go: Callback<Wanted>) -> AnyView {
    let SeriesParameter { name, words } = parameter;
    let (of_value, of_change, hint) = (name.clone(), name.clone(), words.clone());
    let value = move || wanted.with(|wanted| parameter_of(&wanted.series, &of_value).unwrap_or_default());
    let change = move |event| {
        let now = wanted.get_untracked();
        let series = with_parameter(&now.series, &of_change, event_target_value(&event).trim());
        go.run(Wanted { series, ..now });
    };
    view! {
        <label title=words>{label(&name)}
            <input type="text" class="input input-sm" autocomplete="off" prop:value=value on:change=change/>
            <span class="series-hint">{hint}</span>
        </label>
    }
    .into_any()
}

/// `Side`, of `side`; a name that tells nobody what it does is told in words.
fn label(name: &str) -> String {
    if name == "fixed" {
        return "Keep the strike of".to_owned();
    }
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn name_of(series: &str) -> &str {
    series.split_whitespace().next().unwrap_or_default()
}

fn parameter_of(series: &str, name: &str) -> Option<String> {
    let mut pairs = series.split_whitespace().filter_map(|word| word.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// With another value; without one the parameter is left out.
fn with_parameter(series: &str, name: &str, value: &str) -> String {
    let is_other = |word: &&str| word.split_once('=').is_none_or(|(known, _)| known != name);
    let mut words: Vec<String> = series.split_whitespace().filter(is_other).map(str::to_owned).collect();
    if !value.is_empty() {
        // A series is written in words, so no value has a space.
        words.push(format!("{name}={}", value.split_whitespace().collect::<String>()));
    }
    words.join(" ")
}

fn address(base: &str, wanted: &Wanted) -> String {
    let mut address = format!("{base}&series={}", encoded(&wanted.series));
    for (name, day) in [("from", wanted.from), ("to", wanted.to)] {
        if let Some(day) = day {
            address.push_str(&format!("&{name}={day}"));
        }
    }
    if wanted.interval != ChartInterval::MINUTE_15 {
        address.push_str(&format!("&interval={}", wanted.interval));
    }
    if wanted.beside > 0 {
        address.push_str(&format!("&beside={}", wanted.beside));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_changed_where_it_stands_and_left_out_when_it_is_empty() {
        let series = "by-delta side=put delta=0.25";
        assert_eq!([label("side"), label("fixed")], ["Side", "Keep the strike of"]);
        assert_eq!((name_of(series), parameter_of(series, "delta").as_deref()), ("by-delta", Some("0.25")));
        assert_eq!(with_parameter(series, "delta", "0.1"), "by-delta side=put delta=0.1");
        assert_eq!(with_parameter(series, "side", ""), "by-delta delta=0.25");
        assert_eq!(with_parameter("max-pain", "strike", "24 500"), "max-pain strike=24500");
        let wanted = Wanted {
            series: series.to_owned(),
            from: None,
            to: "2025-08-28".parse().ok(),
            interval: ChartInterval::Day,
            beside: 2,
        };
        assert_eq!(
            address("/analysis?part=series", &wanted),
            "/analysis?part=series&series=by-delta%20side%3Dput%20delta%3D0.25&to=2025-08-28&interval=day&beside=2"
        );
    }
}
