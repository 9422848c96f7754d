//! Accusations: what is read is written again to the byte, and every one gets a verdict.
#![no_main]

use budstikke_fuzz::LOG;
use budstikke_protocol::log::fork::Accusation;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(accusation) = Accusation::parse(data) {
        assert_eq!(accusation.to_string().as_bytes(), data);
        if let Ok(accused) = accusation.verify(&LOG) {
            assert!(accused.older.head().size < accused.newer.head().size);
        }
    }
});
