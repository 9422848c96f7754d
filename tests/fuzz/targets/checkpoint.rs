//! Checkpoints: a head has one text.
#![no_main]

use budstikke_protocol::log::checkpoint::Checkpoint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text);
        assert!(checkpoint.head.size < 1 << 63);
    }
});
