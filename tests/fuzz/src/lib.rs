//! What several fuzz targets need.

use std::sync::LazyLock;

use budstikke_keys::note::VerifierKey;

/// The case of the vectors that holds the key of their log.
const CASE: &str = include_str!("../../vectors/verifier-key/good-log.json");

/// The key of the log of the vectors: with it, some of the seeds verify.
pub static LOG: LazyLock<VerifierKey> = LazyLock::new(|| {
    CASE.split('"').find_map(|text| text.parse().ok()).expect("the case holds a verifier key")
});
