//! A statement with one signature, in the compact form (RFC 7515 section 7.1).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;

use super::profile::{self, JwsError, Statement};
use crate::digest::Sha256Digest;
use crate::public::{BadSignature, PublicKey, Signature, Thumbprint};
use crate::secret::SecretKey;

/// A statement as it arrived: well-formed, but nobody has checked who signed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed<T> {
    statement: T,
    kid: Thumbprint,
    signature: Signature,
    compact: String,
}

impl<T: Statement> Claimed<T> {
    /// Reads the compact form of a statement of type `T`.
    ///
    /// # Errors
    ///
    /// When the text has more than `bytes_max`, breaks a rule of the profile, or has another type.
    pub fn parse(compact: &str, bytes_max: usize) -> Result<Self, JwsError> {
        if compact.len() > bytes_max {
            return Err(JwsError::TooLarge);
        }
        let mut parts = compact.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::NotThreeParts);
        };
        let kid = profile::kid::<T>(header)?;
        let signature = profile::signature(signature)?;
        let statement = profile::statement(&profile::decode(payload)?)?;
        Ok(Self { statement, kid, signature, compact: compact.to_owned() })
    }

    /// The key that is said to have signed; which key that is, the roster knows.
    pub fn kid(&self) -> Thumbprint {
        self.kid
    }

    /// The content, a claim only: enough to find the signer's key by, not enough to act on.
    pub fn claimed(&self) -> &T {
        &self.statement
    }

    /// The exact text that was read.
    pub fn compact(&self) -> &str {
        &self.compact
    }

    /// SHA-256 of the compact form.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.compact.as_bytes())
    }

    /// What the signature is over: header and payload as encoded (RFC 7515 section 5.1, step 5).
    pub fn signing_input(&self) -> &[u8] {
        self.compact.rsplit_once('.').map_or(&[], |(signed, _)| signed.as_bytes())
    }

    /// Checks the signature; `key` must also be the one that the statement names.
    ///
    /// # Errors
    ///
    /// [`BadSignature`], whichever of the two fails.
    pub fn verify(self, key: &PublicKey) -> Result<Verified<T>, BadSignature> {
        if key.thumbprint() != self.kid {
            return Err(BadSignature);
        }
        key.verify(self.signing_input(), &self.signature)?;
        Ok(Verified { statement: self.statement, signer: self.kid, compact: self.compact })
    }
}

/// Shows who is said to have signed what kind of statement, never its content.
impl<T: Statement> fmt::Debug for Claimed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("typ", &T::TYP)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A statement whose signature was checked, by [`Claimed::verify`] or by making it, in [`sign`].
#[derive(Clone, PartialEq, Eq)]
pub struct Verified<T> {
    statement: T,
    signer: Thumbprint,
    compact: String,
}

impl<T: Statement> Verified<T> {
    /// What was signed.
    pub fn statement(&self) -> &T {
        &self.statement
    }

    /// The key that signed it.
    pub fn signer(&self) -> Thumbprint {
        self.signer
    }

    /// The exact text that was signed, with its signature.
    pub fn compact(&self) -> &str {
        &self.compact
    }

    /// SHA-256 of the compact form.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.compact.as_bytes())
    }

    /// What was signed, by itself.
    pub fn into_statement(self) -> T {
        self.statement
    }
}

/// Shows who signed what kind of statement, never its content.
impl<T: Statement> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("typ", &T::TYP)
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

/// Signs a statement.
///
/// # Errors
///
/// [`JwsError::Payload`] or [`JwsError::Refused`] when the statement would not read back.
pub fn sign<T: Statement>(statement: T, key: &SecretKey) -> Result<Verified<T>, JwsError> {
    let kid = key.public().thumbprint();
    let payload = BASE64URL_NOPAD.encode(&profile::payload(&statement)?);
    let signed = format!("{}.{payload}", profile::header::<T>(kid)?);
    let signature = BASE64URL_NOPAD.encode(&key.sign(signed.as_bytes()).to_bytes());
    Ok(Verified { statement, signer: kid, compact: format!("{signed}.{signature}") })
}
