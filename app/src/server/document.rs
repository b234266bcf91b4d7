//! The document: what the browser must know before it runs any of our code, and a frame to look at meanwhile.
//!
//! The same text for everybody but for four things: which market it is, which place it opens, what the frame shows at
//! first, and the answers that the page will ask for. Its scripts are fixed, so the content security policy names their hashes and
//! refuses all others. It loads nothing from another host.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::{Market, ServerFrame};
use ring::digest::{SHA256, digest};

use crate::destinations::{Destination, FIRST, MORE, REST, REST_ID, place_of};
use crate::icon_shape::IconShape;
use crate::server::Read;
use crate::site::{BOOT, CHART_LIBRARY, FIRST_ANSWERS, MARKET, OPENING, SiteManifest, band};

/// Applies the theme that the user chose, before anything is painted. Without a choice the style sheet follows the
/// system. The key is the one that the switch of the top bar writes.
pub(super) const THEME_SCRIPT: &str = "try{const t=localStorage.getItem('expirytrack-theme');\
    if(t)document.documentElement.dataset.theme='expirytrack-'+t}catch{}";

/// How the mark in the corner of a chart looks: the chart library puts it into the page itself. A browser test that
/// draws a chart fails with another version of it.
const CHART_STYLE: &str = "'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='";

/// A document, ready but for what differs.
#[derive(Clone, Debug)]
pub struct Document {
    manifest: SiteManifest,
    start_script: String,
}

impl Document {
    pub fn new(manifest: SiteManifest) -> Self {
        Self { start_script: start_script(&manifest), manifest }
    }

    /// Only our own files, our two scripts and the one style that the chart library inserts. Nothing may frame these
    /// pages. What pages draw in a measure is set as a property of its element, which no policy forbids.
    pub fn security_policy(&self) -> String {
        let hashes = [THEME_SCRIPT, &self.start_script].map(hash).join(" ");
        format!(
            "default-src 'none'; script-src 'self' {hashes} 'wasm-unsafe-eval'; \
             style-src 'self' {CHART_STYLE}; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
             manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    }

    /// `path` is the address that was asked for, and `part` the code that draws its page; `opening` is what the frame
    /// shows at first; `read` is what was read for the page. Until the page draws itself, its place is named and its room is
    /// kept.
    pub fn text(&self, market: Market, path: &str, part: &str, opening: &ServerFrame, read: &Read) -> String {
        let SiteManifest { style, chart, .. } = &self.manifest;
        let preloads = self.preloads(part) + &self.preloads_of_chart(read);
        let start_script = &self.start_script;
        let place = place_of(path);
        let rail = rail(place, &find_entry());
        let (title, crumb) = place.map_or_else(Default::default, |place| {
            (
                format!("{} · ", place.name),
                format!(
                    r#"<ol class="crumbs"><li><span class="font-medium">{}</span></li></ol>"#,
                    place.name
                ),
            )
        });
        let band = band_of(market, opening);
        let with_band = if band.is_empty() { "" } else { " with-band" };
        let market = market.as_str();
        // Plain fields always serialise; what is empty reads as nothing known.
        let opening = attribute(&serde_json::to_string(opening).unwrap_or_default());
        let answers = serde_json::to_string(&read.answers).unwrap_or_default().replace('<', "\\u003c");
        format!(
            r#"<!DOCTYPE html>
<html lang="en-IN" {MARKET}="{market}" {CHART_LIBRARY}="{chart}" {OPENING}="{opening}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}ExpiryTrack</title>
<script>{THEME_SCRIPT}</script>
{preloads}<link rel="stylesheet" href="{style}">
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
</head>
<body>
<div id="{BOOT}"><div class="frame{with_band}">{band}{rail}<div class="min-w-0"><div class="top-bar">{crumb}</div>
<div class="page"><noscript>ExpiryTrack draws its pages in the browser: switch JavaScript on for this address.</noscript>
<p id="not-started" class="error-note" hidden>ExpiryTrack could not start in this browser: it needs WebAssembly, which every current browser has. Load the page again, or open it in another one. What is stored is safe.</p>
<div class="boot-room" aria-hidden="true"><div class="skeleton-box h-20"></div><div class="skeleton-box mt-4 h-72"></div></div></div></div></div></div>
<script type="application/json" id="{FIRST_ANSWERS}">{answers}</script>
<script type="module">{start_script}</script>
</body>
</html>
"#
        )
    }

    /// All code that the page needs, so that nothing of it is fetched in a row.
    fn preloads(&self, part: &str) -> String {
        let SiteManifest { wasm, scripts, parts, .. } = &self.manifest;
        let wasms = std::iter::once(wasm).chain(parts.get(part).into_iter().flatten());
        let wasms = wasms.map(|address| preload_fetch(address, r#" type="application/wasm""#));
        let scripts = scripts.iter().map(|address| preload_script(address));
        wasms.chain(scripts).collect()
    }

    /// What the code would ask for as soon as it runs.
    fn preloads_of_chart(&self, read: &Read) -> String {
        let candles = read.candles.as_ref().map(|address| preload_fetch(&attribute(address), ""));
        let library = read.has_chart.then(|| preload_script(&self.manifest.chart));
        candles.into_iter().chain(library).collect()
    }
}

/// Of what the code fetches, as it fetches it: else the browser fetches it twice.
fn preload_fetch(address: &str, kind: &str) -> String {
    format!("<link rel=\"preload\" as=\"fetch\"{kind} crossorigin=\"anonymous\" href=\"{address}\">\n")
}

fn preload_script(address: &str) -> String {
    format!("<link rel=\"modulepreload\" href=\"{address}\">\n")
}

/// Loads the module and lets it draw; `data-alive` says that it has. The address of the WASM is the preloaded one, so
/// that it is fetched once.
fn start_script(manifest: &SiteManifest) -> String {
    let SiteManifest { wasm, scripts, .. } = manifest;
    let script = scripts.first().map_or("", String::as_str);
    format!(
        "try{{const{{default:init,start}}=await import('{script}');await init({{module_or_path:'{wasm}'}});start();\
         document.documentElement.dataset.alive=''}}\
         catch(e){{const n=document.getElementById('not-started');if(n){{n.hidden=false;n.nextElementSibling.remove()}}throw e}}"
    )
}

/// The band as the page will draw it.
fn band_of(market: Market, opening: &ServerFrame) -> String {
    let session = &opening.session;
    let simulated = match market {
        Market::Simulated => {
            let (name, day) = (band::NAME, band::day(session.simulated_day));
            format!(r#"<strong class="font-semibold">{name}</strong>{day}"#)
        }
        Market::Upstox => String::new(),
    };
    let (rest, button) = match (&session.replica_of, market) {
        (Some(of), _) => {
            let (name, of) = (band::READS, attribute(&band::of(of)));
            let rest = format!(
                r#"<strong class="ml-2 font-semibold">{name}</strong><span class="hidden md:inline">{of}</span>"#
            );
            (rest, "")
        }
        (None, Market::Simulated) => {
            let rest = format!(r#"<span class="hidden md:inline">{}</span>"#, band::PRICES);
            (rest, r#"<button type="button" class="band-link" disabled>Go to Upstox</button>"#)
        }
        (None, Market::Upstox) => return String::new(),
    };
    format!(r#"<aside class="simulated-band"><p class="truncate">{simulated}{rest}</p>{button}</aside>"#)
}

/// The rail as the page will draw it, but for what moves. Below its last entry stands `last`.
pub(super) fn rail(place: Option<Destination>, last: &str) -> String {
    let entry = |to: Destination| {
        let (address, name, icon) = (to.address, to.name, icon(to.icon));
        let is_here = place.is_some_and(|place| place.address == address);
        let here = if is_here { r#" aria-current="page""# } else { "" };
        format!(
            r#"<li><a href="{address}" class="rail-entry" title="{name}"{here}>{icon}<span class="rail-word">{name}</span></a></li>"#
        )
    };
    let (brand, more) = (icon(IconShape::Brand), icon(IconShape::More));
    let (first, rest) = (FIRST.map(entry).concat(), REST.map(entry).concat());
    format!(
        r#"<nav class="rail" aria-label="Main"><a href="/" class="rail-brand" aria-label="ExpiryTrack, home">{brand}<span class="rail-word">ExpiryTrack</span></a><ul class="rail-list">{first}</ul><button type="button" class="rail-entry rail-more" popovertarget="{REST_ID}">{more}<span class="rail-word">{MORE}</span></button><ul class="rail-list rail-rest" id="{REST_ID}" popover="auto">{rest}{last}</ul></nav>"#
    )
}

/// The way to the palette on a phone: of no use until the page is drawn.
fn find_entry() -> String {
    let icon = icon(IconShape::Find);
    format!(
        r#"<li class="sm:hidden"><button type="button" class="rail-entry rail-find" disabled>{icon}<span class="rail-word">Find</span></button></li>"#
    )
}

pub(super) fn icon(shape: IconShape) -> String {
    format!(
        r#"<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"></path></svg>"#,
        shape.path()
    )
}

/// As the policy names an inline script.
pub(super) fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, script.as_bytes())))
}

/// Text between the quotes of an attribute, or between tags.
pub(super) fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lies_behind_one_entry_of_the_rail_at_most() {
        let name = |path: &str| place_of(path).map(|place| place.name);
        assert_eq!(name("/"), Some("Home"));
        assert_eq!(name("/browse/NSE_INDEX%7CNifty%2050/2025-08-28"), Some("Browse"));
        assert_eq!(name("/settings/access"), Some("Settings"));
        assert_eq!((name("/browsers"), name("/signin"), name("//")), (None, None, None));
        assert_eq!(rail(place_of("/jobs/7"), "").matches("aria-current").count(), 1);
        assert_eq!(rail(None, "").matches("aria-current").count(), 0);
    }
}
