//! Who a document is about: person numbers, and the identifiers that statements carry.

mod arithmetic;
mod identifier;
mod person_number;

#[cfg(test)]
mod tests;

pub use identifier::{Identifier, IdentifierError};
pub use person_number::{PersonNumber, PersonNumberError, PersonNumberKind};
