//! Why an event cannot follow.

use thiserror::Error;

/// Why an event cannot follow what is known of its referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is of another referral, or names other parties.
    #[error("the event belongs to another referral")]
    OtherReferral,
    /// This kind is for the other side to say, or the author is no party.
    #[error("the event is not for its author to say")]
    WrongParty,
    /// The first event of a referral is `requested`, by the referrer, number 1, before anything was seen.
    #[error("a referral begins with its request")]
    NotRequested,
    /// The referral was requested before.
    #[error("the referral was requested before")]
    AlreadyRequested,
    /// Events of its author between the last one known and this one are missing.
    #[error("events of the same author are missing before it")]
    Gap,
    /// It is known already.
    #[error("the event is known already")]
    Known,
    /// Its author has signed another event with the same number.
    #[error("its author has signed two different events with one number")]
    Fork,
    /// Its `previous` is not the event before it.
    #[error("the event does not follow from the one before it")]
    WrongPrevious,
    /// It says that it has seen what is not there, or less than its author had seen before.
    #[error("the event has not seen what it says")]
    WrongSeen,
    /// It has seen events of the other side that are not known here yet.
    #[error("the event has seen others that are not here yet")]
    NotHeld,
    /// Its time is more than five minutes in the future.
    #[error("the event is dated in the future")]
    NotYet,
    /// It acknowledges what its author has not seen, or has acknowledged before.
    #[error("the acknowledgement is of nothing new that its author has seen")]
    WrongAcknowledgement,
    /// The referral has ended, and its author knew.
    #[error("the referral has ended")]
    Ended,
    /// The referral was withdrawn, and the author of the event knew.
    #[error("the referral was withdrawn")]
    Withdrawn,
    /// It presumes that the referral was accepted, and it was not.
    #[error("the referral is not accepted yet")]
    Undecided,
    /// The referral was accepted before.
    #[error("the referral was accepted before")]
    Decided,
    /// Care has begun, and its author knew.
    #[error("care has begun")]
    Begun,
    /// Only what the receiver rejected or completed can be reopened.
    #[error("only a referral that was rejected or completed can be reopened")]
    NotReopenable,
    /// It was reopened too often.
    #[error("the referral was reopened too often")]
    ReopenedTooOften,
    /// A referral is redirected to an organisation that is no party of it.
    #[error("a referral is redirected to a third organisation")]
    NotAThird,
    /// The chain of its author has as many events as it can have.
    #[error("the referral has as many events as it can have")]
    Full,
}

impl Fault {
    /// The name in messages and tables; it stays the same.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherReferral => "other-referral",
            Self::WrongParty => "wrong-party",
            Self::NotRequested => "not-requested",
            Self::AlreadyRequested => "already-requested",
            Self::Gap => "gap",
            Self::Known => "known",
            Self::Fork => "fork",
            Self::WrongPrevious => "wrong-previous",
            Self::WrongSeen => "wrong-seen",
            Self::NotHeld => "not-held",
            Self::NotYet => "not-yet",
            Self::WrongAcknowledgement => "wrong-acknowledgement",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
            Self::Undecided => "undecided",
            Self::Decided => "decided",
            Self::Begun => "begun",
            Self::NotReopenable => "not-reopenable",
            Self::ReopenedTooOften => "reopened-too-often",
            Self::NotAThird => "not-a-third",
            Self::Full => "full",
        }
    }

    /// Whether the same event may follow later: when what is missing has come, or the clock has moved on.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Gap | Self::NotHeld | Self::NotYet)
    }
}
