//! The federation as the running node sees it: the rosters, shared by the tasks that read and the one that changes them.

use std::sync::Arc;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::SignedByMany;
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::{Member, Roster};
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::{Fingerprint, OrganisationNumber};
use budstikke_protocol::wire::hello::RosterHead;
use tokio::sync::{Mutex, watch};

use crate::failure::Failure;
use crate::rosters::{Handed, Rosters, RostersError};

/// The rosters of a running node.
#[derive(Debug)]
pub struct Federation {
    rosters: Mutex<Rosters>,
    view: watch::Sender<View>,
}

/// What most readers want: the newest roster, and whether there is a fork.
#[derive(Debug, Clone)]
pub struct View {
    /// The newest roster.
    pub newest: Arc<Accepted>,
    /// The federation's fingerprint.
    pub fingerprint: Fingerprint,
    /// The version of which there are two rosters.
    pub forked: Option<u64>,
}

impl View {
    fn of(rosters: &Rosters) -> Result<Self, RostersError> {
        let newest = Arc::clone(rosters.newest()?);
        Ok(Self { newest, fingerprint: rosters.federation(), forked: rosters.forked() })
    }

    /// The newest roster.
    pub fn roster(&self) -> &Roster {
        self.newest.roster()
    }

    /// Whether patient data may be exchanged at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.forked {
            Some(version) => Standing::Forked { version },
            None => Standing::of(self.roster(), now),
        }
    }

    /// The active member with this organisation number.
    ///
    /// # Errors
    /// When it is none, or not active.
    pub fn active(&self, organisation: OrganisationNumber) -> Result<&Member, Failure> {
        self.roster().active().find(|member| member.organisation == organisation).ok_or_else(|| {
            Failure::new(
                format!("{organisation} is not an active member of the federation"),
                "budstikke peer list shows the members",
            )
        })
    }

    /// The active member whose node has this key.
    pub fn by_node(&self, node: &PublicKey) -> Option<&Member> {
        self.roster().active_node(node)
    }

    /// What a hello says of the roster.
    pub fn head(&self) -> RosterHead {
        RosterHead { version: self.roster().version, digest: *self.newest.digest().as_bytes() }
    }
}

impl Federation {
    /// Shares these rosters.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(rosters: Rosters) -> Result<Self, RostersError> {
        let view = watch::Sender::new(View::of(&rosters)?);
        Ok(Self { rosters: Mutex::new(rosters), view })
    }

    /// The federation now.
    pub fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Tells of every change.
    pub fn watch(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    /// Takes a roster from a peer.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub async fn take(&self, signed: SignedByMany<Roster>) -> Result<Handed, RostersError> {
        self.change(|rosters| rosters.take(signed)).await
    }

    /// Takes every roster of a file.
    ///
    /// # Errors
    /// The first rule that one breaks.
    pub async fn import(&self, chain: Chain) -> Result<Vec<Handed>, RostersError> {
        self.change(|rosters| rosters.import(chain)).await
    }

    /// Settles a fork.
    ///
    /// # Errors
    /// When there is none of that version with that roster.
    pub async fn settle(&self, version: u64, keep: Sha256Digest) -> Result<(), RostersError> {
        self.change(|rosters| rosters.settle(version, keep)).await
    }

    /// The text of one version.
    pub async fn version(&self, version: u64) -> Option<String> {
        self.rosters.lock().await.version(version).map(|roster| roster.signed().to_json())
    }

    /// One version.
    pub async fn roster(&self, version: u64) -> Option<Roster> {
        self.rosters.lock().await.version(version).map(|accepted| accepted.roster().clone())
    }

    /// Every version but the newest, oldest first, and the newest.
    pub async fn all(&self) -> (Vec<Arc<Accepted>>, Arc<Accepted>) {
        let rosters = self.rosters.lock().await;
        let newest = self.view().newest;
        let before = (1..newest.roster().version).map_while(|version| rosters.version(version));
        (before.cloned().collect(), newest)
    }

    /// Whether a peer's roster follows the one before it that this node has.
    pub async fn is_built_on_ours(&self, theirs: &Roster) -> bool {
        self.rosters.lock().await.is_built_on_ours(theirs)
    }

    /// The payload digests of both rosters of a forked version, ours first.
    ///
    /// # Errors
    /// When the evidence cannot be read.
    pub async fn fork(&self, version: u64) -> Result<(Sha256Digest, Sha256Digest), RostersError> {
        self.rosters.lock().await.fork(version)
    }

    /// Every version in one file.
    pub async fn to_chain(&self) -> String {
        self.rosters.lock().await.to_chain()
    }

    /// Changes the rosters off the async threads, because each change waits for the disk, and tells the watchers.
    async fn change<T>(
        &self,
        change: impl FnOnce(&mut Rosters) -> Result<T, RostersError>,
    ) -> Result<T, RostersError> {
        let mut rosters = self.rosters.lock().await;
        let outcome = tokio::task::block_in_place(|| change(&mut rosters));
        let view = View::of(&rosters)?;
        self.view.send_if_modified(|known| {
            let is_new =
                known.newest.digest() != view.newest.digest() || known.forked != view.forked;
            *known = view;
            is_new
        });
        outcome
    }
}
