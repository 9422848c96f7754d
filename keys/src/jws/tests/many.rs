//! The JSON form with several signatures.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{BROKEN_PAYLOADS, Greeting, broken_headers, encode, greeting, header, key};
use crate::digest::Sha256Digest;
use crate::jws::{JwsError, SIGNATURES_MAX, SignedByMany};
use crate::public::Thumbprint;

const BYTES_MAX: usize = 16_384;

fn parse(json: &str) -> Result<SignedByMany<Greeting>, JwsError> {
    SignedByMany::parse(json.as_bytes(), BYTES_MAX)
}

/// The greeting, signed by the keys of these bytes.
fn signed(by: &[u8]) -> SignedByMany<Greeting> {
    let mut form = SignedByMany::new(greeting()).unwrap();
    for byte in by {
        form.add(&key(*byte)).unwrap();
    }
    form
}

fn names(of: &[u8]) -> BTreeSet<Thumbprint> {
    of.iter().map(|byte| key(*byte).public().thumbprint()).collect()
}

fn signers(form: &SignedByMany<Greeting>, among: &[u8]) -> BTreeSet<Thumbprint> {
    let keys: Vec<_> = among.iter().map(|byte| key(*byte).public()).collect();
    form.valid_signers(&keys)
}

/// The JSON form of the greeting signed by key 1, with a change.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut form = serde_json::from_str(&signed(&[1]).to_json()).unwrap();
    change(&mut form);
    form.to_string()
}

#[test]
fn json_form_reads_back_to_the_byte() {
    for by in [[].as_slice(), &[1], &[3, 1, 2]] {
        let json = signed(by).to_json();
        let read = parse(&json).unwrap();
        assert!(read == signed(by));
        assert_eq!(read.to_json(), json);
        assert_eq!(read.statement(), &greeting());
        assert_eq!(read.payload(), r#"{"to":"Bodø","times":3}"#.as_bytes());
        assert_eq!(read.payload_digest(), Sha256Digest::of(read.payload()));
        assert_eq!(read.kids().collect::<BTreeSet<_>>(), names(by));
        assert_eq!(signers(&read, by), names(by));
        assert_eq!(json.find('\n'), Some(json.len() - 1), "one line: {json}");
    }
}

#[test]
fn order_of_signing_does_not_show() {
    assert_eq!(signed(&[1, 2, 3]).to_json(), signed(&[3, 2, 1, 2]).to_json());
}

#[test]
fn only_the_keys_that_are_asked_for_count() {
    let form = signed(&[1, 2]);
    assert_eq!(signers(&form, &[2, 3]), names(&[2]));
    assert_eq!(signers(&form, &[2, 2]), names(&[2]));
    assert_eq!(signers(&form, &[]), names(&[]));
}

#[test]
fn signature_over_another_payload_does_not_count() {
    let json = changed(|form| form["payload"] = json!(encode(r#"{"to":"Oslo","times":3}"#)));
    let form = parse(&json).unwrap();
    assert_eq!(form.kids().count(), 1);
    assert_eq!(signers(&form, &[1]), names(&[]));
}

#[test]
fn signature_under_another_name_does_not_count() {
    let json = changed(|form| form["signatures"][0]["protected"] = json!(encode(&header(&key(2)))));
    assert_eq!(signers(&parse(&json).unwrap(), &[1, 2]), names(&[]));
}

#[test]
fn signing_again_replaces_what_did_not_verify() {
    let json = changed(|form| form["signatures"][0]["signature"] = json!("A".repeat(86)));
    let mut form = parse(&json).unwrap();
    assert_eq!(signers(&form, &[1]), names(&[]));
    form.add(&key(1)).unwrap();
    assert_eq!(signers(&form, &[1]), names(&[1]));
    assert_eq!(form.kids().count(), 1);
}

#[test]
fn merge_joins_the_signatures_and_keeps_its_own() {
    let mut form = signed(&[1, 2]);
    form.merge(signed(&[2, 3])).unwrap();
    assert_eq!(signers(&form, &[1, 2, 3]), names(&[1, 2, 3]));

    let forged = changed(|form| form["signatures"][0]["signature"] = json!("A".repeat(86)));
    form.merge(parse(&forged).unwrap()).unwrap();
    assert_eq!(signers(&form, &[1, 2, 3]), names(&[1, 2, 3]));
}

#[test]
fn merge_of_another_payload_is_refused() {
    let mut form = signed(&[1]);
    let other = SignedByMany::new(Greeting { times: 4, ..greeting() }).unwrap();
    assert_eq!(form.merge(other), Err(JwsError::OtherPayload));
}

#[test]
fn number_of_signatures_is_bounded() {
    let most: Vec<u8> = (1..).take(SIGNATURES_MAX).collect();
    let mut form = signed(&most);
    assert_eq!(form.add(&key(99)), Err(JwsError::TooManySignatures));
    assert_eq!(form.add(&key(1)), Ok(()));
    assert_eq!(form.merge(signed(&[99])), Err(JwsError::TooManySignatures));
    assert_eq!(form.merge(signed(&[1])), Ok(()));
    assert_eq!(signers(&form, &most), names(&most));

    let mut json: Value = serde_json::from_str(&form.to_json()).unwrap();
    let extra = json["signatures"][0].clone();
    json["signatures"].as_array_mut().unwrap().push(extra);
    assert_eq!(parse(&json.to_string()).unwrap_err(), JwsError::TooManySignatures);
}

#[test]
fn two_signatures_under_one_name_are_refused() {
    let json = changed(|form| {
        let again = form["signatures"][0].clone();
        form["signatures"].as_array_mut().unwrap().push(again);
    });
    assert_eq!(parse(&json).unwrap_err(), JwsError::SameKey);
}

#[test]
fn unprotected_header_and_other_members_are_refused() {
    for json in [
        changed(|form| form["signatures"][0]["header"] = json!({})),
        changed(|form| form["header"] = json!({})),
        changed(|form| form["signature"] = json!("A".repeat(86))),
        changed(|form| form["signatures"] = json!({})),
        changed(|form| form["signatures"] = Value::Null),
        signed(&[1]).to_json().replace("\"payload\"", "\"payload\": \"e30\", \"payload\""),
        format!("[{}]", signed(&[1]).to_json()),
        String::new(),
    ] {
        let refusal = parse(&json).unwrap_err();
        assert!(matches!(refusal, JwsError::JsonForm(_)), "{json}: {refusal:?}");
    }
}

#[test]
fn every_broken_header_is_refused() {
    for header in broken_headers() {
        let json = changed(|form| form["signatures"][0]["protected"] = json!(encode(&header)));
        assert!(matches!(parse(&json), Err(JwsError::Header(_))), "{header}");
    }
    let other = header(&key(1)).replace("greeting-1", "greeting-2");
    let json = changed(|form| form["signatures"][0]["protected"] = json!(encode(&other)));
    assert!(matches!(parse(&json), Err(JwsError::WrongType { .. })));
}

#[test]
fn every_broken_payload_is_refused() {
    for payload in BROKEN_PAYLOADS {
        let json = changed(|form| form["payload"] = json!(encode(payload)));
        assert!(matches!(parse(&json), Err(JwsError::Payload(_))), "{payload}");
    }
}

#[test]
fn fields_that_do_not_fit_each_other_are_refused() {
    let json = changed(|form| form["payload"] = json!(encode(r#"{"to":"Bodø","times":0}"#)));
    assert_eq!(parse(&json).unwrap_err(), JwsError::Refused("nobody is greeted"));
    let refusal = SignedByMany::new(Greeting { times: 0, ..greeting() }).unwrap_err();
    assert_eq!(refusal, JwsError::Refused("nobody is greeted"));
}

#[test]
fn loose_base64url_is_refused() {
    for json in [
        changed(|form| form["payload"] = json!("e30=")),
        changed(|form| form["signatures"][0]["signature"] = json!("AA")),
        changed(|form| form["signatures"][0]["signature"] = json!(format!("{}B", "A".repeat(85)))),
        changed(|form| form["signatures"][0]["protected"] = json!("{}")),
    ] {
        assert_eq!(parse(&json).unwrap_err(), JwsError::Encoding, "{json}");
    }
}

#[test]
fn large_form_is_refused_before_it_is_read() {
    let json = signed(&[1]).to_json();
    assert!(SignedByMany::<Greeting>::parse(json.as_bytes(), json.len()).is_ok());
    let refusal = SignedByMany::<Greeting>::parse(json.as_bytes(), json.len() - 1).unwrap_err();
    assert_eq!(refusal, JwsError::TooLarge);
}

#[test]
fn debug_shows_no_content() {
    let kid = key(1).public().thumbprint();
    assert_eq!(
        format!("{:?}", signed(&[1])),
        format!(r#"SignedByMany {{ typ: "budstikke-greeting-1", kids: [{kid}], .. }}"#)
    );
}
