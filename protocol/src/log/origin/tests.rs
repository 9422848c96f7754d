//! Laws of origins.

use super::*;
use crate::log::tests::{federation, organisation};

#[test]
fn an_origin_has_one_text() {
    let check = |text: &str, kind: LogKind, generation: u16| {
        let origin: Origin = text.parse().unwrap();
        assert_eq!((origin.kind(), origin.generation()), (kind, generation), "{text}");
        assert_eq!(
            (origin.federation(), origin.organisation()),
            (&federation(), organisation(0)),
            "{text}"
        );
        assert_eq!(origin.to_string(), text);
        assert_eq!(origin.key_name().as_str(), text);
    };
    check("samhandling.test/310000019", LogKind::Records, 1);
    check("samhandling.test/310000019/access", LogKind::Access, 1);
    check("samhandling.test/310000019/2", LogKind::Records, 2);
    check("samhandling.test/310000019/access/65535", LogKind::Access, 65_535);
}

#[test]
fn what_is_no_origin_is_refused() {
    for text in [
        "",
        "samhandling.test",
        "samhandling.test/",
        "/310000019",
        "samhandling test/310000019",
        "Samhandling.test/310000019",
        "samhandling.test/310000018",
        "samhandling.test/310000019/",
        "samhandling.test/310000019/witness",
        "samhandling.test/310000019/0",
        "samhandling.test/310000019/1",
        "samhandling.test/310000019/02",
        "samhandling.test/310000019/+2",
        "samhandling.test/310000019/65536",
        "samhandling.test/310000019/2/access",
        "samhandling.test/310000019/2/2",
        "samhandling.test/310000019/access/access",
        "samhandling.test/310000019/access/2/2",
        "samhandling.test/310000019\n",
    ] {
        assert_eq!(text.parse::<Origin>(), Err(OriginError), "{text:?}");
    }
}

#[test]
fn a_lost_log_is_continued_under_the_next_number() {
    let second = Origin::access(federation(), organisation(0)).successor().unwrap();
    assert_eq!(second.to_string(), "samhandling.test/310000019/access/2");
    assert_eq!(second.successor().unwrap().to_string(), "samhandling.test/310000019/access/3");
    let last: Origin = "samhandling.test/310000019/65535".parse().unwrap();
    assert_eq!(last.successor(), None);
}

#[test]
fn a_witness_is_named_by_its_organisation() {
    let name = witness_name(&federation(), organisation(1));
    assert_eq!(name.as_str(), "samhandling.test/310000027/witness");
    // So that no log's key passes for a witness's.
    assert!(name.as_str().parse::<Origin>().is_err());
}

#[test]
fn the_longest_origin_is_a_key_name() {
    let federation: FederationName = "f".repeat(64).parse().unwrap();
    let origin: Origin = format!("{federation}/310000019/access/65535").parse().unwrap();
    assert_eq!(origin.key_name().as_str(), origin.to_string());
}
