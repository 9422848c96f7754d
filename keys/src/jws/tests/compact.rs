//! The compact form.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize, Serializer};

use super::{BROKEN_PAYLOADS, Greeting, broken_headers, encode, greeting, header, key};
use crate::digest::Sha256Digest;
use crate::jws::{Claimed, JwsError, Statement, sign};
use crate::public::BadSignature;
use crate::secret::SecretKey;

const BYTES_MAX: usize = 4096;

const PAYLOAD: &str = r#"{"to":"Bodø","times":3}"#;

/// A statement with parts of one's choice, signed as it should be.
fn signed(header: &str, payload: &str, key: &SecretKey) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = data_encoding::BASE64URL_NOPAD.encode(&key.sign(input.as_bytes()).to_bytes());
    format!("{input}.{signature}")
}

fn parse(compact: &str) -> Result<Claimed<Greeting>, JwsError> {
    Claimed::parse(compact, BYTES_MAX)
}

#[test]
fn signed_statement_reads_back_and_verifies() {
    let made = sign(greeting(), &key(1)).unwrap();
    assert_eq!(made.compact(), signed(&header(&key(1)), PAYLOAD, &key(1)));
    assert_eq!(made.signer(), key(1).public().thumbprint());
    assert_eq!(made.digest(), Sha256Digest::of(made.compact().as_bytes()));

    let claimed = parse(made.compact()).unwrap();
    assert_eq!(claimed.kid(), made.signer());
    assert_eq!(claimed.claimed(), &greeting());
    assert_eq!(claimed.compact(), made.compact());
    assert_eq!(claimed.digest(), made.digest());
    let input = format!("{}.{}", encode(&header(&key(1))), encode(PAYLOAD));
    assert_eq!(claimed.signing_input(), input.as_bytes());

    let verified = claimed.verify(&key(1).public()).unwrap();
    assert_eq!(verified, made);
    assert_eq!(verified.statement(), &greeting());
    assert_eq!(verified.into_statement(), greeting());
}

#[test]
fn fully_specified_name_of_the_algorithm_and_unknown_members_are_read() {
    let header = header(&key(1)).replace("EdDSA", "Ed25519");
    let compact =
        signed(&header, r#" {"new":[1,-2,0.5,{"a":true}],"to":"Bodø","times":3}"#, &key(1));
    let verified = parse(&compact).unwrap().verify(&key(1).public()).unwrap();
    assert_eq!(verified.compact(), compact);
    assert_eq!(verified.statement(), &greeting());
}

/// A statement with the shapes that serde reads in more than one form.
#[derive(Debug, Serialize, Deserialize)]
struct Shapes {
    inner: Greeting,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maybe: Option<u8>,
    names: BTreeSet<String>,
    kind: Kind,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Plain,
}

impl Statement for Shapes {
    const TYP: &'static str = "budstikke-greeting-1";
}

#[test]
fn a_value_in_another_form_than_its_own_is_refused() {
    let right = r#"{"inner":{"to":"Bodø","times":3},"names":["a","b"],"kind":"plain"}"#;
    let parse =
        |payload: &str| Claimed::<Shapes>::parse(&signed(&header(&key(1)), payload, &key(1)), 4096);
    assert!(parse(right).is_ok());
    for (own, other) in [
        (r#"{"to":"Bodø","times":3}"#, r#"["Bodø",3]"#),
        (r#""plain""#, r#"{"plain":null}"#),
        (r#"["a","b"]"#, r#"["b","a"]"#),
        (r#"["a","b"]"#, r#"["a","b","b"]"#),
        (r#""names""#, r#""maybe":null,"names""#),
    ] {
        let payload = right.replace(own, other);
        assert_ne!(payload, right);
        assert!(matches!(parse(&payload), Err(JwsError::Payload(_))), "{payload}");
    }
}

#[test]
fn another_key_does_not_verify() {
    let claimed = parse(&signed(&header(&key(1)), PAYLOAD, &key(1))).unwrap();
    assert_eq!(claimed.verify(&key(2).public()).unwrap_err(), BadSignature);
}

#[test]
fn signature_by_a_key_that_is_not_named_does_not_verify() {
    let compact = signed(&header(&key(1)), PAYLOAD, &key(2));
    assert_eq!(parse(&compact).unwrap().verify(&key(2).public()).unwrap_err(), BadSignature);
    assert_eq!(parse(&compact).unwrap().verify(&key(1).public()).unwrap_err(), BadSignature);
}

#[test]
fn no_change_of_a_character_goes_unnoticed() {
    let compact = signed(&header(&key(1)), PAYLOAD, &key(1));
    for index in 0..compact.len() {
        for replacement in ["A", "_", "=", ".", "\n"] {
            let mut changed = compact.clone();
            changed.replace_range(index..=index, replacement);
            if changed != compact {
                let verified = parse(&changed).ok().and_then(|it| it.verify(&key(1).public()).ok());
                assert!(verified.is_none(), "character {index} as {replacement:?}");
            }
        }
    }
}

#[test]
fn every_broken_header_is_refused() {
    for header in broken_headers() {
        let refusal = parse(&signed(&header, PAYLOAD, &key(1))).unwrap_err();
        assert!(matches!(refusal, JwsError::Header(_)), "{header}: {refusal:?}");
    }
}

#[test]
fn other_type_is_refused_by_name() {
    let header = header(&key(1)).replace("greeting-1", "greeting-2");
    let refusal = parse(&signed(&header, PAYLOAD, &key(1))).unwrap_err();
    let found = "budstikke-greeting-2".to_owned();
    assert_eq!(refusal, JwsError::WrongType { expected: Greeting::TYP, found });
    assert_eq!(
        refusal.to_string(),
        r#"the statement is of type "budstikke-greeting-2", not "budstikke-greeting-1""#
    );
}

#[test]
fn every_broken_payload_is_refused_without_a_word_of_it() {
    for payload in BROKEN_PAYLOADS {
        let refusal = parse(&signed(&header(&key(1)), payload, &key(1))).unwrap_err();
        assert!(matches!(refusal, JwsError::Payload(_)), "{payload}: {refusal:?}");
        assert!(!format!("{refusal} {refusal:?}").contains("Bod"), "{refusal}");
    }
}

#[test]
fn fields_that_do_not_fit_each_other_are_refused() {
    let refusal = parse(&signed(&header(&key(1)), r#"{"to":"x","times":0}"#, &key(1))).unwrap_err();
    assert_eq!(refusal, JwsError::Refused("nobody is greeted"));
    let refusal = sign(Greeting { times: 0, ..greeting() }, &key(1)).unwrap_err();
    assert_eq!(refusal, JwsError::Refused("nobody is greeted"));
}

#[test]
fn payload_that_is_not_utf_8_is_refused() {
    let payload = data_encoding::BASE64URL_NOPAD.encode(b"{\"to\":\"\xff\",\"times\":3}");
    let compact = format!("{}.{payload}.{}", encode(&header(&key(1))), "A".repeat(86));
    assert!(matches!(parse(&compact), Err(JwsError::Payload(_))));
}

#[test]
fn statement_has_three_parts() {
    let compact = signed(&header(&key(1)), PAYLOAD, &key(1));
    for text in ["", "a", "a.b", &format!("{compact}."), &format!("{compact}.{compact}")] {
        assert_eq!(parse(text).unwrap_err(), JwsError::NotThreeParts, "{text}");
    }
}

#[test]
fn loose_base64url_is_refused() {
    let compact = signed(&header(&key(1)), PAYLOAD, &key(1));
    let (input, signature) = compact.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    // 64 bytes leave four stray bits in the last of 86 characters; `A`, `Q`, `g` and `w` alone have
    // none.
    let stray = format!("{}B", "A".repeat(85));
    for text in [
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{compact}=="),
        format!("{compact}\n"),
        format!("{header}.{payload}.{stray}"),
        format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+")),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.{}", "A".repeat(84)),
        format!("{header}.{payload}.{signature}AA"),
        format!("{header}.æ.{signature}"),
    ] {
        assert_eq!(parse(&text).unwrap_err(), JwsError::Encoding, "{text}");
    }
}

#[test]
fn large_statement_is_refused_before_it_is_read() {
    let compact = signed(&header(&key(1)), PAYLOAD, &key(1));
    assert!(Claimed::<Greeting>::parse(&compact, compact.len()).is_ok());
    let refusal = Claimed::<Greeting>::parse(&compact, compact.len() - 1).unwrap_err();
    assert_eq!(refusal, JwsError::TooLarge);
}

#[test]
fn deep_payload_is_refused() {
    let deep = format!(r#"{{"to":"x","times":1,"more":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let refusal = parse(&signed(&header(&key(1)), &deep, &key(1))).unwrap_err();
    assert!(matches!(refusal, JwsError::Payload(_)));
}

#[test]
fn debug_shows_no_content() {
    let verified = sign(greeting(), &key(1)).unwrap();
    let claimed = parse(verified.compact()).unwrap();
    let kid = key(1).public().thumbprint();
    assert_eq!(
        format!("{verified:?}"),
        format!(r#"Verified {{ typ: "budstikke-greeting-1", signer: {kid}, .. }}"#)
    );
    assert_eq!(
        format!("{claimed:?}"),
        format!(r#"Claimed {{ typ: "budstikke-greeting-1", kid: {kid}, .. }}"#)
    );
}

/// Writes a list, which its own reader would take.
#[derive(Deserialize)]
struct Listed(#[expect(dead_code, reason = "only its shape counts")] Vec<u8>);

impl Serialize for Listed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([1, 2, 3])
    }
}

impl Statement for Listed {
    const TYP: &'static str = "budstikke-listed-1";
}

#[test]
fn statement_that_is_not_an_object_is_not_signed() {
    let refusal = sign(Listed(Vec::new()), &key(1)).unwrap_err();
    assert_eq!(refusal, JwsError::Payload("not a JSON object".to_owned()));
}
