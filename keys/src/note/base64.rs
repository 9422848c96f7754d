//! Base64 (RFC 4648 section 4) of which every sequence of bytes has one text.

use data_encoding::BASE64;

/// Decodes `text`, with padding at its end and nowhere else, and no stray bits; `None` for every other text.
///
/// The decoder below takes texts that were put together of padded ones, so that 64 bytes would have many spellings, of
/// which other implementations refuse all but one.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let is_padded_within = text.trim_end_matches('=').contains('=');
    if is_padded_within { None } else { BASE64.decode(text.as_bytes()).ok() }
}

#[cfg(test)]
mod tests;
