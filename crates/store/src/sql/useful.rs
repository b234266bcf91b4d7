//! Queries to begin with. Each finds by itself what it is about (the newest expiry with minutes), so that it runs as it
//! stands on any database, and a person changes it from there. A test runs each of them.

use protocol::UsefulQuery;

/// Name in addresses, title, a sentence, and the query.
type Useful = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const QUERIES: [Useful; 20] = [
    ("stored", "What is stored", "Each expiry with candles, newest first, and whether all of it is here.",
     include_str!("useful/stored.sql")),
    ("minutes", "Minutes of a contract", "The last day of the most traded contract: a key and a range of epoch find its rows.",
     include_str!("useful/minutes.sql")),
    ("bars", "Five-minute bars", "The same day in bars of five minutes.", include_str!("useful/bars.sql")),
    ("daily-range", "Daily range of an expiry", "High, low and range of the underlying on each day of the newest expiry.",
     include_str!("useful/daily_range.sql")),
    ("expiry-day-ranges", "Ranges of expiry days", "How far the underlying went on the day of each stored expiry.",
     include_str!("useful/expiry_day_ranges.sql")),
    ("oi-by-strike", "Open interest by strike at a minute", "Calls and puts of the newest expiry at 11:00 of its last day with minutes.",
     include_str!("useful/oi_by_strike.sql")),
    ("oi-change", "Largest changes of open interest", "From one day to the next, of all contracts of the newest expiry.",
     include_str!("useful/oi_change.sql")),
    ("put-call-ratio", "Put-call ratio by day",
     "Puts over calls by volume, and by open interest as the chain has it: the last known of each option.",
     include_str!("useful/put_call_ratio.sql")),
    ("max-pain", "Maximum pain",
     "What all options of the newest expiry would pay at each strike, by the last open interest known of each.",
     include_str!("useful/max_pain.sql")),
    ("straddle", "Straddle nearest to the close by day",
     "Call plus put at the strike nearest to the underlying's close, by last trades of the day; atm-straddle takes the forward.",
     include_str!("useful/straddle.sql")),
    ("synthetic", "Synthetic future by day",
     "Strike plus call minus put at the strike nearest to the underlying's close, by last trades of the day.",
     include_str!("useful/synthetic.sql")),
    ("continuous-future", "Continuous future", "The close of the nearest future of each day, and which one it is.",
     include_str!("useful/continuous_future.sql")),
    ("volume-by-strike", "Volume by strike", "Of the newest expiry on its last day with minutes.",
     include_str!("useful/volume_by_strike.sql")),
    ("largest-volumes", "Largest volumes", "The days on which most was traded in a contract of the newest expiry.",
     include_str!("useful/largest_volumes.sql")),
    ("time-of-day", "Volume by time of day", "In half hours, over all days of the most traded contract.",
     include_str!("useful/time_of_day.sql")),
    ("first-last", "First and last candle",
     "Of each contract of the newest expiry; a candle may be without a trade (volume 0).",
     include_str!("useful/first_last.sql")),
    ("missing-minutes", "Missing minutes", "Between the first and the last row of a day, of the most traded contract, longest first.",
     include_str!("useful/missing_minutes.sql")),
    ("revised", "Revised rows", "Candles that a later answer changed: what they were, and what they are.",
     include_str!("useful/revised.sql")),
    ("requests", "Requests per day", "What the broker was asked, and what came of it.", include_str!("useful/requests.sql")),
    ("jobs", "Jobs", "The expiries of each job, by how they ended.", include_str!("useful/jobs.sql")),
];

pub(super) fn queries() -> Vec<UsefulQuery> {
    let of = |(name, title, sentence, sql): Useful| UsefulQuery {
        name: name.to_owned(),
        title: title.to_owned(),
        sentence: sentence.to_owned(),
        sql: sql.trim_end().to_owned(),
    };
    QUERIES.into_iter().map(of).collect()
}
