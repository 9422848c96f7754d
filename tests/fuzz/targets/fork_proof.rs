//! Fork proofs: what is read is written again to the byte, and every one gets a verdict.
#![no_main]

use budstikke_fuzz::LOG;
use budstikke_protocol::log::fork::ForkProof;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(proof) = ForkProof::parse(data) {
        assert_eq!(proof.to_string().as_bytes(), data);
        if let Ok(fork) = proof.verify(&LOG) {
            let [first, second] = fork.checkpoints;
            assert_ne!(first.head(), second.head());
        }
    }
});
