//! Addresses inside this site: the pages of what is stored, text put into an address, and where a person may be sent
//! back to.
//!
//! It refuses every address that could lead to another host, however it is written.

use market::{Day, ExpiredKey, InstrumentKey};

use crate::JobId;

/// Where a person ends up who came from nowhere, or from an address that is no page of ours.
const HOME: &str = "/";

/// The page of an underlying's expiries.
pub fn underlying(key: &InstrumentKey) -> String {
    format!("/browse/{}", encoded(key.as_str()))
}

/// The page of an expiry's contracts.
pub fn expiry(key: &InstrumentKey, date: Day) -> String {
    format!("{}/{date}", underlying(key))
}

/// The page of a contract's chart.
pub fn contract(key: &InstrumentKey, date: Day, expired_key: &ExpiredKey) -> String {
    format!("{}/{}", expiry(key, date), encoded(&expired_key.to_string()))
}

pub fn job(id: JobId) -> String {
    format!("/jobs/{id}")
}

/// The wizard with an underlying chosen.
pub fn download(key: &InstrumentKey) -> String {
    format!("/collect?step=2&instruments={}", encoded(key.as_str()))
}

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

/// `next` where it is a path of this site, else the home page.
///
/// A browser drops tabs and line breaks wherever they stand, reads `\` as `/`, and takes what follows `//` for a
/// host. A path that would mean such a thing after decoding is refused too, however often it is decoded on the
/// way. What stands behind `?` or `#` leads nowhere, so only its own letters count.
pub fn local_address(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default().as_bytes();
    let is_local = path.first() == Some(&b'/')
        && !next.chars().any(|letter| letter.is_control() || letter == '\\')
        && is_harmless(path);
    if is_local { next } else { HOME }
}

/// Whether no decoding of a path, nor the path itself, holds what a browser could read as the way to a host.
fn is_harmless(path: &[u8]) -> bool {
    let has_two_slashes = path.windows(2).any(|pair| pair == b"//");
    if has_two_slashes || path.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\') {
        return false;
    }
    // Each round is shorter, so this ends.
    let decoded = decoded(path);
    decoded.len() == path.len() || is_harmless(&decoded)
}

/// Every `%41` as the byte that it stands for.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_site_stay_as_they_are() {
        for next in [
            "/",
            "/collect?step=3",
            "/jobs/7?level=error",
            "/browse/NSE_INDEX%7CNifty%2050",
            "/browse/NSE_INDEX%7CNifty%2050/2025-08-28?interval=5minute",
            "/jobs/7?find=http://somewhere",
            "/jobs/7?find=100%25",
            "/jobs/7?find=%5C#log",
            "/100%",
        ] {
            assert_eq!(local_address(next), next);
        }
    }

    #[test]
    fn no_address_leads_to_another_host() {
        for next in [
            "",
            "collect",
            "?next=/jobs",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\u{0}/evil.example",
            "/\u{7f}/evil.example",
            "/\u{85}/evil.example",
            "/a\r\nSet-Cookie: x",
            "/a\\..\\..\\evil.example",
            "/jobs?x=\\",
            "/%09/evil.example",
            "/%0a/evil.example",
            "/%0D%0Aevil",
            "/%2Fevil.example",
            "/%2f%2fevil.example",
            "/%5Cevil.example",
            "/%5c/evil.example",
            "/%252Fevil.example",
            "/%25252fevil.example",
            "/%00",
            "/.//evil.example",
            "/jobs/..//evil.example",
            "https://evil.example",
            "https:evil.example",
            "HTTPS://evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            assert_eq!(local_address(next), "/", "{next:?}");
        }
    }

    #[test]
    fn text_becomes_part_of_an_address() {
        assert_eq!(encoded("NSE_INDEX|Nifty 50"), "NSE_INDEX%7CNifty%2050");
        assert_eq!(encoded("/a b?c=ä"), "%2Fa%20b%3Fc%3D%C3%A4");
    }
}
