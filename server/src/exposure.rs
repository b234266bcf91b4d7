//! Who can reach this server, and what that demands of it. On loopback nothing; where other machines come in, a password
//! and an encrypted way.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

use crate::arguments::Serve;
use crate::exit::{Exit, Refused};

/// A name that this server may be addressed by, as it stands in a browser's address bar: with a port or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost(String);

#[derive(Debug, thiserror::Error)]
#[error("write a host as it stands in the address bar, without https:// and without a path: et.example.com")]
pub struct AllowedHostError;

impl FromStr for AllowedHost {
    type Err = AllowedHostError;

    fn from_str(text: &str) -> Result<Self, AllowedHostError> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        let authority = text.parse::<http::uri::Authority>();
        if authority.is_ok_and(|authority| !authority.host().is_empty()) && text.bytes().all(is_letter) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(AllowedHostError)
        }
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the server is reached.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Where it listens; with the port that it was given.
    pub bound: SocketAddr,
    /// It speaks TLS itself.
    pub tls: bool,
    /// A proxy speaks TLS for it, and says who comes.
    pub behind_proxy: bool,
    pub allowed_hosts: Vec<AllowedHost>,
}

impl Exposure {
    pub fn of(serve: &Serve) -> Self {
        Self {
            bound: serve.addr,
            tls: serve.tls_cert.is_some(),
            behind_proxy: serve.behind_proxy,
            allowed_hosts: serve.allowed_host.clone(),
        }
    }

    /// Whether other machines come in.
    pub fn is_reachable(&self) -> bool {
        self.behind_proxy || !self.bound.ip().to_canonical().is_loopback()
    }

    /// Of this server's own names.
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// Whether browsers come over TLS, whoever ends it.
    pub fn is_encrypted(&self) -> bool {
        self.tls || self.behind_proxy
    }

    /// All names, each with the scheme that browsers use with it; the first is the one to tell.
    pub fn origins(&self) -> Vec<(&'static str, String)> {
        let (scheme, port) = (self.scheme(), self.bound.port());
        let default_port = if self.tls { 443 } else { 80 };
        let local = ["127.0.0.1", "localhost", "[::1]"];
        let mut origins: Vec<_> = local.iter().map(|host| (scheme, format!("{host}:{port}"))).collect();
        if !self.bound.ip().is_unspecified() {
            origins.push((scheme, self.bound.to_string()));
        }
        if port == default_port {
            origins.extend(local.iter().map(|host| (scheme, (*host).to_owned())));
        }
        let outer = if self.is_encrypted() { "https" } else { "http" };
        for AllowedHost(name) in &self.allowed_hosts {
            origins.push((outer, name.clone()));
            origins.push((outer, format!("{name}:{port}")));
        }
        origins
    }

    /// A copy is served to this machine alone, whoever else has a password.
    pub fn check_of_copy(&self) -> Result<(), Refused> {
        let sentence = match (self.is_reachable(), self.behind_proxy) {
            (false, _) => return Ok(()),
            (true, true) => {
                "a server that reads only serves this machine alone: leave out --behind-proxy".to_owned()
            }
            (true, false) => format!(
                "a server that reads only serves this machine alone, and {} can be reached from others: give an address like \
                 --addr 127.0.0.1:5001",
                self.bound
            ),
        };
        Err(Refused(Exit::Refused, sentence))
    }

    /// Refuses to open a door that anybody could walk through; the sentence says what to do.
    pub fn check(&self, has_password: bool, data_dir: Option<&Path>) -> Result<(), Refused> {
        if !self.is_reachable() {
            return Ok(());
        }
        let mut remedies = Vec::new();
        if !has_password {
            let data_dir = data_dir.map(|path| format!(" --data-dir {}", path.display())).unwrap_or_default();
            remedies.push(format!("set a password with `expirytrack password{data_dir}`"));
        }
        if !self.is_encrypted() {
            let tls = "give --tls-cert and --tls-key, or --behind-proxy where a reverse proxy speaks TLS";
            remedies.push(tls.to_owned());
        }
        if remedies.is_empty() {
            return Ok(());
        }
        let what = if self.behind_proxy {
            "a server behind a proxy".to_owned()
        } else {
            format!("a server at {}", self.bound)
        };
        let sentence = format!("{what} can be reached from other machines: {}", remedies.join(", and "));
        Err(Refused(Exit::Refused, sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposure(bound: &str, tls: bool, behind_proxy: bool) -> Exposure {
        Exposure { bound: bound.parse().unwrap(), tls, behind_proxy, allowed_hosts: Vec::new() }
    }

    #[test]
    fn other_machines_come_in_with_a_password_over_an_encrypted_way_alone() {
        let refused = |exposure: Exposure, has_password| {
            exposure.check(has_password, None).map_err(|refused| refused.to_string()).err()
        };
        for bound in ["127.0.0.1:5000", "127.9.9.9:1", "[::1]:5000", "[::ffff:127.0.0.1]:5000"] {
            assert_eq!(refused(exposure(bound, false, false), false), None, "{bound}");
            let proxied = refused(exposure(bound, false, true), false).unwrap();
            assert_eq!(
                proxied,
                "a server behind a proxy can be reached from other machines: set a password with \
                 `expirytrack password`"
            );
            assert_eq!(refused(exposure(bound, false, true), true), None);
        }
        for bound in ["0.0.0.0:5000", "[::]:5000", "192.168.1.5:5000"] {
            let bare = refused(exposure(bound, false, false), false).unwrap();
            assert!(bare.contains("set a password") && bare.contains("--tls-cert"), "{bare}");
            assert!(refused(exposure(bound, true, false), false).unwrap().contains("set a password"));
            assert!(refused(exposure(bound, false, false), true).unwrap().contains("--behind-proxy"));
            assert_eq!(refused(exposure(bound, true, false), true), None);
            assert_eq!(refused(exposure(bound, false, true), true), None);
        }
        let other = exposure("0.0.0.0:1", true, false).check(false, Some(Path::new("/srv/et")));
        assert!(other.unwrap_err().to_string().contains("`expirytrack password --data-dir /srv/et`"));
    }

    #[test]
    fn a_copy_is_served_to_this_machine_alone() {
        let told = |bound, behind_proxy| {
            let refused = exposure(bound, true, behind_proxy).check_of_copy();
            refused.map_err(|refused| refused.to_string()).err()
        };
        assert_eq!(told("127.0.0.1:5001", false), None);
        let reachable = told("192.168.1.5:5000", false).unwrap();
        assert!(reachable.contains("192.168.1.5:5000 can be reached from others"), "{reachable}");
        assert!(told("127.0.0.1:5001", true).unwrap().contains("leave out --behind-proxy"));
    }

    #[test]
    fn a_host_is_no_address() {
        for host in ["et.example.com", "et.example.com:8443", "192.168.1.5", "[fd00::1]:5000", "Home-Server"]
        {
            assert!(host.parse::<AllowedHost>().is_ok(), "{host}");
        }
        for no_host in ["", "https://et.example.com", "et.example.com/", "a b", "user@host", "a,b", "*"] {
            assert!(no_host.parse::<AllowedHost>().is_err(), "{no_host}");
        }
    }
}
