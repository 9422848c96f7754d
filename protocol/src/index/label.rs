//! What stands for one patient at one organisation during one epoch.

use std::fmt;

use crate::log::commitment::tagged;
use crate::log::origin::Origin;

/// Bytes of the output of the VOPRF (RFC 9497, ristretto255-SHA512).
pub const VOPRF_OUTPUT_BYTES: usize = 64;

/// The label of a patient: the key of the map. Whoever knows it knows whether the organisation has records of the patient, so
/// it is never shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label([u8; 32]);

/// The first eight bytes of a label, as presence files hold them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelTag([u8; 8]);

impl Label {
    /// The label that follows from the output of the VOPRF for a patient: `budstikke/label/v1`.
    pub fn new(origin: &Origin, epoch: u32, output: &[u8; VOPRF_OUTPUT_BYTES]) -> Self {
        let origin = origin.to_string();
        // An origin has at most 64 + 1 + 9 characters, and what is behind them.
        let length = u16::try_from(origin.len()).unwrap_or(u16::MAX).to_be_bytes();
        let parts: [&[u8]; 4] = [&length, origin.as_bytes(), &epoch.to_be_bytes(), output];
        Self(*tagged("budstikke/label/v1", &parts).as_bytes())
    }

    /// Takes a label that was computed elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its first eight bytes.
    pub fn tag(&self) -> LabelTag {
        let (tag, _) = self.0.split_first_chunk().unwrap_or((&[0; 8], &[]));
        LabelTag(*tag)
    }
}

impl LabelTag {
    /// Takes eight bytes of a presence file.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl From<[u8; 32]> for Label {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Label> for [u8; 32] {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Label(..)")
    }
}

impl fmt::Debug for LabelTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelTag(..)")
    }
}
