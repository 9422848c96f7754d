//! Why a member's answer says nothing of the patient, and what the search makes of that.

use budstikke_keys::voprf::VoprfError;
use budstikke_protocol::index::outcome::{Fault, Outcome, Refused, Unknown};
use budstikke_protocol::index::records::RecordsError;
use budstikke_protocol::index::state::StateError;
use budstikke_protocol::index::stated::StatedError;
use budstikke_protocol::wire::refusal::Refusal;
use thiserror::Error;

use crate::failure::Failure;
use crate::net::NetError;

/// Why a member's answer says nothing of the patient.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Trouble {
    /// It was not reached.
    #[error(transparent)]
    Net(#[from] NetError),
    /// It refuses.
    #[error("it refuses the question")]
    Refused(Refusal),
    /// How its index stands is not believed.
    #[error("how its index stands is not believed")]
    Stated(#[from] StatedError),
    /// Its presence file is not the one of the STATE.
    #[error("its presence file is not the one that its log commits to")]
    Presence,
    /// The answer to the blind question is none.
    #[error("the answer to the blind question is refused")]
    Evaluation(#[from] VoprfError),
    /// The answer to the named question is none.
    #[error("the list is refused")]
    Records(#[from] RecordsError),
    /// Its presence file names the patient, and it shows nothing.
    #[error("its presence file names the patient, and it shows no record")]
    Inflated,
    /// It was caught at that before, and is not told of whom anybody asks.
    #[error(
        "it has claimed records before for which it showed nothing: it is not told of whom anybody asks until its next epoch"
    )]
    NotTrusted,
    /// It answers something else than what was asked.
    #[error("it answers something else than what was asked")]
    Answer,
    /// Its index changes faster than it can be asked.
    #[error("its index changes faster than it can be asked")]
    Moving,
    /// This node could not ask.
    #[error(transparent)]
    Here(#[from] Failure),
}

impl Trouble {
    /// What the search makes of it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Net(NetError::Refused) | Self::Moving | Self::Here(_) => {
                Outcome::Refused(Refused::Technical)
            }
            Self::Net(NetError::Message(_)) | Self::Answer => Outcome::Fault(Fault::Statement),
            Self::Net(_) => Outcome::Unknown(Unknown::NotReached),
            Self::Refused(refusal) => Outcome::Refused(match refusal {
                Refusal::NotPermitted => Refused::NotPermitted,
                Refusal::Rate { .. } => Refused::Rate,
                Refusal::Clock { .. } | Refusal::Technical => Refused::Technical,
            }),
            Self::Stated(error) => stated(error),
            Self::Presence => Outcome::Fault(Fault::Presence),
            Self::Evaluation(_) => Outcome::Fault(Fault::Evaluation),
            Self::Records(RecordsError::List(_)) => Outcome::Fault(Fault::List),
            Self::Records(_) => Outcome::Fault(Fault::Record),
            Self::Inflated => Outcome::Fault(Fault::Inflated),
            Self::NotTrusted => Outcome::Unknown(Unknown::NotTrusted),
        }
    }
}

fn stated(error: &StatedError) -> Outcome {
    match error {
        StatedError::Old { .. } | StatedError::Early { .. } => Outcome::Unknown(Unknown::Old),
        StatedError::Smaller
        | StatedError::Fork
        | StatedError::Consistency(_)
        | StatedError::State(StateError::Back | StateError::Epoch) => {
            Outcome::Fault(Fault::History)
        }
        _ => Outcome::Fault(Fault::Statement),
    }
}
