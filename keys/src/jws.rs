//! Signed statements: JSON Web Signatures (RFC 7515) in one strict profile.
//!
//! A statement is a JSON object with a type. It arrives as [`Claimed`], whose content is only what
//! somebody says, and becomes [`Verified`] when a signature was checked: there is no other way.
//! What is kept, hashed and passed on is the exact text that was signed; a statement is never
//! written anew, so members that this version does not know survive.
//!
//! The profile leaves a reader nothing to choose:
//!
//! - the header has the members `alg`, `kid` and `typ`, all of them and no other: no `crit`, no
//!   `jwk`, no `b64`;
//! - `alg` is `EdDSA` (RFC 8037), or `Ed25519` as RFC 9864 calls the same; there is no negotiation
//!   to attack;
//! - `kid` is the RFC 7638 thumbprint of the signer's key;
//! - `typ` names the kind of statement and its version; the reader says which it expects (RFC 8725
//!   section 3.11);
//! - base64url has no padding and no stray bits, JSON no member twice, at any depth;
//! - the payload is an object without null, and every value in it has the one form that its type writes.
//!
//! One signer: the compact form, [`sign`] and [`Claimed`]. Several signers: the JSON form,
//! [`SignedByMany`].

mod compact;
mod json;
mod many;
mod profile;

pub use compact::{Claimed, Verified, sign};
pub use many::{SIGNATURES_MAX, SignedByMany};
pub use profile::{JwsError, Statement};

#[cfg(test)]
mod tests;
