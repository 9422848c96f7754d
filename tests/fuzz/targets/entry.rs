//! Entries: what is read is written again to the byte.
#![no_main]

use budstikke_protocol::log::entry::Entry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(entry) = Entry::parse(data) {
        assert_eq!(entry.to_bytes().as_bytes(), data);
    }
});
