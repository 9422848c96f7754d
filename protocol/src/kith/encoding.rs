//! From bytes to text, in the encodings that messages come in: UTF-8, UTF-16, and those of one byte a character.

use std::borrow::Cow;

/// How far into the bytes an XML declaration is looked for; it stands at the very beginning.
const DECLARATION_BYTES: usize = 256;

/// Encodings of one byte a character. They differ in characters that no header needs, so all are read as the first.
const BYTEWISE: [&str; 6] =
    ["iso-8859-1", "iso-8859-15", "windows-1252", "us-ascii", "latin1", "latin-1"];

/// The bytes are not text in the encoding that they claim.
#[derive(Debug)]
pub(super) struct NotText;

/// Decodes a document; its byte order mark is left out.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => match declared(bytes) {
            None => utf8(bytes),
            Some(name) if name == "utf-8" => utf8(bytes),
            Some(name) if BYTEWISE.contains(&name.as_str()) => {
                Ok(bytes.iter().copied().map(char::from).collect())
            }
            Some(_) => Err(NotText),
        },
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    str::from_utf8(bytes).map(Cow::Borrowed).ok().ok_or(NotText)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(NotText);
    }
    let units = pairs.iter().copied().map(unit);
    char::decode_utf16(units).collect::<Result<String, _>>().map(Cow::Owned).ok().ok_or(NotText)
}

/// The name of the encoding in the XML declaration, in lower case.
fn declared(bytes: &[u8]) -> Option<String> {
    let beginning = bytes.get(..bytes.len().min(DECLARATION_BYTES))?;
    let beginning: String = beginning.iter().copied().map(char::from).collect();
    let declaration = beginning.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let name = value.get(1..)?.split_once(quote)?.0;
    Some(name.to_ascii_lowercase())
}
