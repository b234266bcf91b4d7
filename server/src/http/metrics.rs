//! `/metrics`: how the program does, in Prometheus' text format. Every name is here; `docs/grafana.json` uses no other.
//! Reading it is cheap, and nothing in it is secret.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use engine::{Clock, EngineFigures, LATENCY_BOUNDS_MS, StoredCounts};
use protocol::JobStatus;

use super::Site;
use crate::build;
use crate::exposition::{Exposition, Kind, MEDIA_TYPE, Value};

pub async fn metrics(State(site): State<Site>) -> Response {
    let mut figures = Vec::new();
    for engine in site.markets.opened() {
        figures.push(engine.figures().await);
    }
    let mut out = Exposition::default();
    tell_process(&mut out, &site);
    tell_requests(&mut out, &figures);
    tell_limits(&mut out, &figures);
    tell_stored(&mut out, &figures);
    tell_work(&mut out, &figures);
    ([(CONTENT_TYPE, MEDIA_TYPE)], out.into_text()).into_response()
}

fn tell_process(out: &mut Exposition, site: &Site) {
    let (uptime, now) = (site.clock.monotonic(), site.clock.wall().as_seconds());
    let labels = [
        ("version", build::VERSION),
        ("commit", build::COMMIT.unwrap_or("unknown")),
        ("sqlite", engine::sqlite_version()),
    ];
    out.family("expirytrack_build_info", Kind::Gauge, "What was built; always 1.").sample(&labels, 1_u64);
    let started = now.saturating_sub_unsigned(uptime.as_secs());
    out.family(
        "expirytrack_process_start_time_seconds",
        Kind::Gauge,
        "When the program began, in seconds since 1970.",
    )
    .sample(&[], started);
    out.family("expirytrack_process_uptime_seconds", Kind::Gauge, "For how long the program runs.")
        .sample(&[], uptime.as_secs_f64());
    if let Some(bytes) = engine::resident_bytes() {
        out.family(
            "expirytrack_process_resident_memory_bytes",
            Kind::Gauge,
            "Memory that the program holds.",
        )
        .sample(&[], bytes);
    }
}

fn tell_requests(out: &mut Exposition, figures: &[EngineFigures]) {
    let mut family = out.family(
        "expirytrack_broker_requests_total",
        Kind::Counter,
        "Requests to the broker that have ended since the program began, retries included.",
    );
    for of in figures {
        for (endpoint, counts) in &of.requests {
            for (outcome, count) in &counts.by_outcome {
                let market = of.market.as_str();
                let labels = [("market", market), ("endpoint", *endpoint), ("outcome", outcome.as_str())];
                family.sample(&labels, *count);
            }
        }
    }
    let mut family = out.family(
        "expirytrack_broker_request_duration_seconds",
        Kind::Histogram,
        "From sending a request to the end of its answer.",
    );
    for of in figures {
        for (endpoint, counts) in &of.requests {
            let bounds = LATENCY_BOUNDS_MS.map(|bound| Duration::from_millis(bound).as_secs_f64());
            let sum_and_count = (counts.took.as_secs_f64(), counts.count());
            let labels = [("market", of.market.as_str()), ("endpoint", *endpoint)];
            family.histogram(&labels, bounds.into_iter().zip(counts.within), sum_and_count);
        }
    }
    gauge(out, figures, "expirytrack_broker_requests_in_flight", "Requests without an answer yet.", |of| {
        Some(u64::from(of.in_flight))
    });
    gauge(out, figures, "expirytrack_broker_requests_waiting", "Requests that wait for a slot.", |of| {
        Some(of.waiting)
    });
}

fn tell_limits(out: &mut Exposition, figures: &[EngineFigures]) {
    type OfWindow = fn(&protocol::WindowPicture) -> u32;
    let used: OfWindow = |window| window.used;
    let limit: OfWindow = |window| window.max;
    for (name, help, value) in [
        ("expirytrack_rate_window_requests", "Requests that count in the window now.", used),
        ("expirytrack_rate_window_limit", "Requests that the window takes.", limit),
    ] {
        let mut family = out.family(name, Kind::Gauge, help);
        for of in figures {
            for window in &of.limits.windows {
                let labels = [("market", of.market.as_str()), ("window", &*format!("{}s", window.seconds))];
                family.sample(&labels, u64::from(value(window)));
            }
        }
    }
    gauge(
        out,
        figures,
        "expirytrack_broker_pause_seconds",
        "How long the broker still wants everybody to wait; 0: it does not.",
        |of| Some(of.limits.parked_ms.map_or(0.0, |ms| Duration::from_millis(ms).as_secs_f64())),
    );
}

fn tell_stored(out: &mut Exposition, figures: &[EngineFigures]) {
    gauge(out, figures, "expirytrack_database_up", "Whether the database answers.", |of| {
        Some(of.stored.is_some())
    });
    gauge(out, figures, "expirytrack_database_bytes", "Bytes of the database.", |of| Some(of.database_bytes));
    gauge(out, figures, "expirytrack_database_wal_bytes", "Bytes of its write-ahead log.", |of| {
        Some(of.log_bytes)
    });
    gauge(out, figures, "expirytrack_disk_free_bytes", "Bytes that may still be written beside it.", |of| {
        of.free_bytes
    });
    let mut family = out.family("expirytrack_candles", Kind::Gauge, "Candles that are stored.");
    for (of, stored) in stored(figures) {
        let market = of.market.as_str();
        family.sample(&[("market", market), ("of", "contracts")], stored.contract_candles);
        family.sample(&[("market", market), ("of", "underlyings")], stored.underlying_candles);
    }
    gauge(
        out,
        figures,
        "expirytrack_backup_newest_timestamp_seconds",
        "When the newest backup of the folder was made; absent: there is none.",
        |of| Some(of.stored.as_ref()?.last_backup?.0),
    );
    gauge(
        out,
        figures,
        "expirytrack_backup_failures",
        "Backups by the rule that have failed since the last that did not.",
        |of| Some(u64::from(of.stored.as_ref()?.backup_failures)),
    );
}

fn tell_work(out: &mut Exposition, figures: &[EngineFigures]) {
    let mut family = out.family("expirytrack_jobs", Kind::Gauge, "Jobs by their state.");
    for (of, stored) in stored(figures) {
        for status in JobStatus::ALL {
            let count = stored.jobs.iter().find(|(of, _)| *of == status).map_or(0, |(_, count)| *count);
            family.sample(&[("market", of.market.as_str()), ("status", status.as_str())], count);
        }
    }
    let mut family =
        out.family("expirytrack_loop_up", Kind::Gauge, "Whether a loop that works by itself runs.");
    for of in figures {
        for one in &of.loops {
            family.sample(&[("market", of.market.as_str()), ("loop", &one.name)], one.running);
        }
    }
    let mut family = out.family(
        "expirytrack_loop_restarts",
        Kind::Gauge,
        "Times in the last hour that a loop had to be started again.",
    );
    for of in figures {
        for one in &of.loops {
            family.sample(&[("market", of.market.as_str()), ("loop", &one.name)], u64::from(one.restarts));
        }
    }
    gauge(out, figures, "expirytrack_pages_connected", "Pages that follow by WebSocket.", |of| {
        Some(of.pages)
    });
    gauge(out, figures, "expirytrack_signed_in", "Whether somebody is signed in to the broker.", |of| {
        Some(of.signed_in_until.is_some())
    });
    gauge(
        out,
        figures,
        "expirytrack_sign_in_end_timestamp_seconds",
        "When the sign-in ends; absent: nobody is signed in.",
        |of| Some(of.signed_in_until?.0),
    );
}

/// One value a market; a market that has none is left out.
fn gauge<V: Into<Value>>(
    out: &mut Exposition,
    figures: &[EngineFigures],
    name: &'static str,
    help: &str,
    value: impl Fn(&EngineFigures) -> Option<V>,
) {
    let mut family = out.family(name, Kind::Gauge, help);
    for of in figures {
        if let Some(value) = value(of) {
            family.sample(&[("market", of.market.as_str())], value);
        }
    }
}

fn stored(figures: &[EngineFigures]) -> impl Iterator<Item = (&EngineFigures, &StoredCounts)> {
    figures.iter().filter_map(|of| Some((of, of.stored.as_ref()?)))
}
