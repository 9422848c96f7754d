//! Laws of the entries of a log.

use super::*;

fn digest(byte: u8) -> Sha256Digest {
    Sha256Digest::from_bytes([byte; 32])
}

fn state() -> State {
    State {
        time_ms: 0x0102_0304_0506_0708,
        epoch: 0x090a_0b0c,
        voprf_key: [0x0d; 32],
        map_root: digest(0x0e),
        map_count: 1,
        record_count: 2,
        live_count: 3,
        presence_bytes: 4,
        presence_sha256: digest(0x0f),
    }
}

fn entries() -> [(Entry, usize); 5] {
    [
        (Entry::Record(Commitment::from_bytes([1; 32])), 33),
        (Entry::State(state()), 142),
        (Entry::Ticket(digest(3)), 33),
        (Entry::Erase(Commitment::from_bytes([4; 32])), 33),
        (Entry::Predecessor(digest(5)), 33),
    ]
}

#[test]
fn an_entry_is_read_as_it_was_written() {
    for (number, (entry, length)) in (1..).zip(entries()) {
        let bytes = entry.to_bytes();
        assert_eq!(bytes.as_bytes().len(), length, "{entry:?}");
        assert_eq!(bytes.as_bytes()[0], number, "{entry:?}");
        assert_eq!(entry.leaf_hash(), leaf_hash(bytes.as_bytes()));
        assert_eq!(Entry::parse(bytes.as_bytes()), Ok(entry));
    }
}

#[test]
fn the_fields_of_a_state_stand_in_their_order() {
    let expected = [
        "0201",
        "0102030405060708",
        "090a0b0c",
        &"0d".repeat(32),
        &"0e".repeat(32),
        "0000000000000001",
        "0000000000000002",
        "0000000000000003",
        "0000000000000004",
        &"0f".repeat(32),
    ];
    let written = Entry::State(state()).to_bytes();
    assert_eq!(data_encoding::HEXLOWER.encode(written.as_bytes()), expected.concat());
}

#[test]
fn a_state_without_index_has_the_empty_values() {
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let expected = [
        "0201",
        "000001977420dc00",
        "00000000",
        &"00".repeat(32),
        nothing,
        "0000000000000000",
        "0000000000000007",
        "0000000000000000",
        "0000000000000000",
        nothing,
    ];
    let written = Entry::State(State::without_index(1_750_000_000_000, 7)).to_bytes();
    assert_eq!(data_encoding::HEXLOWER.encode(written.as_bytes()), expected.concat());
}

#[test]
fn each_type_has_one_length() {
    for (entry, length) in entries() {
        let bytes = entry.to_bytes();
        for shorter in 1..length {
            assert_eq!(
                Entry::parse(&bytes.as_bytes()[..shorter]),
                Err(EntryError::Length),
                "{entry:?}"
            );
        }
        let longer = [bytes.as_bytes(), &[0]].concat();
        assert_eq!(Entry::parse(&longer), Err(EntryError::Length), "{entry:?}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    assert_eq!(Entry::parse(&[]), Err(EntryError::Type));
    for kind in [0, 6, 7, 255] {
        assert_eq!(Entry::parse(&[kind; 33]), Err(EntryError::Type), "{kind}");
    }
    for version in [0, 2, 255] {
        let mut bytes = Entry::State(state()).to_bytes().as_bytes().to_vec();
        bytes[1] = version;
        assert_eq!(Entry::parse(&bytes), Err(EntryError::Version(version)));
    }
}
