//! How many referrals there are of each kind: numbers for the operator, who looks at no patient's data.

use std::collections::BTreeMap;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::referral::status::Status;

use super::read::referral;
use crate::store::index::db::Index;
use crate::store::index::error::IndexError;
use crate::store::index::referral_tables;
use crate::store::index::tables::Table;

/// How many referrals there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Referrals by their status.
    pub by_status: BTreeMap<Status, usize>,
    /// Those that this organisation should have assessed by now.
    pub overdue_here: usize,
    /// Those that another organisation should have assessed by now.
    pub overdue_there: usize,
    /// Those whose documents this node has not all fetched and looked at.
    pub unassessed: usize,
}

impl Census {
    /// Those that have not ended.
    pub fn open(&self) -> usize {
        let open = self.by_status.iter().filter(|(status, _)| !status.is_ended());
        open.map(|(_, count)| count).sum()
    }
}

/// Counts every referral that is here, as of `now`.
pub(crate) fn census(index: &Index, now: Timestamp) -> Result<Census, IndexError> {
    let mut census = Census::default();
    for key in index.ascending(Table::Referral.key(&[]), None) {
        let name = referral_tables::name_in_key(&key?).ok_or(IndexError::Row)?;
        let Some(found) = referral(index, name)? else { continue };
        let count = census.by_status.entry(found.state.status()).or_default();
        *count = count.saturating_add(1);
        if found.state.is_overdue(now) {
            let overdue = match found.here {
                Side::Receiver => &mut census.overdue_here,
                Side::Referrer => &mut census.overdue_there,
            };
            *overdue = overdue.saturating_add(1);
        }
    }
    census.unassessed = index.ascending(Table::Unassessed.key(&[]), None).count();
    Ok(census)
}
