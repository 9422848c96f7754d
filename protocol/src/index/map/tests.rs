//! The map against the format: known roots, proofs that are changed in every byte, and trees that are malformed.

use budstikke_keys::digest::Sha256Digest;

use super::node::{first_difference, inner_hash, is_set, leaf_hash};
use super::{Map, MapKey, MapProofError, MapValue, verify_absence, verify_presence};

fn key(number: u64) -> MapKey {
    *Sha256Digest::of(&number.to_be_bytes()).as_bytes()
}

fn value(number: u64) -> MapValue {
    *Sha256Digest::of(&[b"v".as_slice(), &number.to_be_bytes()].concat()).as_bytes()
}

fn numbered(count: u64) -> Map {
    (0..count).map(|number| (key(number), value(number))).collect()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[test]
fn roots_are_those_of_the_format() {
    // Key and value are SHA-256 of the number, and of "v" and the number; rsc.io/tmp/mpt gives the same.
    let roots = [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "18eb24a3e4821ed0b721d6c304ffdecec7c0e62aaae52b8aba37c553bdda6452"),
        (2, "cf9d094d0cd8734da0dfd5cc6c6206caa5fce97e8894b5877739774870624b4b"),
        (3, "2a758c3ce9e0025ef81174d5b02867fc77dc53dca25b78d831a71aa1d9e5fd68"),
        (7, "01688211373d224cf7e5affc1c16aadfd0beefd34e1d8cbf797924913f7d823e"),
        (100, "f58ee6a6a1b6d0537d378438628a1bb9183366ae73b9ec8874ae957ca9049772"),
        (5000, "c01dcf8753fa23d49aa51e1d8523b6c4cf75fa7b2bccf224fd1cc34123d8d928"),
    ];
    for (count, root) in roots {
        assert_eq!(numbered(count).root().to_string(), root, "{count} pairs");
        let mut grown = Map::default();
        for number in (0..count).rev() {
            assert_eq!(grown.insert(key(number), value(number)), None);
        }
        assert_eq!((grown.root().to_string().as_str(), grown.count()), (root, count));
    }
}

#[test]
fn proofs_are_those_of_the_format() {
    let map = numbered(3);
    let here = key(0);
    assert_eq!(hex(&here), "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc");
    let proof = "01ff47f156f975e2900e6946ed4bffd1e1f2db1ae875f0a43be3cd91f7ae07bc5b";
    assert_eq!(hex(&map.prove(&here)), proof);
    let proof = map.prove(&key(1));
    assert_eq!(verify_presence(&map.root(), &key(1), &value(1), &proof), Ok(()));
    let proof = map.prove(&key(3));
    assert_eq!(proof.len(), 64 + proof[64..].len());
    assert_eq!(verify_absence(&map.root(), &key(3), &proof), Ok(()));
}

#[test]
fn a_proof_that_is_changed_in_any_byte_proves_nothing() {
    let map = numbered(40);
    let root = map.root();
    for number in [0, 17, 39, 40, 1000] {
        let proof = map.prove(&key(number));
        let verify = |proof: &[u8]| match map.get(&key(number)) {
            Some(value) => verify_presence(&root, &key(number), value, proof),
            None => verify_absence(&root, &key(number), proof),
        };
        assert_eq!(verify(&proof), Ok(()));
        for at in 0..proof.len() {
            for bit in 0..8 {
                let mut changed = proof.clone();
                changed[at] ^= 1 << bit;
                assert!(verify(&changed).is_err(), "byte {at}, bit {bit}");
            }
            assert!(verify(&proof[..at]).is_err(), "cut at {at}");
        }
        assert!(verify(&[proof.as_slice(), &[0; 33]].concat()).is_err());
    }
}

#[test]
fn a_proof_is_for_its_key_and_value_only() {
    let map = numbered(40);
    let root = map.root();
    let proof = map.prove(&key(5));
    assert!(verify_presence(&root, &key(5), &value(6), &proof).is_err());
    assert!(verify_presence(&root, &key(6), &value(5), &proof).is_err());
    // The pair of the key itself does not show that the key is away.
    let absence = [&key(5)[..], &value(5)[..], &proof].concat();
    assert_eq!(verify_absence(&root, &key(5), &absence), Err(MapProofError::Present));
    // An absence of one key is none of a key that is there.
    let absence = map.prove(&key(1000));
    for number in 0..40 {
        assert!(verify_absence(&root, &key(number), &absence).is_err(), "{number}");
    }
    assert_eq!(verify_absence(&root, &key(1000), &[]), Err(MapProofError::Root));
    assert_eq!(verify_absence(&Map::default().root(), &key(1000), &[]), Ok(()));
}

#[test]
fn a_malformed_tree_has_at_most_one_answer_for_each_key() {
    // Two inner nodes of the same bit, and one whose sides are swapped: whatever they hash to, no key has two values.
    let (one, other) = ((key(0), value(0)), (key(1), value(1)));
    let bit = first_difference(&one.0, &other.0).unwrap();
    let leaves = [leaf_hash(&one.0, &one.1), leaf_hash(&other.0, &other.1)];
    let swapped = if is_set(&one.0, bit) { leaves } else { [leaves[1], leaves[0]] };
    let root = inner_hash(bit, &swapped[0], &swapped[1]);
    for (pair, sibling) in [(one, leaves[1]), (other, leaves[0])] {
        let proof = [&[bit][..], sibling.as_bytes()].concat();
        assert_eq!(verify_presence(&root, &pair.0, &pair.1, &proof), Err(MapProofError::Root));
    }
    let twice = inner_hash(bit, &inner_hash(bit, &leaves[0], &leaves[1]), &leaves[1]);
    let proof = [&[bit][..], leaves[1].as_bytes(), &[bit], leaves[1].as_bytes()].concat();
    assert_eq!(verify_presence(&twice, &one.0, &one.1, &proof), Err(MapProofError::Order));
}
