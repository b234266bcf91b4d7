//! The page of exports, drawn: the form with every choice ready, what it comes to, and the exports that there are.

use serde::{Deserialize, Serialize};

/// What an address of the page says: names and values.
pub type Texts = Vec<(String, String)>;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportDrawn {
    /// Nothing is collected.
    pub is_empty: bool,
    /// Whose data are shown; none where contracts are named.
    pub underlying: String,
    pub groups: Vec<ExportGroup>,
    /// What is taken out, in words.
    pub of: String,
    /// What it comes to; a refusal where it cannot be.
    pub comes_to: String,
    pub is_refused: bool,
    /// The address names an underlying, an expiry or a contract that is not here.
    pub is_missing: bool,
    /// Contracts that are not in it.
    pub left_out: Vec<String>,
    /// The same on the command line.
    pub command: String,
    /// Where the preset's snippet lies, and the snippet.
    pub snippet: Option<(String, String)>,
    pub exports: Vec<ExportLine>,
}

/// Choices of the form that belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportGroup {
    pub legend: String,
    pub fields: Vec<ExportField>,
}

/// A choice of the form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportField {
    /// In the address.
    pub name: String,
    pub label: String,
    pub value: String,
    /// Values and words; without any it is typed.
    pub options: Vec<(String, String)>,
    /// Of an input: `date` or `number`.
    pub kind: String,
    /// What may be typed, for example; shown while nothing is.
    pub example: String,
    /// What is known of it, said below.
    pub hint: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportLine {
    pub id: i64,
    pub title: String,
    /// `running · 1,20,000 of about 2,50,000 rows · about 3 s left`.
    pub state: String,
    /// In hundredths, while it is made.
    pub done: Option<f64>,
    pub has_failed: bool,
    pub has_ended: bool,
    /// Name, address, what it holds, SHA-256.
    pub files: Vec<[String; 4]>,
}
