//! A vector: one file with one case, which is accepted with a result or refused for one reason.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where the vectors lie.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors");

/// A format, and so a directory of vectors.
pub trait Format: Sized {
    /// The name of the directory, which the page of the specification mentions.
    const NAME: &'static str;
    /// What a case gives.
    type Input: Serialize + DeserializeOwned;
    /// What comes of it when it is accepted.
    type Accepted: Serialize + DeserializeOwned + PartialEq + Debug;

    /// Judges a case with the code that is under test; a refusal is named by [`refusal`].
    fn judge(input: Self::Input) -> Result<Self::Accepted, String>;
}

/// A format whose vectors are written again from fixed seeds.
pub trait Written: Format {
    /// Every case.
    fn cases() -> Cases<Self>;
}

/// The content of a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector<I, A> {
    /// What the case shows, in words.
    pub description: String,
    /// The name of the format.
    pub format: String,
    /// What is given.
    pub input: I,
    /// What comes of it.
    pub expected: Expected<A>,
}

/// The outcome of a case.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected<A> {
    /// It is accepted, with this result.
    Accepted(A),
    /// It is refused, for this reason and no other.
    Refused(String),
}

/// The vectors of one format, by file name.
pub struct Cases<F: Format>(BTreeMap<String, Vector<F::Input, F::Accepted>>);

impl<F: Format> Default for Cases<F> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<F: Format> Cases<F> {
    /// Adds a case that is accepted.
    pub fn accepted(&mut self, name: &str, shows: &str, input: F::Input, result: F::Accepted) {
        self.add(name, shows, input, Expected::Accepted(result));
    }

    /// Adds a case that is refused.
    pub fn refused(&mut self, name: &str, shows: &str, input: F::Input, refusal: &str) {
        self.add(name, shows, input, Expected::Refused(refusal.to_owned()));
    }

    fn add(&mut self, name: &str, shows: &str, input: F::Input, expected: Expected<F::Accepted>) {
        let format = F::NAME.to_owned();
        let vector = Vector { description: shows.to_owned(), format, input, expected };
        let earlier = self.0.insert(format!("{name}.json"), vector);
        assert!(earlier.is_none(), "two vectors are called {}/{name}", F::NAME);
    }
}

/// Writes the vectors of a format, and leaves no other file in its directory.
pub fn write<F: Written>(root: &Path) -> io::Result<()> {
    let directory = root.join(F::NAME);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    for (name, vector) in F::cases().0 {
        fs::write(directory.join(name), serde_json::to_string_pretty(&vector)? + "\n")?;
    }
    Ok(())
}

/// The files of a format, in order; there is at least one.
pub fn files(format: &str) -> Vec<PathBuf> {
    let directory = Path::new(ROOT).join(format);
    let mut files: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", directory.display());
    files
}

/// Reads a vector of format `F`.
pub fn read<F: Format>(file: &Path) -> Vector<F::Input, F::Accepted> {
    let text = fs::read_to_string(file).unwrap();
    let vector: Vector<F::Input, F::Accepted> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(vector.format, F::NAME, "{}", file.display());
    vector
}

/// The name of an error in vectors: that of its variant, and the reason that it carries, if any.
///
/// `Header("has no alg")` is `header: has no alg`. Where in a text a parser gave up is left out:
/// that is for the parser to say as it likes.
pub fn refusal(error: &impl Debug) -> String {
    let text = format!("{error:?}");
    let (name, rest) = text.split_once(['(', ' ']).unwrap_or((&text, ""));
    let mut refusal = kebab(name);
    if let Some((reason, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        let reason = reason.split_once(" at line ").map_or(reason, |(reason, _)| reason);
        write!(refusal, ": {reason}").unwrap();
    }
    refusal
}

/// `NotThePeer` as `not-the-peer`.
pub fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}
