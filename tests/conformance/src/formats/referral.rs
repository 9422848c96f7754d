//! The formats of referrals: events, what follows from them, threads, and the days on which something is due.

pub mod due;
pub mod easter;
pub mod event;
pub mod step;
pub mod thread;

use std::io;
use std::path::Path;

use crate::vector::write;

/// Writes the vectors of all of them.
pub fn write_all(root: &Path) -> io::Result<()> {
    write::<event::Events>(root)?;
    write::<step::Steps>(root)?;
    write::<thread::Threads>(root)?;
    write::<due::DueDays>(root)?;
    write::<easter::EasterDays>(root)
}
