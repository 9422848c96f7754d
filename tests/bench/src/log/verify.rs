//! The export of a log of a million entries verified as a reviewer does it, beside hashing alone.

use std::time::Instant;

use budstikke::verify::checks::{LogCheck, TrustedLog};
use budstikke::verify::log::{Subject, verify};
use budstikke_keys::note::{KeyKind, VerifierKey};

use super::hashing::{self, Hashing};
use super::in_memory::{APART, entries, export, key, origin};
use crate::finding::Finding;
use crate::rounds::rounds;
use crate::setting::Setting;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(1_000_000, 20_000);
    let folder = tempfile::tempdir().unwrap();
    export(&entries(count as u64), folder.path());
    // The verifier computes one root, that of the whole.
    let hashing = Hashing { nodes: count as u64 - 1, ..Hashing::of(count as u64, APART) };
    let trusted = || {
        TrustedLog::Key(VerifierKey::new(origin().key_name(), KeyKind::Signature, key().public()))
    };
    let [verified, hashed] = rounds("log-verify", setting.rounds(11), || {
        let began = Instant::now();
        let checks = verify(&Subject::Export(folder.path()), trusted(), &mut |_, _| ());
        let verified = began.elapsed();
        assert!(checks.len() >= 5 && checks.iter().all(LogCheck::is_good), "{checks:?}");
        [verified, hashing.time()].map(|time| time.as_secs_f64() * 1000.0)
    });
    let what = format!("verify the export of {count} entries, tiles and all");
    vec![Finding::new(what, "ms", verified).beside(hashing::NAME, &hashed).at_most_times(2.0, 0.0)]
}
