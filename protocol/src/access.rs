//! Access: the signed question, the decision over every look at patient data, and the record of it.

mod base64url;
pub mod blind;
pub mod decide;
pub mod question;
pub mod reason;
pub mod record;
