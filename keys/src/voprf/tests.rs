//! The vectors of RFC 9497, and what is refused.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::*;

const INPUTS: [&str; 2] = ["00", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"];

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

/// The randomness that becomes this scalar: what is below the order of the group is not reduced.
fn scalar(text: &str) -> Randomness {
    let mut wide = Zeroizing::new([0; 64]);
    wide[..32].copy_from_slice(&unhex::<32>(text));
    wide
}

fn key() -> VoprfKey {
    VoprfKey::derive(&SymmetricKey::from_bytes(Zeroizing::new([0xa3; 32])), b"test key").unwrap()
}

fn blinding(input: usize, blind: &str) -> Blinding {
    let input = HEXLOWER.decode(INPUTS[input].as_bytes()).unwrap();
    Blinding::new(Zeroizing::new(input), scalar(blind)).unwrap()
}

/// RFC 9497, A.1.2.3: a batch of two.
struct Batch {
    blindings: [Blinding; 2],
    evaluated: Vec<Evaluated>,
    proof: EvaluationProof,
}

fn batch() -> Batch {
    let blindings = [
        blinding(0, "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"),
        blinding(1, "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"),
    ];
    let blinded = [0, 1].map(|at| blindings[at].blinded().clone());
    let random = scalar("419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c");
    let (evaluated, proof) = key().blind_evaluate(&blinded, random).unwrap();
    Batch { blindings, evaluated, proof }
}

#[test]
fn the_vectors_of_the_rfc() {
    let public = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
    assert_eq!(key().public().as_bytes(), &unhex(public));
    let Batch { blindings, evaluated, proof } = batch();
    let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
    assert_eq!(
        blindings.each_ref().map(|blinding| hex(&blinding.blinded().to_bytes())),
        [
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
        ]
    );
    assert_eq!(
        evaluated.iter().map(|evaluated| hex(&evaluated.to_bytes())).collect::<Vec<_>>(),
        [
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
        ]
    );
    assert_eq!(
        hex(&proof.to_bytes()),
        "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a\
         5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08"
    );
    let outputs = finalize(&blindings, &evaluated, &proof, &key().public()).unwrap();
    for (output, (input, expected)) in outputs.iter().zip([
        (
            INPUTS[0],
            "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d\
             a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c",
        ),
        (
            INPUTS[1],
            "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60\
             356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6",
        ),
    ]) {
        assert_eq!(hex(output.as_slice()), expected);
        let input = HEXLOWER.decode(input.as_bytes()).unwrap();
        assert_eq!(key().evaluate(&input).unwrap(), *output);
    }
}

#[test]
fn another_key_is_found_out() {
    let Batch { blindings, evaluated, proof } = batch();
    let other = SymmetricKey::from_bytes(Zeroizing::new([0xa3; 32]));
    let other = VoprfKey::derive(&other, b"another key").unwrap().public();
    let opened = finalize(&blindings, &evaluated, &proof, &other);
    assert_eq!(opened.unwrap_err(), VoprfError::NotProven);
}

#[test]
fn no_bit_of_a_proof_can_be_changed() {
    let Batch { blindings, evaluated, proof } = batch();
    for bit in 0..PROOF_BYTES * 8 {
        let mut bytes = proof.to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(proof) = EvaluationProof::from_bytes(&bytes) else { continue };
        let opened = finalize(&blindings, &evaluated, &proof, &key().public());
        assert_eq!(opened.unwrap_err(), VoprfError::NotProven, "bit {bit}");
    }
}

#[test]
fn answers_in_another_order_are_found_out() {
    let Batch { blindings, mut evaluated, proof } = batch();
    evaluated.reverse();
    let opened = finalize(&blindings, &evaluated, &proof, &key().public());
    assert_eq!(opened.unwrap_err(), VoprfError::NotProven);
}

#[test]
fn a_batch_is_bounded_and_whole() {
    let Batch { blindings, evaluated, proof } = batch();
    let opened = finalize(&blindings, &evaluated[..1], &proof, &key().public());
    assert_eq!(opened.unwrap_err(), VoprfError::Batch);
    assert_eq!(finalize(&[], &[], &proof, &key().public()).unwrap_err(), VoprfError::Batch);
    let one = blindings[0].blinded();
    for count in [0, BATCH_MAX + 1] {
        let blinded = vec![one.clone(); count];
        let evaluated = key().blind_evaluate(&blinded, Zeroizing::new([1; 64]));
        assert_eq!(evaluated.unwrap_err(), VoprfError::Batch);
    }
}

#[test]
fn what_is_no_element_is_refused() {
    let identity = [0; ELEMENT_BYTES];
    // RFC 9496, A.2: a field element that is not in its one form, and one that is negative.
    let other_form = unhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let negative = unhex("0100000000000000000000000000000000000000000000000000000000000000");
    for bytes in [identity, other_form, negative, [0xff; ELEMENT_BYTES]] {
        assert_eq!(Blinded::from_bytes(&bytes).unwrap_err(), VoprfError::Element);
        assert_eq!(Evaluated::from_bytes(&bytes).unwrap_err(), VoprfError::Element);
        assert_eq!(VoprfPublicKey::from_bytes(bytes).unwrap_err(), VoprfError::Element);
    }
    assert_eq!(EvaluationProof::from_bytes(&[0xff; PROOF_BYTES]).unwrap_err(), VoprfError::Proof);
}

#[test]
fn no_input_is_empty() {
    assert_eq!(key().evaluate(b"").unwrap_err(), VoprfError::Input);
    let blinding = Blinding::new(Zeroizing::new(Vec::new()), Zeroizing::new([1; 64]));
    assert_eq!(blinding.unwrap_err(), VoprfError::Input);
    let long = vec![1; 65_536];
    assert_eq!(key().evaluate(&long).unwrap_err(), VoprfError::Input);
}

#[test]
fn randomness_of_zeros_is_no_endless_loop() {
    let input = Zeroizing::new(b"1".to_vec());
    assert!(Blinding::new(input, Zeroizing::new([0; 64])).is_ok());
}
