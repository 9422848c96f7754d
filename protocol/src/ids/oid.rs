//! Object identifiers, which name the systems that identifiers and codes belong to.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::as_text::serde_as_text;

/// The longest object identifier that is taken; the longest in national use has 27 characters,
/// one made of a UUID 44.
const OID_BYTES_MAX: usize = 128;

/// An object identifier (ITU-T X.660) in dotted decimal, without `urn:oid:`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Cow<'static, str>);

/// Why a text is no object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OidError {
    /// More characters than any identifier in use.
    #[error("the object identifier is longer than 128 characters")]
    TooLong,
    /// Not at least two decimal numbers without leading zeros, parted by single dots.
    #[error("an object identifier is decimal numbers parted by dots")]
    Form,
    /// The first number is at most 2, and after 0 or 1 the second at most 39 (X.660 section 7).
    #[error("the object identifier begins outside the tree")]
    Root,
}

impl Oid {
    /// Fødselsnummer.
    pub const BIRTH_NUMBER: Self = Self(Cow::Borrowed("2.16.578.1.12.4.1.4.1"));
    /// D-nummer.
    pub const D_NUMBER: Self = Self(Cow::Borrowed("2.16.578.1.12.4.1.4.2"));
    /// Help numbers: FH-nummer (felles hjelpenummer), and H-nummer together with its assigner.
    pub const HELP_NUMBER: Self = Self(Cow::Borrowed("2.16.578.1.12.4.1.4.3"));
    /// HPR number of health personnel.
    pub const HPR_NUMBER: Self = Self(Cow::Borrowed("2.16.578.1.12.4.1.4.4"));
    /// Organisation number in Enhetsregisteret.
    pub const ORGANISATION_NUMBER: Self = Self(Cow::Borrowed("2.16.578.1.12.4.1.4.101"));

    /// The dotted decimal text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        if text.len() > OID_BYTES_MAX {
            return Err(OidError::TooLong);
        }
        if !text.split('.').all(is_arc) {
            return Err(OidError::Form);
        }
        let (root, rest) = text.split_once('.').ok_or(OidError::Form)?;
        let second = rest.split('.').next().unwrap_or_default();
        let in_tree = match root {
            "0" | "1" => second.parse().is_ok_and(|arc: u8| arc < 40),
            "2" => true,
            _ => false,
        };
        if in_tree { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(OidError::Root) }
    }
}

/// Whether a text is one number of an identifier; its size is not limited (one made of a UUID
/// has 39 digits).
fn is_arc(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

serde_as_text!(Oid);
