//! Bytes on the disk for a document, with everything that is kept of it.

use std::iter::once;
use std::path::Path;
use std::process::Command;

use crate::finding::Finding;
use crate::homes::LargeHome;
use crate::publisher::DOCUMENT_BYTES;
use crate::sample::Sample;
use crate::setting::Setting;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let large = LargeHome::of(setting);
    let each = |path: &Path| -> Sample { once(occupied(path) / large.count as f64).collect() };
    let finding = |what, path: &Path| Finding::new(what, "bytes", each(path));
    let document: Sample = once(DOCUMENT_BYTES as f64).collect();
    let home = &large.site.home;
    vec![
        finding("of the home, for each document", home)
            .beside("its own", &document)
            .at_most_times(1.15, 0.0),
        finding("of the journal", &home.join("journal")),
        finding("of the index", &home.join("db")),
    ]
}

/// What a folder takes on the disk, in whole blocks.
pub(crate) fn occupied(path: &Path) -> f64 {
    let output = Command::new("du").args(["-s", "-B1"]).arg(path).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    said.split_whitespace().next().unwrap().parse().unwrap()
}
