//! Randomness that was handed in, for a library that wants to draw its own.

use rand_core::{CryptoRng, Error, RngCore, impls};
use zeroize::Zeroizing;

/// Gives the bytes that it was made of, and then the same with the first counted up: the library draws one scalar, and again only
/// when that is zero.
pub(super) struct Given {
    bytes: Zeroizing<[u8; 64]>,
    at: usize,
}

impl Given {
    pub(super) fn new(bytes: Zeroizing<[u8; 64]>) -> Self {
        Self { bytes, at: 0 }
    }

    fn next(&mut self) -> u8 {
        if self.at == self.bytes.len() {
            self.at = 0;
            if let Some(first) = self.bytes.first_mut() {
                *first = first.wrapping_add(1);
            }
        }
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at = self.at.saturating_add(1);
        byte
    }
}

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, to: &mut [u8]) {
        to.fill_with(|| self.next());
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(to);
        Ok(())
    }
}

impl CryptoRng for Given {}
