//! Laws of the module above.

use super::decode;

#[test]
fn every_sequence_of_bytes_has_one_text() {
    for (text, bytes) in [("", &[][..]), ("AQ==", &[1]), ("AQI=", &[1, 2]), ("AQID", &[1, 2, 3])] {
        assert_eq!(decode(text).as_deref(), Some(bytes));
    }
    for text in
        ["AQ==AQ==", "AQI=AQID", "AQ=", "AQ", "AR==", "AQ===", "====", "AQID=", "AQ==\n", "-_-_"]
    {
        assert_eq!(decode(text), None, "{text}");
    }
}
