//! Notes: what is read is written again to the byte, and verifying it does not fall over.
#![no_main]

use budstikke_fuzz::LOG;
use budstikke_keys::note::Note;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_string().as_bytes(), data);
        let _ = note.verify(std::slice::from_ref(&LOG));
    }
});
