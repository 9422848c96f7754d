//! What is in a segment, whole or damaged: the frames that stand, and the bytes between them that are none.

use std::ops::Range;

use super::frame::Frame;
use super::segment::HEADER_BYTES;
use crate::store::bytes::{count, length};

/// The bytes of a segment, sorted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Survey<'a> {
    /// The whole frames and where each starts.
    pub(crate) frames: Vec<(u64, Frame<'a>)>,
    /// What is neither frame nor tail.
    pub(crate) damaged: Vec<Range<u64>>,
    /// What stands behind the last whole frame; empty when that ends the segment.
    pub(crate) tail: Range<u64>,
}

impl<'a> Survey<'a> {
    /// Sorts the bytes of a whole segment.
    pub(crate) fn of(segment: &'a [u8]) -> Self {
        let mut survey = Self { frames: Vec::new(), damaged: Vec::new(), tail: 0..0 };
        let mut rest = segment.get(count(HEADER_BYTES)..).unwrap_or_default();
        while !rest.is_empty() {
            let at = length(segment).saturating_sub(length(rest));
            let passed = if let Some(frame) = Frame::parse(rest) {
                survey.frames.push((at, frame));
                frame.bytes()
            } else if let Some(next) = Frame::find(rest) {
                let bytes = length(rest.get(..next).unwrap_or_default());
                survey.damaged.push(at..at.saturating_add(bytes));
                next
            } else {
                survey.tail = at..length(segment);
                break;
            };
            rest = rest.get(passed..).unwrap_or_default();
        }
        survey
    }
}
