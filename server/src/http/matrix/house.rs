//! The whole router, locked, and everybody who could ask it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use access::{Access, Caller};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{LOCATION, WWW_AUTHENTICATE};
use axum::response::Response;
use clap::Parser;
use engine::{Clock, OwnerServer, SystemClock, VirtualClock};
use protocol::{NewToken, PasswordChange, SecretText, TokenScope};
use regex::Regex;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

use super::For;
use crate::arguments::{Arguments, Command};
use crate::exposure::Exposure;
use crate::markets::{Markets, Opening};
use crate::site;

const OWN: &str = "127.0.0.1:5000";

/// Who asks. All but the first three come from nowhere, as programs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    OwnOrigin,
    ForeignOrigin,
    ForeignHost,
    NoSession,
    ReadOnlyToken,
    FullToken,
    UnknownToken,
    Session,
    Command,
}

impl Who {
    pub const ALL: [Self; 9] = [
        Self::OwnOrigin,
        Self::ForeignOrigin,
        Self::ForeignHost,
        Self::NoSession,
        Self::ReadOnlyToken,
        Self::FullToken,
        Self::UnknownToken,
        Self::Session,
        Self::Command,
    ];

    pub fn expected(self, whom: For, let_through: u16) -> Expected {
        let if_let_through = |is_let_through| {
            if is_let_through { Expected::LetThrough(let_through) } else { Expected::Refused(403) }
        };
        match self {
            Self::ForeignOrigin | Self::ForeignHost => Expected::Refused(403),
            Self::OwnOrigin | Self::Session => Expected::LetThrough(let_through),
            Self::NoSession | Self::UnknownToken => match whom {
                For::All => Expected::LetThrough(let_through),
                For::People if self == Self::NoSession => Expected::Led,
                _ => Expected::Unknown,
            },
            Self::ReadOnlyToken => if_let_through(matches!(whom, For::All | For::Looking)),
            Self::FullToken => if_let_through(matches!(whom, For::All | For::Looking | For::Changing)),
            Self::Command => if_let_through(!matches!(whom, For::People | For::Pages)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    LetThrough(u16),
    Refused(u16),
    /// To where the password is typed.
    Led,
    /// Asked who that is.
    Unknown,
}

impl Expected {
    pub fn is(self, answer: &Response) -> bool {
        let status = answer.status().as_u16();
        let (location, asks_who) =
            (answer.headers().get(LOCATION), answer.headers().contains_key(WWW_AUTHENTICATE));
        let is_led = location.is_some_and(|to| to.as_bytes().starts_with(b"/unlock?"));
        match self {
            Self::LetThrough(expected) => status == expected && !is_led && !asks_who,
            Self::Refused(expected) => status == expected,
            Self::Led => status == 303 && is_led,
            Self::Unknown => status == 401 && asks_who,
        }
    }
}

const PASSWORD: &str = "correct horse battery";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) struct House {
    router: Router,
    access: Access,
    clock: Arc<VirtualClock>,
    read_only: String,
    full: String,
    _data: TempDir,
    _closing: watch::Sender<bool>,
}

impl House {
    /// The whole router, locked, on the simulated market.
    pub async fn locked() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (closing, closed) = watch::channel(false);
        let words = ["expirytrack", "serve", "--simulated", "--data-dir", data.path().to_str().unwrap()];
        let Arguments { global, command: Some(Command::Serve(serve)) } = Arguments::parse_from(words) else {
            panic!("serve is no command")
        };
        let clock = Arc::new(VirtualClock::new(SystemClock::new().wall()));
        let access = Access::open(data.path(), clock.clone(), false).unwrap();
        let server = OwnerServer {
            address: format!("http://{OWN}"),
            key: access.command_key().clone(),
            certificate: None,
        };
        let exposure = Exposure::of(&serve);
        let opening = Opening {
            global,
            serve,
            server: server.into(),
            port: exposure.bound.port(),
            replica_of: None,
            closed: closed.clone(),
        };
        let markets = Arc::new(Markets::open(opening).await.unwrap());
        let router = super::super::router(&markets, &access, &exposure, closed).unwrap();
        let first = PasswordChange { current: None, new: Some(SecretText(PASSWORD.to_owned())) };
        access.change_password(&Caller::Command, first, HERE, "").await.unwrap();
        let token = async |name: &str, scope| {
            access.add_token(NewToken { name: name.parse().unwrap(), scope }).await.unwrap().secret.0
        };
        let (read_only, full) = (token("r", TokenScope::ReadOnly).await, token("f", TokenScope::Full).await);
        Self { router, access, clock, read_only, full, _data: data, _closing: closing }
    }

    /// A cookie with a session; of some routes the end of it is what they do.
    async fn cookie(&self, held: &mut String) -> String {
        if self.access.judge(None, Some(held.as_str())).is_stranger() {
            let begun = self.access.log_in(SecretText(PASSWORD.to_owned()), HERE, "").await.unwrap();
            *held = begun.secret.0;
        }
        format!("expirytrack_session_5000={held}")
    }

    pub async fn ask(&self, who: Who, method: &str, path: &str, session: &mut String) -> Response {
        // Each in a second of its own: strangers do not have many in one.
        self.clock.advance(Duration::from_secs(1));
        let host = if who == Who::ForeignHost { "evil.example:5000" } else { OWN };
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        let bearer = match who {
            Who::NoSession => None,
            Who::ReadOnlyToken => Some(self.read_only.as_str()),
            Who::FullToken => Some(self.full.as_str()),
            Who::UnknownToken => Some("et_unknown"),
            Who::Command => Some(self.access.command_key().0.as_str()),
            Who::OwnOrigin | Who::ForeignOrigin | Who::ForeignHost | Who::Session => {
                request = request.header("cookie", self.cookie(session).await);
                None
            }
        };
        if let Some(token) = bearer {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let origin = match who {
            Who::OwnOrigin => Some(format!("http://{OWN}")),
            Who::ForeignOrigin => Some("https://evil.example".to_owned()),
            _ => None,
        };
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// As the router has them, all that there are.
    pub fn addresses(&self) -> BTreeSet<String> {
        let routed = Regex::new(r#"RouteId\(\d+\): "(/[^"]*)""#).unwrap();
        let text = format!("{:?}", self.router);
        let addresses = routed.captures_iter(&text).map(|found| found[1].to_owned());
        // What REST says where it has nothing.
        addresses.filter(|address| address != "/api/v1" && !address.contains("__private")).collect()
    }
}

/// An address with something in the place of each name.
pub(super) fn filled(address: &str) -> String {
    // An executable without its browser part has no such file.
    let style = site::manifest().unwrap().map_or("/pkg/none.css".to_owned(), |manifest| manifest.style);
    let path = address.replace("/pkg/{*name}", &style);
    [
        ("{id}", "99"),
        ("{command}", "pause"),
        ("{name}", "nobody"),
        ("{underlying}", "nobody"),
        ("{expiry}", "2025-08-28"),
        ("{day}", "2025-08-21"),
        ("{speed}", "60"),
        ("{expired_key}", "NSE_FO%7C1%7C28-08-2025"),
    ]
    .iter()
    .fold(path, |path, (name, text)| path.replace(name, text))
}
