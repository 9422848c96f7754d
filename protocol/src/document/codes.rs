//! The national and international codes that documents and questions carry.

mod asker;
mod confidentiality;
mod document_type;
mod list;

#[cfg(test)]
mod tests;

pub use asker::{Purpose, Role};
pub use confidentiality::{BlockCode, Confidentiality};
pub use document_type::{CategoryCode, TypeCode};
pub use list::UnknownCode;
pub(crate) use list::{Row, code_as_text, code_list, find};
