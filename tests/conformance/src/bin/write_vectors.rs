//! Writes the vectors again from their fixed seeds: `cargo run -p budstikke-conformance --bin write_vectors`.

use std::io;
use std::path::Path;

use budstikke_conformance::{formats, vector};

fn main() -> io::Result<()> {
    formats::write_all(Path::new(vector::ROOT))
}
