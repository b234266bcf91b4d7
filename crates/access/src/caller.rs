//! Who asks, as far as it is known.

use protocol::TokenScope;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// There is no password, so whoever reaches this server may use it.
    Anybody,
    /// Has typed the password; by the session's id.
    Person(String),
    /// A command of this machine, which may read the data directory.
    Command,
    /// Has a token; by the token's id.
    Program {
        token: String,
        scope: TokenScope,
    },
    Stranger(Presented),
}

/// What a stranger showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    Nothing,
    /// A session that has ended.
    Session,
    /// A token that is none.
    Token,
}

impl Caller {
    pub fn is_stranger(&self) -> bool {
        matches!(self, Self::Stranger(_))
    }

    /// Whether passwords, sessions and tokens are this one's to see and change.
    pub fn may_change_access(&self) -> bool {
        matches!(self, Self::Anybody | Self::Person(_) | Self::Command)
    }
}
