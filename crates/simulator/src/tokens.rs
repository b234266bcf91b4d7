//! Bearer tokens and the codes that are exchanged for them. Tokens look like the broker's and guard nothing:
//! the data behind them are made up. A token ends at the next 03:30 IST [DOC].

use std::collections::{BTreeMap, VecDeque};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use market::{Day, EpochSeconds};

use crate::world::Draws;

/// The bearer that is always taken, until it is killed.
pub const LITERAL_TOKEN: &str = "simulated";
const ISSUER: &str = "expirytrack-simulator";
const END_OF_TOKENS_MINUTE: u16 = 3 * 60 + 30;
/// Tokens and codes kept; the oldest go first.
const TOKENS_KEPT_MAX: usize = 1_000;
const CODES_KEPT_MAX: usize = 100;
/// How long a code lives, unless another time is set. UNCERTAIN.
const CODE_SECONDS: u32 = 600;

/// What a code was given out for.
pub struct CodeGrant {
    pub client_id: String,
    pub redirect_uri: String,
    /// When it was given out.
    pub at_ms: i64,
}

#[derive(Default)]
pub struct Tokens {
    seed: u64,
    issued: u64,
    /// By order of issue: the token and its end in epoch milliseconds.
    tokens: BTreeMap<u64, (String, i64)>,
    codes: BTreeMap<u64, (String, CodeGrant)>,
    literal_is_dead: bool,
    /// Whether tokens of an earlier run of this program have been killed too.
    earlier_are_dead: bool,
    /// Signed out; the oldest go first.
    ended: VecDeque<String>,
}

impl Tokens {
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    pub fn issue(&mut self, now_ms: i64) -> String {
        let number = self.next_number();
        let end_ms = end_of_token_ms(now_ms);
        let token = self.jwt(number, now_ms, end_ms);
        self.tokens.insert(number, (token.clone(), end_ms));
        while self.tokens.len() > TOKENS_KEPT_MAX {
            self.tokens.pop_first();
        }
        token
    }

    pub fn is_good(&self, token: &str, now_ms: i64) -> bool {
        if token == LITERAL_TOKEN {
            return !self.literal_is_dead;
        }
        if self.ended.iter().any(|ended| ended == token) {
            return false;
        }
        self.tokens.values().any(|(good, end_ms)| good == token && now_ms < *end_ms)
            || (!self.earlier_are_dead && earlier_end_ms(token).is_some_and(|end_ms| now_ms < end_ms))
    }

    /// All tokens die, the literal one too.
    pub fn kill_all(&mut self) {
        self.tokens.clear();
        self.literal_is_dead = true;
        self.earlier_are_dead = true;
    }

    /// The literal token lives again.
    pub fn revive_literal(&mut self) {
        self.literal_is_dead = false;
    }

    /// Signing out. The literal token was never given out, so it cannot be handed back.
    pub fn end(&mut self, token: &str) {
        self.tokens.retain(|_, (good, _)| good != token);
        if token != LITERAL_TOKEN {
            self.ended.push_back(token.to_owned());
        }
        while self.ended.len() > TOKENS_KEPT_MAX {
            self.ended.pop_front();
        }
    }

    pub fn new_code(&mut self, grant: CodeGrant) -> String {
        let number = self.next_number();
        let letters = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
        let mut draws = Draws::of(&[self.seed, 11, number]);
        let code: String =
            (0..6).map(|_| char::from(letters[draws.below(letters.len() as u64) as usize])).collect();
        self.codes.insert(number, (code.clone(), grant));
        while self.codes.len() > CODES_KEPT_MAX {
            self.codes.pop_first();
        }
        code
    }

    /// A code is gone once it was shown, whether or not the exchange succeeds [DOC]. One that is too old is none.
    pub fn take_code(&mut self, code: &str, now_ms: i64, seconds: u32) -> Option<CodeGrant> {
        let number = self.codes.iter().find(|(_, (known, _))| known == code).map(|(number, _)| *number)?;
        let (_, grant) = self.codes.remove(&number)?;
        let seconds = if seconds == 0 { CODE_SECONDS } else { seconds };
        (now_ms - grant.at_ms <= i64::from(seconds) * 1000).then_some(grant)
    }

    fn next_number(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    /// A JWT in form, as the broker's are in practice.
    fn jwt(&self, number: u64, now_ms: i64, end_ms: i64) -> String {
        let mut draws = Draws::of(&[self.seed, 12, number, now_ms.unsigned_abs()]);
        let header = r#"{"typ":"JWT","alg":"HS256"}"#;
        let payload = format!(
            r#"{{"sub":"SIM001","jti":"{:016x}","isMultiClient":false,"isPlusPlan":true,"iat":{},"iss":"{ISSUER}","exp":{}}}"#,
            draws.next(),
            now_ms / 1000,
            end_ms / 1000
        );
        let signature: Vec<u8> = (0..4).flat_map(|_| draws.next().to_le_bytes()).collect();
        [header.as_bytes(), payload.as_bytes(), &signature].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    }
}

/// The end of a token that an earlier run of a simulator gave out: the broker's tokens outlive our restarts,
/// so the simulated market's do too.
fn earlier_end_ms(token: &str) -> Option<i64> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    (claims["iss"] == ISSUER).then(|| claims["exp"].as_i64())?.map(|seconds| seconds * 1000)
}

/// The next 03:30 IST after a moment; at exactly 03:30 it is tomorrow's [REP].
fn end_of_token_ms(now_ms: i64) -> i64 {
    let now = EpochSeconds(now_ms.div_euclid(1000));
    let end_of = |day: Day| day.at_minute(END_OF_TOKENS_MINUTE).0 * 1000;
    let today = end_of(now.day());
    if now_ms < today { today } else { end_of(now.day().next()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_outlives_a_restart_and_not_a_kill_or_a_sign_out() {
        let now = ist("2025-09-17T10:00:00");
        let token = Tokens::new(1).issue(now);
        let mut restarted = Tokens::new(1);
        assert!(restarted.is_good(&token, now));
        assert!(!restarted.is_good(&token, ist("2025-09-18T03:30:00")));
        assert!(!restarted.is_good("a.b.c", now));
        restarted.end(&token);
        assert!(!restarted.is_good(&token, now));
        let mut killed = Tokens::new(1);
        killed.kill_all();
        assert!(!killed.is_good(&token, now));
    }

    fn ist(text: &str) -> i64 {
        EpochSeconds::parse_rfc3339(&format!("{text}+05:30")).unwrap().0 * 1000
    }

    #[test]
    fn a_token_ends_at_the_next_half_past_three() {
        for (issued, end) in [
            ("2025-09-16T20:00:00", "2025-09-17T03:30:00"),
            ("2025-09-17T02:30:00", "2025-09-17T03:30:00"),
            ("2025-09-17T03:30:00", "2025-09-18T03:30:00"),
        ] {
            assert_eq!(end_of_token_ms(ist(issued)), ist(end), "{issued}");
            let mut tokens = Tokens::new(1);
            let token = tokens.issue(ist(issued));
            assert!(tokens.is_good(&token, ist(end) - 1));
            assert!(!tokens.is_good(&token, ist(end)));
        }
    }

    #[test]
    fn a_code_is_single_use_and_killing_spares_nobody() {
        let mut tokens = Tokens::new(1);
        let grant = || CodeGrant { client_id: "c".into(), redirect_uri: "r".into(), at_ms: 0 };
        let code = tokens.new_code(grant());
        assert_eq!(code.len(), 6);
        assert!(tokens.take_code(&code, 0, 0).is_some());
        assert!(tokens.take_code(&code, 0, 0).is_none());
        let late = tokens.new_code(grant());
        assert!(tokens.take_code(&late, 600_001, 0).is_none());
        let in_time = tokens.new_code(grant());
        assert!(tokens.take_code(&in_time, 2_000, 2).is_some());
        let token = tokens.issue(0);
        tokens.kill_all();
        assert!(!tokens.is_good(&token, 0) && !tokens.is_good(LITERAL_TOKEN, 0));
        tokens.revive_literal();
        assert!(tokens.is_good(LITERAL_TOKEN, 0) && !tokens.is_good(&token, 0));
    }
}
