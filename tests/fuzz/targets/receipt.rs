//! Receipts: what is read is written again to the byte, and every one gets a verdict.
#![no_main]

use budstikke_fuzz::LOG;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::receipt::Receipt;
use budstikke_protocol::log::tree::leaf_hash;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(receipt) = Receipt::parse(data) {
        assert_eq!(receipt.to_string().as_bytes(), data);
        let policy: Policy = "quorum none\n".parse().unwrap();
        let _ = receipt.verify(&leaf_hash(b"entry 0"), &LOG, &policy);
    }
});
