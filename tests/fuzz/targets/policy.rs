//! Policies: what is written of one is read as the same.
#![no_main]

use budstikke_protocol::log::policy::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(policy) = text.parse::<Policy>() {
        assert!(policy.to_string().parse::<Policy>().is_ok_and(|again| again == policy));
        assert!(!policy.is_met(&[]));
    }
});
