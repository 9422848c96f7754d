//! Entry bundles: what is read is written again to the byte.
#![no_main]

use budstikke_protocol::log::tile::{add_entry, entries};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (width, data) = input;
    if let Ok(found) = entries(data, width % 257) {
        assert_eq!(found.len(), usize::from(width % 257));
        let mut again = Vec::new();
        for entry in found {
            add_entry(&mut again, entry).unwrap();
        }
        assert_eq!(again, data);
    }
});
