//! The files of a definition as they were read, so that it can be read again when they have changed. Never: what they mean.

use serde::{Deserialize, Serialize};

/// Every file of a definition, without the secrets that stand in them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Texts {
    /// The definition file.
    pub main: TextFile,
    /// Those that it includes.
    pub included: Vec<TextFile>,
    /// Calendars of holidays.
    pub calendars: Vec<TextFile>,
    /// The logo, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<TextFile>,
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextFile {
    /// Where it stood.
    pub path: String,
    /// What it said.
    pub text: String,
}
