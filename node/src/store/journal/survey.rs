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

    /// Where the last write of the segment is torn, behind what is `known` to have been whole: from there on nothing proves that
    /// anybody was promised anything. A hole before a write that begins later was on the disk once.
    pub(crate) fn torn(&self, known: Option<u64>) -> Option<u64> {
        let mut begun = self.frames.iter().rev().filter(|(_, frame)| !frame.is_continuing);
        let begun = begun.next().map_or(HEADER_BYTES, |(at, _)| *at);
        let tail = Some(&self.tail).filter(|tail| !tail.is_empty());
        let mut holes = self.damaged.iter().chain(tail).map(|hole| hole.start);
        holes.find(|hole| *hole >= begun && known.is_none_or(|known| *hole > known))
    }

    /// Forgets what stands from `end` on.
    pub(crate) fn cut(&mut self, end: u64) {
        self.frames.retain(|(at, _)| *at < end);
        self.damaged.retain(|hole| hole.start < end);
        self.tail = 0..0;
    }
}
