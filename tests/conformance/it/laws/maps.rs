//! A map is what its life has left, its root that of the definition, and every key is proven here or away.

use std::collections::BTreeMap;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::index::map::{Map, MapKey, MapValue, verify_absence, verify_presence};
use proptest::collection::vec;
use proptest::prelude::*;

fn bit(key: &MapKey, at: usize) -> bool {
    key[at / 8] & (0x80 >> (at % 8)) != 0
}

/// The root as the format defines it, over pairs in the order of their keys.
fn root(pairs: &[(MapKey, MapValue)]) -> Sha256Digest {
    match pairs {
        [] => Sha256Digest::of(b""),
        [(key, value)] => Sha256Digest::of(&[&key[..], value].concat()),
        [(first, _), .., (last, _)] => {
            let at = (0..256).find(|at| bit(first, *at) != bit(last, *at)).unwrap();
            let (right, left): (Vec<_>, Vec<_>) = pairs.iter().partition(|(key, _)| bit(key, at));
            let (left, right) = (root(&left), root(&right));
            let at = u8::try_from(at).unwrap();
            Sha256Digest::of(&[left.as_bytes(), &right.as_bytes()[..], &[at]].concat())
        }
    }
}

/// Keys that agree in many bits, so that trees are deep.
fn close_key() -> impl Strategy<Value = MapKey> {
    (0_u8..4, 0_u8..4, 0_u8..4).prop_map(|(first, middle, last)| {
        let mut key = [0; 32];
        (key[0], key[15], key[31]) = (first, middle, last);
        key
    })
}

proptest! {
    #[test]
    fn a_map_is_what_its_life_has_left(life in vec((close_key(), any::<Option<u8>>()), 0..80)) {
        let (mut map, mut model) = (Map::default(), BTreeMap::new());
        for (key, value) in life {
            if let Some(value) = value.map(|byte| [byte; 32]) {
                prop_assert_eq!(map.insert(key, value), model.insert(key, value));
            } else {
                prop_assert_eq!(map.remove(&key), model.remove(&key));
            }
            let pairs: Vec<_> = model.iter().map(|(key, value)| (*key, *value)).collect();
            prop_assert_eq!(map.root(), root(&pairs));
            prop_assert_eq!(map.count(), pairs.len() as u64);
            prop_assert_eq!(map.get(&key), model.get(&key));
            let proof = map.prove(&key);
            let verdict = match model.get(&key) {
                Some(value) => verify_presence(&map.root(), &key, value, &proof),
                None => verify_absence(&map.root(), &key, &proof),
            };
            prop_assert_eq!(verdict, Ok(()));
        }
        let again: Map = model.into_iter().rev().collect();
        prop_assert_eq!(again.root(), map.root());
    }

    #[test]
    fn any_bytes_are_judged(proof in vec(any::<u8>(), 0..300), key: MapKey, root: MapKey) {
        let root = Sha256Digest::from_bytes(root);
        prop_assert!(verify_presence(&root, &key, &key, &proof).is_err());
        prop_assert!(verify_absence(&root, &key, &proof).is_err());
    }
}
