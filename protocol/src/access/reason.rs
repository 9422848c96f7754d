//! The reasons for which a look at patient data is denied.

use serde::{Deserialize, Serialize};

/// Why a look was denied; the codes are stable and stand in access records. A peer never learns which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The question is not a signed question.
    Malformed,
    /// The signature is not the connected member's.
    Signature,
    /// The question names another organisation than the connected member.
    NotThePeer,
    /// The question is for another organisation.
    WrongAudience,
    /// The question's time is too far from this node's.
    Clock,
    /// The question was asked before.
    Replayed,
    /// The member asks more often than it may.
    Rate,
    /// The roster has expired or there are two of one version.
    ExchangeStopped,
    /// The purpose is not one that this policy permits.
    Purpose,
    /// There is no such document here.
    Unknown,
    /// The document is a copy; only its custodian serves it.
    Copy,
    /// The document is not shared with the asking organisation.
    NotShared,
    /// The custodian has withdrawn the document.
    Withdrawn,
    /// The store could not be read; nothing was decided about the caller.
    Unreadable,
    /// A fetched document was not what its manifest says, so it was not kept.
    Content,
    /// What was announced is not proven to stand in the log of its custodian.
    Receipt,
}
