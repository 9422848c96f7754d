//! Short texts that people wrote: bounded, printable, checked before anything else sees them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

/// A text of 1 to `MAX` bytes of UTF-8 without control characters, byte order mark or surrounding white space.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Text<const MAX: usize>(String);

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// More bytes than the field holds.
    #[error("the text is longer than {0} bytes")]
    TooLong(usize),
    /// A control character, a byte order mark, or white space at an end.
    #[error("the text holds a control character, a byte order mark, or white space at an end")]
    Unprintable,
    /// Not the form that this field asks for.
    #[error("the text is not {0}")]
    Form(&'static str),
}

impl<const MAX: usize> Text<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        checked(text, MAX, is_hidden).map(Self)
    }
}

/// Checks what a person wrote: not empty, not too long, nothing that is refused, no white space at an end.
fn checked(text: &str, max: usize, is_refused: fn(char) -> bool) -> Result<String, TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > max {
        return Err(TextError::TooLong(max));
    }
    if text.contains(is_refused) || text.trim().len() != text.len() {
        return Err(TextError::Unprintable);
    }
    Ok(text.to_owned())
}

/// What a reader does not see, or what makes text look like other text: controls, line and paragraph separators, byte order
/// mark, and the marks of the Unicode bidirectional algorithm.
fn is_hidden(c: char) -> bool {
    let mark = ['\u{feff}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}'].contains(&c);
    c.is_control()
        || mark
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Texts may be titles and names of persons, so their content stays out of every log line.
impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A text of several lines: as [`Text`], but with line feeds, and no other control character.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Prose<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Prose<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        checked(text, MAX, |c| c != '\n' && is_hidden(c)).map(Self)
    }
}

impl<const MAX: usize> fmt::Display for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What people write to one another about patients stays out of every log line.
impl<const MAX: usize> fmt::Debug for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prose({} bytes)", self.0.len())
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Prose<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A media type without parameters other than `charset` (RFC 6838, RFC 2045), such as `application/fhir+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MediaType(String);

impl MediaType {
    /// The media type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MediaType {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let token = |part: &str| {
            !part.is_empty()
                && part.len() <= 127
                && part.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b)
                })
        };
        let (essence, charset) =
            text.split_once("; charset=").map_or((text, "utf-8"), |(e, c)| (e, c));
        match essence.split_once('/') {
            Some((kind, subtype)) if token(kind) && token(subtype) && token(charset) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(TextError::Form("a media type in lower case, such as application/pdf")),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A language tag of BCP 47, in the subset `language[-REGION]` that clinical documents use: `nb`, `nn-NO`, `se`, `en-GB`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Language(String);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let (language, region) = text.split_once('-').map_or((text, "NO"), |(l, r)| (l, r));
        let lower =
            matches!(language.len(), 2..=3) && language.bytes().all(|b| b.is_ascii_lowercase());
        let upper = region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase());
        if lower && upper {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::Form("a language tag such as nb or en-GB"))
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
