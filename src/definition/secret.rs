//! Secrets: taken from the environment or a file, never printed. The only reader of the environment for definitions.

use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A secret value. `Debug` shows `***`.
#[derive(Clone)]
pub struct Secret {
    value: SecretString,
    /// The file that it was read from.
    file: Option<PathBuf>,
}

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self { value: SecretString::from(value), file: None }
    }
    /// The value, for the peer alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// The same secret as it is now: one of a file is read again, because another program may have renewed it.
    ///
    /// # Errors
    /// A file that is no longer there, or empty. The words hold none of it.
    pub fn renewed(&self) -> Result<Self, String> {
        match &self.file {
            None => Ok(self.clone()),
            Some(path) => of_file(path, &path.display().to_string()).map_err(|error| error.to_string()),
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose() && self.file == other.file
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Does it matter whether the secrets that a definition refers to are set?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// One that is not there is a problem.
    Needed,
    /// One that is not there is none: the definition is checked and not used, for example in CI.
    Optional,
}

/// Where a secret is: `${NAME}` in the environment, `${file:path}` in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SecretReference {
    Environment(String),
    File(PathBuf),
}

/// Why a secret could not be had. Never holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SecretError {
    #[error("the environment has no `{0}`")]
    Unset(String),
    #[error("`{0}` is empty in the environment")]
    Empty(String),
    #[error("`{0}` is not UTF-8 text in the environment")]
    NotText(String),
    #[error("the file `{path}` cannot be read: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("the file `{0}` is empty")]
    EmptyFile(String),
}

impl SecretReference {
    /// Reads a whole `${...}`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        if let Some(path) = name.strip_prefix("file:") {
            let path = path.trim();
            return (!path.is_empty() && !path.contains(['{', '}', '\0'])).then(|| Self::File(path.into()));
        }
        let ok = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        ok.then(|| Self::Environment(name.to_owned()))
    }

    /// The secret; relative files stand from `root`. One line end after it is no part of it.
    pub(super) fn read(&self, root: &Path) -> Result<Secret, SecretError> {
        match self {
            Self::Environment(name) => {
                #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
                let value = std::env::var(name);
                match value {
                    Ok(value) if value.is_empty() => Err(SecretError::Empty(name.clone())),
                    Ok(value) => Ok(Secret::new(value)),
                    Err(std::env::VarError::NotPresent) => Err(SecretError::Unset(name.clone())),
                    Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::NotText(name.clone())),
                }
            }
            Self::File(path) => of_file(&root.join(path), &path.display().to_string()),
        }
    }
}

/// The files that a definition's text names as places of secrets, each once; relative ones stand from `root`.
#[must_use]
pub fn secret_files(text: &str, root: &Path) -> BTreeSet<PathBuf> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .flat_map(|line| line.split("${").skip(1))
        .filter_map(|rest| SecretReference::parse(&format!("${{{}}}", rest.split_once('}')?.0)))
        .filter_map(|reference| match reference {
            SecretReference::File(path) => Some(root.join(path)),
            SecretReference::Environment(_) => None,
        })
        .collect()
}

fn of_file(path: &Path, shown: &str) -> Result<Secret, SecretError> {
    let mut value = std::fs::read_to_string(path).map_err(|error| SecretError::Unreadable {
        path: shown.to_owned(),
        reason: super::read::reason(&error),
    })?;
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    if value.is_empty() {
        return Err(SecretError::EmptyFile(shown.to_owned()));
    }
    Ok(Secret { value: SecretString::from(value), file: Some(path.to_owned()) })
}

/// The first `${...}` in a text, well written or not; `${{` is a sign before a template's value, no secret.
pub(super) fn reference_in(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(at) = text[from..].find("${") {
        let start = from + at;
        let rest = &text[start + 2..];
        if !rest.starts_with('{') {
            let end = rest.find('}').map_or(text.len(), |close| start + 2 + close + 1);
            return Some(start..end);
        }
        from = start + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody_but_the_peer() {
        let secret = Secret::new("abre-te-sésamo".to_owned());
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(secret.expose(), "abre-te-sésamo");
    }

    #[test]
    fn references_name_the_environment_or_a_file() {
        let environment = SecretReference::Environment("SMTP_PASSWORD".to_owned());
        assert_eq!(SecretReference::parse("${SMTP_PASSWORD}"), Some(environment));
        let file = SecretReference::File("/run/secrets/smtp".into());
        assert_eq!(SecretReference::parse("${file:/run/secrets/smtp}"), Some(file));
        for wrong in ["${}", "${file:}", "${1A}", "${A B}", "$A", "${A", "${A-B}"] {
            assert_eq!(SecretReference::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reference_is_found_and_a_template_after_a_currency_sign_is_none() {
        assert_eq!(reference_in("u:${A}@h"), Some(2..6));
        assert_eq!(reference_in("u:${A@h"), Some(2..7));
        assert_eq!(reference_in("ventas por ${{ sales_amount }}"), None);
    }

    #[test]
    fn a_file_gives_its_text_without_the_last_line_end() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("clave"), "abc \r\n").expect("written");
        let secret = SecretReference::File("clave".into()).read(folder.path()).expect("a secret");
        assert_eq!(secret.expose(), "abc ");
        std::fs::write(folder.path().join("clave"), "def\n").expect("written");
        assert_eq!(secret.renewed().expect("still there").expose(), "def");
        std::fs::remove_file(folder.path().join("clave")).expect("removed");
        assert!(secret.renewed().expect_err("gone").contains("there is no such file"));
        let gone = SecretReference::File("otra".into()).read(folder.path()).expect_err("no such file");
        assert_eq!(gone.to_string(), "the file `otra` cannot be read: there is no such file");
        let unset = SecretReference::Environment("PARTE_TEST_NOT_SET".to_owned());
        assert!(matches!(unset.read(folder.path()), Err(SecretError::Unset(_))));
    }
}
