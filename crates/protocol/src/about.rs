//! What the program is and how its environment sets it, for whoever looks or helps. No secret is in it.

use serde::{Deserialize, Serialize};

/// A variable of the environment that is set, in a `.env` file too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnvironmentVariable {
    pub name: String,
    /// `None`: it could be secret.
    pub value: Option<String>,
    pub remark: Option<String>,
}

/// The program that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct About {
    pub version: String,
    /// What it was built from, where that is known.
    pub commit: Option<String>,
    pub sqlite: String,
    pub licence: String,
    /// Where the data of this market are.
    pub data_dir: String,
    pub environment: Vec<EnvironmentVariable>,
}
