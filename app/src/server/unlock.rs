//! The page where the password is typed: plain HTML with the style sheet and nothing else of what it guards.

use super::document::{THEME_SCRIPT, attribute, hash, icon};
use crate::icon_shape::IconShape;
use crate::site::SiteManifest;

#[derive(Clone, Debug)]
pub struct UnlockPage {
    /// The style sheet; none where the browser part is not built.
    style: Option<String>,
}

impl UnlockPage {
    pub fn new(manifest: Option<&SiteManifest>) -> Self {
        Self { style: manifest.map(|manifest| manifest.style.clone()) }
    }

    pub fn security_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src {}; style-src 'self'; img-src 'self' data:; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
            hash(THEME_SCRIPT)
        )
    }

    /// `action` takes the password, `next` is where a person goes on, `remark` why they are here again.
    pub fn text(&self, action: &str, next: &str, remark: Option<&str>) -> String {
        let link = |style: &String| format!(r#"<link rel="stylesheet" href="{style}">"#);
        let style = self.style.as_ref().map(link).unwrap_or_default();
        let (brand, next) = (icon(IconShape::Brand), attribute(next));
        let note = |remark: &str| {
            format!(r#"<p id="remark" class="error-note mb-4" role="alert">{}</p>"#, attribute(remark))
        };
        let (note, described) = match remark {
            Some(remark) => (note(remark), r#" aria-describedby="remark""#),
            None => (String::new(), ""),
        };
        format!(
            r#"<!DOCTYPE html>
<html lang="en-IN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Unlock · ExpiryTrack</title>
<script>{THEME_SCRIPT}</script>
{style}
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
</head>
<body>
<main class="mx-auto grid min-h-dvh max-w-sm content-center p-4">
<p class="mb-4 flex items-center gap-2 font-semibold">{brand}ExpiryTrack</p>
<form class="panel" method="post" action="{action}">
<h1 class="mb-3 text-xl font-semibold">Unlock</h1>
{note}
<input type="hidden" name="next" value="{next}">
<input class="sr-only" type="text" name="username" value="expirytrack" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<label class="field-label" for="password">Password</label>
<input id="password" class="input w-full" type="password" name="password" required autofocus autocomplete="current-password" maxlength="256"{described}>
<button class="btn btn-primary mt-4 w-full" type="submit">Unlock</button>
</form>
<p class="mt-4 text-sm text-muted">Forgotten? On the machine itself, <code>expirytrack password</code> sets another.</p>
</main>
</body>
</html>
"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_with_the_address_stays_text() {
        let page = UnlockPage::new(None).text("/unlock", "/jobs?x=\"><script>", Some("<b>wrong</b>"));
        assert!(page.contains(r#"value="/jobs?x=&quot;&gt;&lt;script&gt;""#), "{page}");
        assert!(page.contains("&lt;b&gt;wrong"), "{page}");
    }
}
