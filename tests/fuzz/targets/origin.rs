//! Origins: a log has one name, which is a key name.
#![no_main]

use budstikke_protocol::log::origin::Origin;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.to_string(), text);
        assert_eq!(origin.key_name().as_str(), text);
    }
});
