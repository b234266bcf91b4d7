//! What the palette offers: pages and actions, which are known here, and what the server has found.

use protocol::{Found, FoundKind, Market, SessionPicture, SessionState};

use super::marked::words;
use crate::destinations;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `Page`, `Action`, `Contract`.
    pub kind: &'static str,
    pub title: String,
    pub detail: String,
    pub deed: Deed,
}

/// What is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Go(String),
    ChangeTheme,
    SignOut,
    Show(Market),
    ListKeys,
}

impl Entry {
    fn page(name: &str, address: &str) -> Self {
        let deed = Deed::Go(address.to_owned());
        Self { kind: "Page", title: name.to_owned(), detail: String::new(), deed }
    }

    fn action(title: &str, deed: Deed) -> Self {
        Self { kind: "Action", title: title.to_owned(), detail: String::new(), deed }
    }

    pub fn found(found: &Found) -> Self {
        let kind = match found.kind {
            FoundKind::Underlying => "Underlying",
            FoundKind::Expiry => "Expiry",
            FoundKind::Contract => "Contract",
            FoundKind::Job => "Job",
        };
        let (title, detail) = (found.title.clone(), found.detail.clone());
        Self { kind, title, detail, deed: Deed::Go(found.address.clone()) }
    }

    /// Whether each word of a text begins one of its own.
    fn is_meant(&self, wanted: &[String]) -> bool {
        let own = words(&self.title);
        wanted.iter().all(|wanted| own.iter().any(|word| word.starts_with(wanted.as_str())))
    }
}

/// The pages and actions that a text means; all of them without one.
pub fn places(text: &str, session: &SessionPicture) -> Vec<Entry> {
    let wanted = words(text);
    if wanted.is_empty() && !text.trim().is_empty() {
        return Vec::new();
    }
    let pages = destinations::FIRST.iter().chain(&destinations::REST);
    let mut places: Vec<Entry> = pages.map(|page| Entry::page(page.name, page.address)).collect();
    let settings = crate::browser::pages::SETTINGS.iter();
    places.extend(settings.map(|(address, name, _)| Entry::page(name, address)));
    places.push(Entry::page("Sign in", "/signin"));
    places.push(Entry::action("New download", Deed::Go("/collect".to_owned())));
    places.push(Entry::action("Change theme between light and dark", Deed::ChangeTheme));
    if matches!(session.state, SessionState::SignedIn { .. }) {
        places.push(Entry::action("Sign out", Deed::SignOut));
    }
    places.push(match session.simulated {
        true => Entry::action("Switch market to Upstox", Deed::Show(Market::Upstox)),
        false => Entry::action("Switch market to the simulated one", Deed::Show(Market::Simulated)),
    });
    places.push(Entry::action("Show the keys", Deed::ListKeys));
    places.retain(|place| place.is_meant(&wanted));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::EpochSeconds;

    fn session(is_signed_in: bool, simulated: bool) -> SessionPicture {
        let state = if is_signed_in {
            SessionState::SignedIn { user: None, until: EpochSeconds(0), checked: true }
        } else {
            SessionState::SignedOut
        };
        SessionPicture {
            state,
            ended_by: None,
            simulated,
            simulated_day: None,
            broker: String::new(),
            plus_needed: false,
            replica_of: None,
        }
    }

    fn titles(text: &str, session: &SessionPicture) -> Vec<String> {
        places(text, session).into_iter().map(|place| place.title).collect()
    }

    #[test]
    fn pages_and_actions_are_found_by_beginnings_of_their_words() {
        let session = session(true, true);
        assert_eq!(titles("jo", &session), ["Jobs"]);
        assert_eq!(titles("sign", &session), ["Sign in", "Sign out"]);
        assert_eq!(titles("lim", &session), ["Limits"]);
        assert_eq!(titles("DARK", &session), ["Change theme between light and dark"]);
        assert_eq!(titles("s", &session)[..4], ["Strategy", "SQL", "Schedules", "Status"]);
        assert_eq!(titles("market", &session), ["Switch market to Upstox"]);
        assert_eq!(titles("stor", &session), ["Storage"]);
        assert_eq!(titles("", &session).len(), 25);
        for text in ["nifty 24500", "obs", "?!"] {
            assert!(titles(text, &session).is_empty(), "{text}");
        }
    }

    #[test]
    fn only_what_can_be_done_is_offered() {
        assert_eq!(titles("sign", &session(false, false)), ["Sign in"]);
        assert_eq!(titles("switch", &session(false, false)), ["Switch market to the simulated one"]);
    }
}
