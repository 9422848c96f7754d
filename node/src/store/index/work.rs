//! Rows that are going to change, and files that nothing names then.

use std::collections::BTreeSet;

use super::bundles::Changes;
use crate::store::documents::name::FileName;

/// Rows that are going to change, and files that nothing names then.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// The rows, by key.
    pub(crate) rows: Changes,
    /// Files that no row names any more.
    pub(crate) released: Vec<FileName>,
}

impl Work {
    /// Adds to `keys` those that begin with `prefix` and come with this, and takes away those that go.
    pub(crate) fn change_keys(&self, prefix: &[u8], keys: &mut BTreeSet<Vec<u8>>) {
        let of_prefix = self.rows.range(prefix.to_vec()..);
        for (key, value) in of_prefix.take_while(|(key, _)| key.starts_with(prefix)) {
            if value.is_none() {
                keys.remove(key);
            } else {
                keys.insert(key.clone());
            }
        }
    }
}
