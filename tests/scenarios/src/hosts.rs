//! Organisations on hosts of their own: containers of the image under test, and network namespaces.

pub mod container;
pub mod delay;
pub mod docker;
pub mod federation;
pub mod image;
pub mod lab;
pub mod long_line;
pub mod namespaces;
