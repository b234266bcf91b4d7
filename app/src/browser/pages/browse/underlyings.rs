//! The underlyings of which something is stored.

use leptos::prelude::*;
use protocol::StoredUnderlying;

use crate::browse_address as addresses;
use crate::browser::answer::answer;
use crate::browser::components::{Empty, ErrorNote};
use crate::browser::frame::{Crumb, Page};
use crate::format;
use crate::rpc::browse::StoredUnderlyings;

#[component]
pub fn Browse() -> impl IntoView {
    let rows = Resource::new(|| (), |()| answer(StoredUnderlyings {}));
    let retry = Callback::new(move |()| rows.refetch());
    view! {
        <Page crumbs=vec![Crumb::here("Browse")]>
            <Suspense fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match rows.await {
                        Ok(rows) if rows.is_empty() => view! {
                            <Empty
                                title="Nothing stored yet"
                                text="Every contract that was collected is found here by underlying, expiry and strike, with its candles, volume and open interest."
                                address="/collect"
                                action="Collect some candles"
                            />
                        }.into_any(),
                        Ok(rows) => view! { <Underlyings rows/> }.into_any(),
                        Err(problem) => view! {
                            <ErrorNote what="What is stored could not be read" problem retry/>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Page>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="grid max-w-4xl gap-2" aria-hidden="true">
            {(0..4).map(|_| view! { <div class="skeleton h-9"></div> }).collect_view()}
        </div>
    }
}

#[component]
fn Underlyings(rows: Vec<StoredUnderlying>) -> impl IntoView {
    view! {
        <h1 class="text-lg font-semibold">"What is stored"</h1>
        <div class="table-frame mt-3 max-w-4xl"><table class="table table-sm">
            <caption class="sr-only">"Underlyings with stored candles"</caption>
            <thead>
                <tr>
                    <th scope="col">"Underlying"</th>
                    <th scope="col" class="max-sm:hidden">"Symbol"</th>
                    <th scope="col" class="max-sm:hidden">"Exchange"</th>
                    <th scope="col" class="number">"Expiries"</th>
                    <th scope="col" class="number max-sm:hidden">"Contracts"</th>
                    <th scope="col" class="number">"Candles"</th>
                </tr>
            </thead>
            <tbody>
                {rows.into_iter().map(|row| view! { <UnderlyingEntry row/> }).collect_view()}
            </tbody>
        </table></div>
    }
}

#[component]
fn UnderlyingEntry(row: StoredUnderlying) -> impl IntoView {
    let StoredUnderlying { underlying, expiries, contracts, candles } = row;
    let address = addresses::underlying(&underlying.key);
    view! {
        <tr class="row-link">
            <th scope="row"><a class="row-label" href=address>{underlying.name}</a></th>
            <td class="text-muted max-sm:hidden">{underlying.symbol}</td>
            <td class="text-muted max-sm:hidden">{underlying.key.segment().exchange()}</td>
            <td class="number">{format::grouped(expiries)}</td>
            <td class="number max-sm:hidden">{format::grouped(contracts)}</td>
            <td class="number">{format::grouped(candles)}</td>
        </tr>
    }
}
