//! Who is let in, over days of a virtual clock and over restarts, with real files.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use access::{
    Access, AccessError, Caller, FREE_TRIES, PAUSE_FIRST, Presented, SESSION_IDLE_SECONDS_MAX,
    SESSION_SECONDS_MAX, TOKENS_MAX,
};
use protocol::{NewToken, PasswordChange, SecretText, TokenScope};
use ratelimit::{VirtualClock, WallTime};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

struct House {
    directory: TempDir,
    clock: Arc<VirtualClock>,
    access: Access,
}

fn secret(text: &str) -> SecretText {
    SecretText(text.to_owned())
}

fn here() -> IpAddr {
    [127, 0, 0, 1].into()
}

fn change(current: Option<&str>, new: Option<&str>) -> PasswordChange {
    PasswordChange { current: current.map(secret), new: new.map(secret) }
}

impl House {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(VirtualClock::new(WallTime::from_millis(1_750_000_000_000)));
        let access = Access::open(directory.path(), clock.clone(), false).unwrap();
        Self { directory, clock, access }
    }

    /// With a password, and the session of whoever set it.
    async fn locked() -> (Self, String) {
        let house = Self::open();
        let first = house.set(&Caller::Anybody, change(None, Some(PASSWORD))).await.unwrap();
        (house, first.unwrap())
    }

    /// The same directory, read again.
    fn reopened(&self, needs_password: bool) -> Access {
        Access::open(self.directory.path(), self.clock.clone(), needs_password).unwrap()
    }

    /// The secret of the session that began with it, where one did.
    async fn set(&self, caller: &Caller, change: PasswordChange) -> Result<Option<String>, AccessError> {
        let begun = self.access.change_password(caller, change, here(), FIREFOX).await?;
        Ok(begun.map(|session| session.secret.0))
    }

    async fn log_in(&self, password: &str) -> Result<String, AccessError> {
        Ok(self.access.log_in(secret(password), here(), FIREFOX).await?.secret.0)
    }

    fn is_let_in(&self, session: &str) -> bool {
        matches!(self.access.judge(None, Some(session)), Caller::Person(_))
    }

    fn later(&self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.try_into().unwrap()));
    }
}

#[tokio::test]
async fn without_a_password_anybody_is_let_in_and_the_first_one_begins_a_session() {
    let house = House::open();
    assert_eq!(house.access.judge(None, None), Caller::Anybody);
    assert_eq!(house.access.judge(None, Some("made up")), Caller::Anybody);
    let refused = house.set(&Caller::Anybody, change(None, Some("too short"))).await.unwrap_err();
    assert_eq!(refused.to_string(), "a password has at least 10 characters, and this one has 9");
    assert!(!house.access.has_password());

    let session = house.set(&Caller::Anybody, change(None, Some(PASSWORD))).await.unwrap().unwrap();
    assert!(house.is_let_in(&session));
    assert!(!house.access.still_knows(&Caller::Anybody));
    assert_eq!(house.access.judge(None, None), Caller::Stranger(Presented::Nothing));
    assert_eq!(house.access.judge(None, Some("made up")), Caller::Stranger(Presented::Session));
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_by_itself() {
    let (house, session) = House::locked().await;
    let again = house.reopened(false);
    assert!(matches!(again.judge(None, Some(&session)), Caller::Person(_)));

    house.later(SESSION_IDLE_SECONDS_MAX - 1);
    assert!(house.is_let_in(&session), "it was not idle for too long");
    let caller = house.access.judge(None, Some(&session));
    house.later(SESSION_IDLE_SECONDS_MAX);
    assert!(!house.is_let_in(&session) && !house.access.still_knows(&caller), "it was not seen for too long");

    let session = house.log_in(PASSWORD).await.unwrap();
    let mut seconds = 0;
    while house.is_let_in(&session) {
        house.later(24 * 3600);
        seconds += 24 * 3600;
    }
    assert_eq!(seconds, SESSION_SECONDS_MAX, "however often it is seen");
    assert!(house.access.picture(&Caller::Command).sessions.is_empty());
}

#[tokio::test]
async fn sessions_are_listed_and_ended_and_there_are_not_too_many() {
    let (house, mine) = House::locked().await;
    house.later(60);
    let other = house.log_in(PASSWORD).await.unwrap();
    let caller = house.access.judge(None, Some(&mine));
    let listed = house.access.picture(&caller).sessions;
    let shown: Vec<_> = listed.iter().map(|session| (session.agent.as_str(), session.is_this)).collect();
    assert_eq!(shown, [("Firefox on Linux", true), ("Firefox on Linux", false)]);
    assert!(listed[0].began < listed[1].began && listed[0].last_seen == listed[1].last_seen);

    house.access.end_session(&listed[1].id).await.unwrap();
    assert!(house.is_let_in(&mine) && !house.is_let_in(&other));
    assert!(matches!(house.access.end_session(&listed[1].id).await, Err(AccessError::NoSession)));

    for _ in 0..3 {
        house.log_in(PASSWORD).await.unwrap();
    }
    house.access.end_other_sessions(&caller).await.unwrap();
    assert_eq!(house.access.picture(&caller).sessions.len(), 1);
}

#[tokio::test]
async fn changing_the_password_asks_for_the_old_one_and_ends_the_others() {
    const NEW: &str = "another horse entirely";
    let (house, mine) = House::locked().await;
    let other = house.log_in(PASSWORD).await.unwrap();
    let me = house.access.judge(None, Some(&mine));
    let without = house.set(&me, change(None, Some(NEW))).await.unwrap_err();
    assert!(matches!(without, AccessError::CurrentMissing));
    let wrong = house.set(&me, change(Some("not the password"), Some(NEW))).await.unwrap_err();
    assert!(matches!(wrong, AccessError::Wrong));
    assert!(house.is_let_in(&other), "what is refused ends nothing");

    assert!(house.set(&me, change(Some(PASSWORD), Some(NEW))).await.unwrap().is_none());
    assert!(house.is_let_in(&mine) && !house.is_let_in(&other));
    assert!(matches!(house.log_in(PASSWORD).await, Err(AccessError::Wrong)));

    // A command could as well take the file away: it needs no old one, and ends all.
    house.set(&Caller::Command, change(None, Some(PASSWORD))).await.unwrap();
    assert!(!house.is_let_in(&mine));
    let session = house.log_in(PASSWORD).await.unwrap();
    let me = house.access.judge(None, Some(&session));
    house.set(&me, change(Some(PASSWORD), None)).await.unwrap();
    assert_eq!(house.access.judge(None, None), Caller::Anybody);
    assert!(matches!(house.log_in(PASSWORD).await, Err(AccessError::NoPassword)));
}

#[tokio::test]
async fn a_server_that_others_can_reach_keeps_its_password() {
    let (house, session) = House::locked().await;
    let reachable = house.reopened(true);
    let me = reachable.judge(None, Some(&session));
    assert!(reachable.picture(&me).needs_password);
    let removed = reachable.change_password(&me, change(Some(PASSWORD), None), here(), FIREFOX).await;
    assert!(matches!(removed, Err(AccessError::Needed)));
    assert!(reachable.has_password());
}

#[tokio::test]
async fn after_five_wrong_passwords_the_right_one_waits_too() {
    let (house, session) = House::locked().await;
    for _ in 1..FREE_TRIES {
        assert!(matches!(house.log_in("not the password").await, Err(AccessError::Wrong)));
    }
    for password in ["not the password", PASSWORD] {
        let paused = house.log_in(password).await.unwrap_err();
        assert!(matches!(paused, AccessError::Paused { pause, .. } if pause == PAUSE_FIRST));
        assert_eq!(paused.to_string(), "too many wrong passwords: try again in 30 seconds, at 20:37:10 IST",);
    }
    assert!(house.is_let_in(&session), "who is signed in notices nothing");
    house.later(PAUSE_FIRST.as_secs().try_into().unwrap());
    house.log_in(PASSWORD).await.unwrap();
    assert!(matches!(house.log_in("not the password").await, Err(AccessError::Wrong)), "it begins anew");
}

#[tokio::test]
async fn a_token_is_shown_once_kept_as_a_hash_and_revoked() {
    let (house, session) = House::locked().await;
    let new = |name: &str, scope| NewToken { name: name.parse().unwrap(), scope };
    let made = house.access.add_token(new("notebook", TokenScope::ReadOnly)).await.unwrap();
    assert!(made.secret.0.starts_with("et_") && made.secret.0.len() > 40);
    let twice = house.access.add_token(new("notebook", TokenScope::Full)).await.unwrap_err();
    assert!(twice.to_string().contains("\"notebook\" already"), "{twice}");

    let again = house.reopened(false);
    let caller = again.judge(Some(&made.secret.0), None);
    assert!(matches!(&caller, Caller::Program { scope: TokenScope::ReadOnly, .. }));
    assert!(!caller.may_change_access());
    assert_eq!(again.judge(Some("et_nonsense"), Some(&session)), Caller::Stranger(Presented::Token));
    assert!(again.picture(&Caller::Command).tokens[0].last_used.is_some());

    again.revoke_token("notebook".parse().unwrap()).await.unwrap();
    assert!(!again.still_knows(&caller));
    assert!(again.judge(Some(&made.secret.0), None).is_stranger());
    assert!(matches!(again.revoke_token("notebook".parse().unwrap()).await, Err(AccessError::NoToken(_))));
    for number in 0..TOKENS_MAX {
        again.add_token(new(&format!("t{number}"), TokenScope::Full)).await.unwrap();
    }
    let one_more = again.add_token(new("one-more", TokenScope::Full)).await;
    assert!(matches!(one_more, Err(AccessError::TooManyTokens)));
}

#[tokio::test]
async fn the_key_of_the_commands_is_another_in_each_run() {
    let (house, _) = House::locked().await;
    let key = house.access.command_key().0.clone();
    assert_eq!(house.access.judge(Some(&key), None), Caller::Command);
    assert!(house.reopened(false).judge(Some(&key), None).is_stranger());
}

#[tokio::test]
async fn nothing_secret_is_on_the_disk_and_what_cannot_be_written_changes_nothing() {
    let (house, session) = House::locked().await;
    let made = house.access.add_token(NewToken { name: "a".parse().unwrap(), scope: TokenScope::Full });
    let made = made.await.unwrap().secret.0;
    let path = house.directory.path().join("access.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for planted in [PASSWORD, &session, &made, made.trim_start_matches("et_"), &house.access.command_key().0]
    {
        assert!(!text.contains(planted), "{planted} is in the file");
    }
    // A directory in its place cannot be replaced by a file.
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let refused = house.set(&Caller::Command, change(None, Some("another horse"))).await.unwrap_err();
    assert!(matches!(refused, AccessError::Unwritable { .. }), "{refused}");
    let refused = house.access.revoke_token("a".parse().unwrap()).await;
    assert!(matches!(refused, Err(AccessError::Unwritable { .. })));
    assert!(house.is_let_in(&session));
    assert!(matches!(house.log_in(PASSWORD).await, Err(AccessError::Unwritable { .. })));
    assert!(!house.access.judge(Some(&made), None).is_stranger());
}
