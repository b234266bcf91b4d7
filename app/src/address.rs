//! Addresses inside this site: what `protocol` says of them, and the way to the sign-in page and back.

pub use protocol::{encoded, local_address};

/// The page to sign in on, which leads back to `path` with its `search` (written with or without its `?`).
pub fn sign_in(path: &str, search: &str) -> String {
    let search = search.trim_start_matches('?');
    let next = if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") };
    match local_address(&next) {
        "/" => "/signin".to_owned(),
        // From the sign-in page itself there is nowhere to go back to.
        next if next.starts_with("/signin") => "/signin".to_owned(),
        next => format!("/signin?next={}", encoded(next)),
    }
}

/// An instrument key as the wizard's address writes it, `NSE_INDEX:Nifty.50`: with nothing in it that is encoded.
pub fn wizard_key(key: &str) -> String {
    key.replace('|', ":").replace(' ', ".")
}

/// Whether a browser that is sent to `redirect_uri` reaches the server that it knows as `origin`: this machine has
/// three names.
pub fn leads_here(redirect_uri: &str, origin: &str) -> bool {
    let named = |address: &str| -> Option<(String, String)> {
        let (scheme, rest) = address.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host.to_owned(), port.to_owned()),
            _ => (
                authority.clone(),
                if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" }.to_owned(),
            ),
        };
        let host =
            if ["127.0.0.1", "[::1]"].contains(&host.as_str()) { "localhost".to_owned() } else { host };
        Some((format!("{}://{host}", scheme.to_ascii_lowercase()), port))
    };
    named(redirect_uri).is_some_and(|there| Some(there) == named(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_here_by_any_name_of_this_machine() {
        for here in ["http://127.0.0.1:5000/callback", "http://LOCALHOST:5000", "http://[::1]:5000/a?b=c"] {
            assert!(leads_here(here, "http://127.0.0.1:5000"), "{here}");
        }
        for away in [
            "http://127.0.0.1:5001/callback",
            "https://127.0.0.1:5000/callback",
            "http://127.0.0.1/callback",
            "callback",
        ] {
            assert!(!leads_here(away, "http://127.0.0.1:5000"), "{away}");
        }
        assert!(leads_here("https://example.com/back", "https://example.com"));
        assert!(leads_here("http://[::1]/", "http://localhost:80"));
    }

    #[test]
    fn signing_in_leads_back() {
        assert_eq!(sign_in("/jobs/7", ""), "/signin?next=%2Fjobs%2F7");
        assert_eq!(
            sign_in("/jobs/7", "?level=error&find=a b"),
            "/signin?next=%2Fjobs%2F7%3Flevel%3Derror%26find%3Da%20b"
        );
        assert_eq!(sign_in("/", ""), "/signin");
        assert_eq!(sign_in("/signin", "next=%2Fjobs"), "/signin");
        assert_eq!(sign_in("//evil.example", ""), "/signin");
    }
}
