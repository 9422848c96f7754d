//! For whom a courier is called.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::referral::delivery::Input;
use tokio::sync::Notify;

/// The calls that no courier has taken yet: one at most for each member.
#[derive(Debug, Default)]
pub struct Calls {
    calls: Mutex<BTreeMap<OrganisationNumber, Input>>,
    called: Notify,
}

impl Calls {
    /// Something is to be announced to everybody whom `sharing` names.
    pub fn shared(&self, sharing: &Sharing) {
        if let Sharing::Organisations(named) = sharing {
            for to in named {
                self.waits(*to);
            }
        }
    }

    /// Something is to be announced to `to`.
    pub fn waits(&self, to: OrganisationNumber) {
        self.lock().entry(to).or_insert(Input::Work);
        self.called.notify_waiters();
    }

    /// `to` has appeared: what failed before is tried at once.
    pub fn appeared(&self, to: OrganisationNumber) {
        self.lock().insert(to, Input::Appeared);
        self.called.notify_waiters();
    }

    /// Whoever a courier is called for.
    pub(super) fn receivers(&self) -> Vec<OrganisationNumber> {
        self.lock().keys().copied().collect()
    }

    /// Takes the call for `to`, if there is one.
    pub(super) fn take(&self, to: OrganisationNumber) -> Option<Input> {
        self.lock().remove(&to)
    }

    /// Wakes whoever has enabled it before the next call.
    pub(super) fn called(&self) -> &Notify {
        &self.called
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<OrganisationNumber, Input>> {
        // A panic elsewhere leaves whole entries behind, so a poisoned lock is as good as a clean one.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
