//! The fingerprint: how a federation is named when it is trusted for the first time.

use budstikke_keys::digest::Sha256Digest;

use super::roster::Roster;
use crate::ids::Fingerprint;

/// The fingerprint of the federation that begins with `first`: SHA-256 over the text
///
/// ```text
/// budstikke-federation-v1
/// <name>
/// <threshold>
/// <thumbprint of each steward key, sorted, a line each>
/// ```
///
/// each line ended by a single line feed. The members do not count, so the fingerprint can be printed before anybody has joined.
pub fn fingerprint(first: &Roster) -> Fingerprint {
    let mut thumbprints: Vec<String> =
        first.stewards.iter().map(|s| s.key.thumbprint().to_string()).collect();
    thumbprints.sort_unstable();
    let lines = [
        "budstikke-federation-v1".to_owned(),
        first.federation.to_string(),
        first.threshold.to_string(),
    ];
    let text: String = lines.into_iter().chain(thumbprints).map(|line| line + "\n").collect();
    Fingerprint::new(Sha256Digest::of(text.as_bytes()))
}
