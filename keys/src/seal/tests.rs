//! What was sealed opens, and nothing else does.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::{CHUNK_BYTES, ChunkLength, Last, Sealer, TAG_BYTES, Unsealable, sealed_len};
use crate::secret::SymmetricKey;

const AAD: &[u8] = b"document";

fn sealer(byte: u8) -> Sealer {
    Sealer::new(&SymmetricKey::from_bytes(Zeroizing::new([byte; 32])))
}

/// `length` bytes in which every chunk is another.
fn plaintext(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251).to_le_bytes()[0]).collect()
}

/// The place of each of `count` chunks in their stream.
fn places(count: usize) -> impl Iterator<Item = (u64, Last)> {
    (1..=count)
        .zip(0..)
        .map(move |(nth, index)| (index, if nth == count { Last::Final } else { Last::More }))
}

fn seal_stream(plain: &[u8]) -> Vec<Vec<u8>> {
    let mut chunks: Vec<Vec<u8>> = plain.chunks(CHUNK_BYTES).map(<[u8]>::to_vec).collect();
    if chunks.is_empty() {
        chunks.push(Vec::new());
    }
    for ((index, last), chunk) in places(chunks.len()).zip(&mut chunks) {
        sealer(1).seal(index, last, AAD, chunk).unwrap();
    }
    chunks
}

fn open_stream(
    sealer: &Sealer,
    aad: &[u8],
    mut chunks: Vec<Vec<u8>>,
) -> Result<Vec<u8>, Unsealable> {
    let mut plain = Vec::new();
    for ((index, last), chunk) in places(chunks.len()).zip(&mut chunks) {
        plain.extend_from_slice(sealer.open(index, last, aad, chunk)?);
    }
    Ok(plain)
}

#[test]
fn streams_of_every_size_open_again() {
    for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
        let plain = plaintext(length);
        let chunks = seal_stream(&plain);
        let sealed: usize = chunks.iter().map(Vec::len).sum();
        assert_eq!(sealed_len(length.try_into().unwrap()), Some(sealed.try_into().unwrap()));
        assert_eq!(open_stream(&sealer(1), AAD, chunks), Ok(plain));
    }
}

#[test]
fn sealed_bytes_are_those_of_rfc_8439() {
    // Computed with another implementation, the Python package `cryptography`.
    let key: Vec<u8> = (0..32).collect();
    let key = SymmetricKey::from_bytes(Zeroizing::new(key.try_into().unwrap()));
    let mut buffer = b"clinical document".to_vec();
    Sealer::new(&key).seal(0x0102_0304_0506_0708, Last::Final, b"aad", &mut buffer).unwrap();
    assert_eq!(
        HEXLOWER.encode(&buffer),
        "501bfc978c389723f4509df583fa9e5233dcdd0f3f4d6ee2320120bbb56f23d9d4"
    );
}

#[test]
fn swapped_chunks_do_not_open() {
    let mut chunks = seal_stream(&plaintext(200_000));
    chunks.swap(0, 1);
    assert_eq!(open_stream(&sealer(1), AAD, chunks), Err(Unsealable));
}

#[test]
fn repeated_chunk_does_not_open() {
    let mut chunks = seal_stream(&plaintext(200_000));
    chunks[1] = chunks[0].clone();
    assert_eq!(open_stream(&sealer(1), AAD, chunks), Err(Unsealable));
}

#[test]
fn truncated_stream_has_no_last_chunk() {
    for length in [65_537, 200_000] {
        let mut chunks = seal_stream(&plaintext(length));
        chunks.pop();
        assert_eq!(open_stream(&sealer(1), AAD, chunks), Err(Unsealable));
    }
}

#[test]
fn prolonged_stream_does_not_open() {
    let mut chunks = seal_stream(&plaintext(200_000));
    chunks.push(chunks[3].clone());
    assert_eq!(open_stream(&sealer(1), AAD, chunks), Err(Unsealable));
}

#[test]
fn last_chunk_does_not_open_as_another_nor_another_as_the_last() {
    let mut chunks = seal_stream(&plaintext(65_537));
    assert_eq!(sealer(1).open(0, Last::Final, AAD, &mut chunks[0]), Err(Unsealable));
    assert_eq!(sealer(1).open(1, Last::More, AAD, &mut chunks[1]), Err(Unsealable));
}

#[test]
fn other_associated_data_does_not_open() {
    assert_eq!(open_stream(&sealer(1), b"other", seal_stream(b"plain")), Err(Unsealable));
}

#[test]
fn other_key_does_not_open() {
    assert_eq!(open_stream(&sealer(2), AAD, seal_stream(b"plain")), Err(Unsealable));
}

#[test]
fn every_damaged_byte_is_noticed() {
    let sealed = seal_stream(b"plain").remove(0);
    for index in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[index] ^= 1;
        assert_eq!(sealer(1).open(0, Last::Final, AAD, &mut damaged), Err(Unsealable));
    }
}

#[test]
fn chunk_shorter_than_its_tag_does_not_open() {
    for length in 0..TAG_BYTES {
        assert_eq!(sealer(1).open(0, Last::Final, AAD, &mut vec![0; length]), Err(Unsealable));
    }
}

#[test]
fn chunk_before_the_last_must_be_whole() {
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES + 1] {
        let mut buffer = plaintext(length);
        assert_eq!(sealer(1).seal(0, Last::More, AAD, &mut buffer), Err(ChunkLength));
        assert_eq!(buffer, plaintext(length));
    }
}

#[test]
fn chunk_sealed_where_it_stands_is_the_same() {
    for length in [0, 1, 100, CHUNK_BYTES] {
        let mut buffer = plaintext(length);
        sealer(1).seal(7, Last::Final, AAD, &mut buffer).unwrap();
        let mut room = [plaintext(length), vec![0xff; TAG_BYTES]].concat();
        sealer(1).seal_where_it_stands(7, Last::Final, AAD, &mut room).unwrap();
        assert_eq!(room, buffer);
    }
    let mut too_short = [0; TAG_BYTES - 1];
    let refused = sealer(1).seal_where_it_stands(0, Last::Final, AAD, &mut too_short);
    assert_eq!(refused, Err(ChunkLength));
}

#[test]
fn sealed_length_is_checked() {
    assert_eq!(sealed_len(0), Some(16));
    assert_eq!(sealed_len(65_536), Some(65_552));
    assert_eq!(sealed_len(65_537), Some(65_569));
    assert_eq!(sealed_len(u64::MAX), None);
}
