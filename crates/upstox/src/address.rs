//! Where the broker is. A real token goes to hosts of upstox.com only, so the address knows whether it is one.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

const REAL: &str = "https://api.upstox.com";
const REAL_DOMAIN: &str = "upstox.com";
/// [DOC] The master files lie on another host than the API.
const REAL_MASTER: &str = "https://assets.upstox.com/market-quote/instruments/exchange/complete.json.gz";
const MASTER_PATH: &str = "/market-quote/instruments/exchange/complete.json.gz";

/// The base address of an API that speaks like Upstox, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress {
    base: String,
    host: String,
    is_upstox: bool,
}

/// Why a text is no address. It may hold a password or a token, so of the text no more is told than scheme and host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{told} is not an address of Upstox: {problem}. Write it as https://api.upstox.com or http://127.0.0.1:5900"
)]
pub struct AddressError {
    told: String,
    problem: &'static str,
}

impl AddressError {
    fn unreadable() -> Self {
        Self { told: "what was given".to_owned(), problem: "it is not a URL" }
    }

    fn of(url: &Url, problem: &'static str) -> Self {
        // What stands before the colon of another scheme may be a user's name.
        let told = match (url.scheme(), url.host_str()) {
            (scheme @ ("http" | "https"), Some(host)) => format!("{scheme}://{host}"),
            _ => "what was given".to_owned(),
        };
        Self { told, problem }
    }
}

impl BrokerAddress {
    pub fn upstox() -> Self {
        Self { base: REAL.to_owned(), host: "api.upstox.com".to_owned(), is_upstox: true }
    }

    /// Whether the host belongs to upstox.com, over https.
    pub fn is_upstox(&self) -> bool {
        self.is_upstox
    }

    /// Whether requests stay on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address of an API path that begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn master(&self) -> String {
        if self.is_upstox { REAL_MASTER.to_owned() } else { self.join(MASTER_PATH) }
    }
}

impl FromStr for BrokerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text.trim()).map_err(|_| AddressError::unreadable())?;
        let refuse = |problem| AddressError::of(&url, problem);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("it must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it must not carry a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it must not carry a query"));
        }
        let host = url.host_str().ok_or_else(|| refuse("it names no host"))?.to_owned();
        let in_domain = host == REAL_DOMAIN || host.ends_with(&format!(".{REAL_DOMAIN}"));
        if in_domain && url.scheme() != "https" {
            return Err(refuse("Upstox is reached over https only"));
        }
        Ok(Self { base: url.as_str().trim_end_matches('/').to_owned(), host, is_upstox: in_domain })
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_hosts_of_upstox_are_upstox() {
        let is_upstox = |text: &str| text.parse::<BrokerAddress>().map(|address| address.is_upstox());
        assert_eq!(is_upstox("https://api.upstox.com/"), Ok(true));
        assert_eq!(is_upstox("https://api.upstox.com.example.org"), Ok(false));
        assert_eq!(is_upstox("https://notupstox.com"), Ok(false));
        assert_eq!(is_upstox("http://127.0.0.1:5900"), Ok(false));
        for bad in [
            "",
            "upstox",
            "ftp://api.upstox.com",
            "http://api.upstox.com",
            "http://a:b@host",
            "http://h/?q=1",
        ] {
            assert!(is_upstox(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_a_refused_address_scheme_and_host_alone_are_told() {
        let refused = |text: &str| text.parse::<BrokerAddress>().unwrap_err().to_string();
        for text in [
            "http://planted:planted@broker.example:5900/planted",
            "http://planted@broker.example",
            "http://broker.example/planted?token=planted",
            "https://broker.example/#planted",
        ] {
            let (told, scheme) = (refused(text), text.split(':').next().unwrap());
            assert!(told.starts_with(&format!("{scheme}://broker.example is not an address")), "{told}");
            assert!(!told.contains("planted"), "{told}");
        }
        for text in
            ["planted:planted@broker.example", "planted://broker.example", "http://a:planted:b@", "planted"]
        {
            let told = refused(text);
            assert!(told.starts_with("what was given is not") && !told.contains("planted"), "{told}");
        }
    }

    #[test]
    fn loopback_is_recognised_and_paths_join() {
        let address: BrokerAddress = "http://[::1]:5900/".parse().unwrap();
        assert!(address.is_loopback());
        assert_eq!(address.join("/v2/logout"), "http://[::1]:5900/v2/logout");
        assert!(!BrokerAddress::upstox().is_loopback());
        assert!(BrokerAddress::upstox().master().starts_with("https://assets.upstox.com/"));
    }
}
