//! Whether a head may be cosigned.

use budstikke_keys::note::{NoteName, NoteSignature, VerifierKey};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use thiserror::Error;

use super::request::Request;
use crate::log::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::log::tree::{TreeHash, TreeHead, verify_consistency};

/// What a witness knows of a log.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The log's key, which its name names.
    pub log: &'a VerifierKey,
    /// The head that it cosigned last, or that was handed over to it.
    pub last: Option<TreeHead>,
    /// Whether it holds a fork proof against the log.
    pub is_forked: bool,
}

/// Why a witness does not cosign; the number is the status of C2SP `tlog-witness`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// 404: the log is not among those that it cosigns.
    #[error("the origin is not known")]
    UnknownOrigin,
    /// 403: there is proof that the log has two histories.
    #[error("the log is forked")]
    Forked,
    /// 403: the log's key has not signed it.
    #[error("the checkpoint is not signed by its log")]
    NotSigned,
    /// 400: the note holds no checkpoint, or the request names a tree beyond it.
    #[error("the request is malformed")]
    Malformed,
    /// 409: the proof is from another size than the last one cosigned, which is this; 0 when there is none.
    #[error("the last head cosigned has size {0}")]
    Conflict(u64),
    /// 422: of size 0, but the root is another than that of the empty tree.
    #[error("the root is not that of an empty tree")]
    EmptyRoot,
    /// 422: hashes where there is nothing to prove.
    #[error("the proof must be empty")]
    ProofNotEmpty,
    /// 422: of the same size as the last one cosigned, and another root. Both are signed: a fork proof.
    #[error("the root is another than the last one cosigned of the same size")]
    OtherRoot,
    /// 422: the proof does not lead from the last head to this.
    #[error("the consistency proof does not verify")]
    Proof,
}

impl Refusal {
    /// The status of C2SP `tlog-witness`.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Forked | Self::NotSigned => 403,
            Self::UnknownOrigin => 404,
            Self::Conflict(_) => 409,
            Self::EmptyRoot | Self::ProofNotEmpty | Self::OtherRoot | Self::Proof => 422,
        }
    }
}

/// A head that may be cosigned as soon as it is persisted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    checkpoint: SignedCheckpoint,
    time: Timestamp,
}

impl Accepted {
    /// What is to be persisted as the last one cosigned, with the note: it is evidence against the log if it forks.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The time that the cosignature will have.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// Makes the cosignature. The caller has persisted [`Accepted::checkpoint`], and it reached the disk.
    pub fn cosign(&self, witness: NoteName, key: &SecretKey) -> NoteSignature {
        self.checkpoint.cosign(witness, key, self.time)
    }
}

/// Decides whether the checkpoint of `request` may be cosigned at `now`; `known` is what the witness knows of the log
/// that [`Request::origin`] names, and nothing when it does not cosign that log.
///
/// # Errors
/// [`Refusal`].
pub fn decide(
    request: &Request,
    known: Option<Known<'_>>,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let claimed: Checkpoint = request.note.text().parse().ok().ok_or(Refusal::Malformed)?;
    let known = known.filter(|known| *known.log.name() == claimed.origin.key_name());
    let known = known.ok_or(Refusal::UnknownOrigin)?;
    if known.is_forked {
        return Err(Refusal::Forked);
    }
    let signed = SignedCheckpoint::open(request.note.clone(), known.log);
    let checkpoint = signed.ok().ok_or(Refusal::NotSigned)?;
    let last = known.last.unwrap_or(TreeHead::EMPTY);
    continues(&last, request.old, &request.proof, checkpoint.head())?;
    Ok(Accepted { checkpoint, time: now })
}

fn continues(last: &TreeHead, old: u64, proof: &[TreeHash], new: &TreeHead) -> Result<(), Refusal> {
    if old > new.size {
        return Err(Refusal::Malformed);
    }
    if old != last.size {
        return Err(Refusal::Conflict(last.size));
    }
    if new.size == 0 && new.root != TreeHash::EMPTY {
        return Err(Refusal::EmptyRoot);
    }
    if (old == 0 || old == new.size) && !proof.is_empty() {
        return Err(Refusal::ProofNotEmpty);
    }
    if old == new.size && last.root != new.root {
        return Err(Refusal::OtherRoot);
    }
    // Every tree continues the empty one.
    if old == 0 { Ok(()) } else { verify_consistency(last, proof, new).ok().ok_or(Refusal::Proof) }
}
