//! Requests to a witness: what is read is written again to the byte, and every one gets a verdict.
#![no_main]

use budstikke_fuzz::LOG;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::tree::TreeHead;
use budstikke_protocol::log::witness::{Known, Request, decide};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(request) = Request::parse(data) {
        assert_eq!(request.to_string().as_bytes(), data);
        for last in [None, Some(TreeHead { size: request.old, ..TreeHead::EMPTY })] {
            let known = Known { log: &LOG, last, is_forked: false };
            if let Ok(accepted) = decide(&request, Some(known), Timestamp::UNIX_EPOCH) {
                assert_eq!(*accepted.checkpoint().note(), request.note);
            }
        }
    }
});
