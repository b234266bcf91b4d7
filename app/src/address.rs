//! Addresses inside this site: text put into a query, and where a person may be sent back to.
//!
//! It refuses every address that could lead to another host.

/// Text as the value of a query parameter or as one segment of a path.
pub fn encoded(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                address.push(char::from(byte))
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// `next` where it is a path of this site, else the home page. A browser reads `//host`, `/\host` and
/// control characters in ways that leave the site.
pub fn own_path(next: &str) -> &str {
    let is_own = next.starts_with('/')
        && !next[1..].starts_with(['/', '\\'])
        && !next.chars().any(|letter| letter.is_control() || letter == '\\');
    if is_own { next } else { "/" }
}

/// The page to sign in on, which leads back to `path` with its `search` (written with or without its `?`).
pub fn sign_in(path: &str, search: &str) -> String {
    let search = search.trim_start_matches('?');
    let next = if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") };
    match own_path(&next) {
        "/" => "/signin".to_owned(),
        // From the sign-in page itself there is nowhere to go back to.
        next if next.starts_with("/signin") => "/signin".to_owned(),
        next => format!("/signin?next={}", encoded(next)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leads_to_another_host() {
        for next in ["/", "/collect", "/jobs/7?level=error", "/browse/NSE_INDEX%7CNifty%2050"] {
            assert_eq!(own_path(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil",
        ] {
            assert_eq!(own_path(next), "/", "{next}");
        }
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
        assert_eq!(encoded("NSE_INDEX|Nifty 50"), "NSE_INDEX%7CNifty%2050");
    }
}
