//! The page on which REST can be tried: every operation of its document with a form, drawn on the server. One fixed style
//! and one fixed script stand in it, so it needs no other host, no browser part and no password beyond the page's own.
//! Knows nothing of what an operation does: all words are the document's. The rail and the bar are those of every page.

mod example;
mod operation;

use serde_json::Value;

use self::operation::Operation;
use super::document::{THEME_SCRIPT, attribute, hash, rail};
use crate::destinations::place_of;
use crate::site::SiteManifest;

const SCRIPT: &str = include_str!("try.js");
const STYLE: &str = include_str!("try.css");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page, drawn once: it is the same for everybody.
#[derive(Clone, Debug)]
pub struct RestPage {
    text: String,
}

impl RestPage {
    /// Of the document of REST.
    pub fn new(document: &Value, manifest: Option<&SiteManifest>) -> Self {
        let style = manifest.map(|manifest| format!(r#"<link rel="stylesheet" href="{}">"#, manifest.style));
        let resources = resources(document);
        let entry = |(name, operations): &(String, Vec<Operation<'_>>)| {
            let (name, count) = (attribute(name), operations.len());
            format!(r##"<li><a href="#{name}">{name}<span class="count">{count}</span></a></li>"##)
        };
        let entries: String = resources.iter().map(entry).collect();
        let section = |(name, operations): &(String, Vec<Operation<'_>>)| {
            let name = attribute(name);
            let operations: String = operations.iter().map(Operation::drawn).collect();
            format!(
                r#"<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{name}</h2>{operations}</section>"#
            )
        };
        let sections: String = resources.iter().map(section).collect();
        let (style, rail) = (style.unwrap_or_default(), rail(place_of("/settings"), ""));
        let text = format!(
            r##"<!DOCTYPE html>
<html lang="en-IN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>REST · ExpiryTrack</title>
<script>{THEME_SCRIPT}</script>
{style}
<style>{STYLE}</style>
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
</head>
<body class="try">
<a class="skip-link" href="#operations">Skip to the operations</a>
<div class="frame">{rail}<div class="min-w-0">
<header class="top-bar"><nav aria-label="Breadcrumb"><ol class="crumbs"><li><a href="/settings">Settings</a></li><li><a href="/settings/about">About</a></li><li><h1 aria-current="page">REST</h1></li></ol></nav>
<input id="filter" class="input input-sm" type="search" placeholder="Filter by address or words" aria-label="Filter the operations" autocomplete="off"></header>
<nav class="resources" aria-label="Resources"><ul>{entries}</ul></nav>
<main id="operations" tabindex="-1">
<p class="intro">Every operation under <code>/api/v1</code>, as <a href="/api/v1/openapi.json">openapi.json</a> has it. <em>Send</em> asks this server as this browser may: what changes something changes it. A program sends <code>Authorization: Bearer</code> with a token of Settings › Access where a password is set.</p>
<p id="none" role="status" hidden>No operation has these words.</p>
{sections}
</main>
</div></div>
<script>{SCRIPT}</script>
</body>
</html>
"##
        );
        Self { text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its own script and style, and this server to ask.
    pub fn security_policy(&self) -> String {
        let scripts = [THEME_SCRIPT, SCRIPT].map(hash).join(" ");
        format!(
            "default-src 'none'; script-src {scripts}; style-src 'self' {}; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
            hash(STYLE)
        )
    }
}

/// The operations of each resource, in the order of the document.
fn resources(document: &Value) -> Vec<(String, Vec<Operation<'_>>)> {
    let mut resources: Vec<(String, Vec<Operation<'_>>)> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let resource = operation["tags"][0].as_str().unwrap_or("other");
            let operation = Operation { document, method, path, operation };
            match resources.iter_mut().find(|(name, _)| name == resource) {
                Some((_, operations)) => operations.push(operation),
                None => resources.push((resource.to_owned(), vec![operation])),
            }
        }
    }
    resources
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "paths": {
                "/api/v1/jobs/{id}": { "get": {
                    "tags": ["jobs"], "operationId": "jobs_job", "summary": "One job, <b>whole</b>",
                    "parameters": [
                        { "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } },
                        { "name": "format", "in": "query", "schema": { "type": "string", "enum": ["json", "csv"] } },
                    ],
                    "responses": { "200": { "description": "OK" } },
                } },
                "/api/v1/estimate": { "post": {
                    "tags": ["estimate"], "operationId": "estimate", "summary": "What it costs",
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Order" } } } },
                    "responses": { "200": { "description": "OK" } },
                } },
            },
            "components": { "schemas": { "Order": {
                "type": "object", "required": ["underlyings"],
                "properties": { "underlyings": { "type": "array", "items": { "type": "string", "example": "NIFTY" } } },
            } } },
        })
    }

    #[test]
    fn each_operation_has_a_form_of_its_parameters_and_an_example_of_its_body() {
        let page = RestPage::new(&document(), None);
        let text = page.text();
        assert!(text.contains(r#"data-method="GET" data-path="/api/v1/jobs/{id}""#), "{text}");
        assert!(text.contains(r#"name="id" data-in="path""#) && text.contains("<option>csv</option>"));
        assert!(text.contains("&quot;underlyings&quot;: [\n    &quot;NIFTY&quot;\n  ]"), "{text}");
        assert!(text.contains("&lt;b&gt;whole") && !text.contains("<b>whole"), "words stay words");
        assert!(text.contains(r##"href="#jobs""##) && text.contains(r##"href="#operations""##));
    }

    #[test]
    fn nothing_of_it_lies_elsewhere_and_its_policy_knows_its_script() {
        let page = RestPage::new(&document(), None);
        for foreign in ["http://", "https://", "//cdn", " src="] {
            assert!(!page.text().contains(foreign), "{foreign}");
        }
        assert!(page.security_policy().contains(&hash(SCRIPT)));
        assert!(!page.security_policy().contains("unsafe"));
    }
}
