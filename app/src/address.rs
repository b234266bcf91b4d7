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

#[cfg(test)]
mod tests {
    use super::*;

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
