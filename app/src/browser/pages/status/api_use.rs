//! How Upstox was used in the last 24 hours: a chart by half hour, how the requests ended, and how long each endpoint
//! takes.

use leptos::prelude::*;

use crate::browser::components::line_chart;
use crate::drawn::{ApiUseDrawn, EndpointLine};

/// As it is drawn now; call it where it is to be drawn again.
pub(super) fn api_use(of: &ApiUseDrawn) -> AnyView {
    let rows = of.endpoints.iter().map(row).collect_view();
    view! {
        {line_chart(&of.chart)}
        <p class="mt-2 text-sm text-muted">{of.words.clone()}</p>
        {(!of.endpoints.is_empty()).then(|| view! {
            <div class="table-frame mt-3" role="group" aria-label="Endpoints" tabindex="0">
                <table class="table table-sm">
                    <caption class="sr-only">"Endpoints, the most asked first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Endpoint"</th>
                            <th scope="col" class="number">"Requests"</th>
                            <th scope="col" class="number">"Faults"</th>
                            <th scope="col" class="number max-sm:hidden">"Half within"</th>
                            <th scope="col" class="number">"95 of 100 within"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        })}
    }
    .into_any()
}

fn row(line: &EndpointLine) -> AnyView {
    let EndpointLine { endpoint, requests, faults, p50, p95 } = line.clone();
    view! {
        <tr>
            <td>{endpoint}</td>
            <td class="number">{requests}</td>
            <td class="number">{faults}</td>
            <td class="number max-sm:hidden">{p50}</td>
            <td class="number">{p95}</td>
        </tr>
    }
    .into_any()
}
