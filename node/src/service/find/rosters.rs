//! The rosters by which what members say is judged.

use std::sync::Arc;

use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::history::History;
use budstikke_protocol::log::origin::Origin;

use crate::service::context::Context;

/// All rosters that are known, as they were when a search began.
#[derive(Debug, Clone)]
pub struct Rosters {
    earlier: Vec<Arc<Accepted>>,
    newest: Arc<Accepted>,
}

impl Rosters {
    /// Those of now.
    pub async fn of(ctx: &Context) -> Self {
        let (earlier, newest) = ctx.federation.all().await;
        Self { earlier, newest }
    }

    /// The newest.
    pub fn newest(&self) -> &Roster {
        self.newest.roster()
    }

    /// All of them, as checkpoints are judged by them.
    pub fn history(&self) -> History<'_> {
        History::new(self.earlier.iter().map(|accepted| accepted.roster()), self.newest())
    }

    /// The log of the records of a member.
    pub fn origin(&self, member: OrganisationNumber) -> Origin {
        Origin::records(self.newest().federation.clone(), member)
    }
}
