//! Rows in the order of their keys, in one piece of memory: thirty rows are two allocations, not sixty.

/// Rows, in the order of their keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowList {
    bytes: Vec<u8>,
    /// The end of the key and that of the value, row by row; a row begins where the one before it ends.
    ends: Vec<(usize, usize)>,
}

impl RowList {
    /// Puts a row behind all others.
    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        let behind_key = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((behind_key, self.bytes.len()));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        starts.zip(&self.ends).map(|(start, (behind_key, end))| {
            let part = |range| self.bytes.get(range).unwrap_or_default();
            (part(start..*behind_key), part(*behind_key..*end))
        })
    }

    /// The last key.
    pub(crate) fn last_key(&self) -> Option<&[u8]> {
        let start = self.ends.iter().rev().nth(1).map_or(0, |(_, end)| *end);
        self.bytes.get(start..self.ends.last()?.0)
    }
}
