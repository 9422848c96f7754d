//! Verifying the proof that a log has forked, or what it is accused of.

use std::fs;
use std::path::Path;

use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::fork::{Accusation, FORK_BYTES_MAX, Fork, ForkKind, ForkProof};
use budstikke_protocol::log::origin::Origin;

use super::checks::{Checks, Failed, TrustedLog, key, told};

/// What the file is.
enum Claim {
    Proof(Box<ForkProof>),
    Accusation(Box<Accusation>),
}

/// Whether a file says that it is a fork proof or an accusation.
pub fn is_one(bytes: &[u8]) -> bool {
    [&b"budstikke/fork/"[..], b"budstikke/accusation/"].iter().any(|mark| bytes.starts_with(mark))
}

/// Verifies a fork proof. An accusation is none: it fails, and says what it is.
pub(super) fn verify(checks: &mut Checks, path: &Path, trusted: TrustedLog) -> Result<(), Failed> {
    let (claim, origin) = checks.note("file", read(path))?;
    let (key, _) = key(checks, trusted, &origin)?;
    let outcome = match claim {
        Claim::Proof(proof) => proof.verify(&key).map_err(|error| told(&error)).map(|fork| {
            let found = in_words(&fork);
            ((), found)
        }),
        Claim::Accusation(accusation) => {
            let accused = accusation.verify(&key).map_err(|error| told(&error));
            Err(accused.map_or_else(
                |error| error,
                |accused| {
                    let (older, newer) = (accused.older.head().size, accused.newer.head().size);
                    format!("an accusation is no proof: {origin} has signed a head of {older} entries and one of {newer}, and did not show that one continues the other")
                },
            ))
        }
    };
    checks.note("fork", outcome)
}

fn read(path: &Path) -> Result<((Claim, Origin), String), String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > u64::try_from(FORK_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(format!("a fork proof has at most {FORK_BYTES_MAX} bytes"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let (claim, word) = if bytes.starts_with(b"budstikke/accusation/") {
        let accusation = Accusation::parse(&bytes).map_err(|error| told(&error))?;
        (Claim::Accusation(Box::new(accusation)), "an accusation")
    } else {
        let proof = ForkProof::parse(&bytes).map_err(|error| told(&error))?;
        (Claim::Proof(Box::new(proof)), "a fork proof")
    };
    let [first, _] = match &claim {
        Claim::Proof(proof) => proof.notes(),
        Claim::Accusation(accusation) => accusation.notes(),
    };
    let checkpoint: Checkpoint = first.text().parse().map_err(|error| told(&error))?;
    let found = format!("{word} against {}", checkpoint.origin);
    Ok(((claim, checkpoint.origin), found))
}

fn in_words(fork: &Fork) -> String {
    let origin = fork.origin();
    match fork.kind {
        ForkKind::SameSize(size) => {
            format!("{origin} HAS FORKED: it has signed two roots for {size} entries")
        }
        ForkKind::Subtree(subtree) => format!(
            "{origin} HAS FORKED: entries from {} on stand otherwise in one of its heads than in another",
            subtree.start().unwrap_or_default()
        ),
    }
}
