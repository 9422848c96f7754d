//! A look at the size of a document before it is parsed: the parser takes time and memory that grow with depth, with attributes
//! and with namespaces faster than the bytes do, so each has a bound that no message comes near.

use super::error::KithError;

/// How deep elements stand in one another; messages have about twenty.
const DEPTH_MAX: usize = 100;

/// Elements of one document; the largest messages have some thousands, the largest CDA documents some ten thousands.
const ELEMENTS_MAX: usize = 250_000;

/// Attributes of one element; messages have at most ten.
const ATTRIBUTES_MAX: usize = 64;

/// Declarations of namespaces in one document; messages have at most some hundreds.
const NAMESPACES_MAX: usize = 4096;

/// Passes a document that the parser will make short work of.
///
/// It finds tags as a parser does, so that what is in comments, texts and attributes counts for nothing. Where the document is
/// not well-formed it may miscount; the parser ends there, and has taken no more than was counted before.
pub(super) fn scan(text: &str) -> Result<(), KithError> {
    let mut rest = text;
    let (mut depth, mut elements, mut namespaces) = (0_usize, 0_usize, 0_usize);
    while let Some((_, tag)) = rest.split_once('<') {
        rest = if let Some(comment) = tag.strip_prefix("!--") {
            behind(comment, "-->")
        } else if let Some(data) = tag.strip_prefix("![CDATA[") {
            behind(data, "]]>")
        } else if tag.starts_with('?') {
            behind(tag, "?>")
        } else if tag.starts_with('!') {
            return Err(KithError::DocumentType);
        } else if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
            behind(tag, ">")
        } else {
            let tag = Tag::read(tag)?;
            elements = elements.saturating_add(1);
            namespaces = namespaces.saturating_add(tag.namespaces);
            if !tag.is_empty {
                depth = depth.saturating_add(1);
            }
            tag.rest
        };
        if depth > DEPTH_MAX {
            return Err(KithError::TooDeep);
        }
        if elements > ELEMENTS_MAX || namespaces > NAMESPACES_MAX {
            return Err(KithError::TooMany);
        }
    }
    Ok(())
}

fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// What is counted of a start tag.
struct Tag<'a> {
    namespaces: usize,
    is_empty: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads the tag at the beginning of `text`, up to the angle bracket that is not in an attribute's value.
    fn read(text: &'a str) -> Result<Self, KithError> {
        let mut rest = text;
        let (mut attributes, mut namespaces) = (0_usize, 0_usize);
        loop {
            let Some(at) = rest.find(['"', '\'', '>']) else {
                return Ok(Self { namespaces, is_empty: false, rest: "" });
            };
            let (before, from) = rest.split_at(at);
            let mut from = from.chars();
            let Some(quote) = from.next().filter(|found| *found != '>') else {
                return Ok(Self {
                    namespaces,
                    is_empty: before.ends_with('/'),
                    rest: from.as_str(),
                });
            };
            attributes = attributes.saturating_add(1);
            if attributes > ATTRIBUTES_MAX {
                return Err(KithError::TooMany);
            }
            if before.contains("xmlns") {
                namespaces = namespaces.saturating_add(1);
            }
            rest = from.as_str().split_once(quote).map_or("", |(_, rest)| rest);
        }
    }
}
