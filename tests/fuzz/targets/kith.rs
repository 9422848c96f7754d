//! Messages of the network: whatever the bytes are, they are read, refused or passed over, and the header is bounded.
#![no_main]

use budstikke_protocol::kith::recognise;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(Some(header)) = recognise(data) {
        assert!(header.sender.len() <= 64 && header.receiver.len() <= 64);
        let _ = header.check_sender("974760673".parse().unwrap());
    }
});
