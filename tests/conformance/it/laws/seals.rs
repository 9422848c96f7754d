//! What was sealed opens in its place, unchanged, and nowhere else.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::seal::{CHUNK_BYTES, Last, Sealer, TAG_BYTES, sealed_len};
use budstikke_keys::secret::SymmetricKey;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use zeroize::Zeroizing;

fn sealer(name: &[u8]) -> Sealer {
    let key = Zeroizing::new(*Sha256Digest::of(name).as_bytes());
    Sealer::new(&SymmetricKey::from_bytes(key))
}

proptest! {
    #[test]
    fn a_chunk_opens_in_its_place_only(
        plain in vec(any::<u8>(), 0..500), place: (u64, Vec<u8>), other: (u64, Vec<u8>),
    ) {
        let mut sealed = plain.clone();
        sealer(b"one").seal(place.0, Last::Final, &place.1, &mut sealed).unwrap();
        prop_assert_eq!(sealed.len(), plain.len() + TAG_BYTES);
        let open = |name: &[u8], index, last, aad: &[u8]| {
            let mut buffer = sealed.clone();
            sealer(name).open(index, last, aad, &mut buffer).ok().map(|opened| opened.to_vec())
        };
        prop_assert_eq!(open(b"one", place.0, Last::Final, &place.1), Some(plain));
        prop_assert_eq!(open(b"two", place.0, Last::Final, &place.1), None);
        prop_assert_eq!(open(b"one", place.0, Last::More, &place.1), None);
        prop_assert_eq!(open(b"one", place.0 ^ 1, Last::Final, &place.1), None);
        if place != other {
            prop_assert_eq!(open(b"one", other.0, Last::Final, &other.1), None);
        }
    }

    #[test]
    fn another_bit_anywhere_is_noticed(plain in vec(any::<u8>(), 0..500), at: Index, bit in 0..8_u32) {
        let mut sealed = plain;
        sealer(b"one").seal(0, Last::Final, b"", &mut sealed).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(sealer(b"one").open(0, Last::Final, b"", &mut sealed).is_err());
    }

    #[test]
    fn the_sealed_length_is_that_of_the_chunks(plain in 0..400_000_usize) {
        let chunks = plain.div_ceil(CHUNK_BYTES).max(1);
        let sealed = u64::try_from(plain + chunks * TAG_BYTES).unwrap();
        prop_assert_eq!(sealed_len(u64::try_from(plain).unwrap()), Some(sealed));
    }
}
