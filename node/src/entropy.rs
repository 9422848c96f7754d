//! Entropy: the one place that draws from the operating system's generator.

use std::io;

use zeroize::Zeroizing;

/// `N` fresh random bytes, wiped when dropped.
///
/// # Errors
/// When the operating system has none to give.
pub fn draw<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(io::Error::other)?;
    Ok(bytes)
}
