//! The cases: a message of every kind, and what is wrong with those that are refused.

use super::messages::{self, Message, OTHER_PATIENT, PATIENT, SENDER, latin_1, utf_16};
use super::{Input, Messages};
use crate::formats::log::note::Raw;
use crate::vector::{Cases, Format as _, Written};

impl Written for Messages {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        kinds(&mut cases);
        encodings(&mut cases);
        senders(&mut cases);
        forged(&mut cases);
        patients(&mut cases);
        no_xml(&mut cases);
        bounds(&mut cases);
        cases
    }
}

/// A document that `SENDER` signs, about `PATIENT`.
fn input(document: Raw) -> Input {
    Input { document, organisation: SENDER.parse().unwrap(), patient: PATIENT.to_owned() }
}

fn text(text: impl Into<String>) -> Input {
    input(Raw::Text(text.into()))
}

/// Adds a case with what the code under test makes of it; the judge of the vectors holds it against later changes, and those
/// who review a change read it in the file.
fn accepted(cases: &mut Cases<Messages>, name: &str, shows: &str, document: Raw) {
    let result = Messages::judge(input(document.clone())).unwrap();
    cases.accepted(name, shows, input(document), result);
}

/// Messages in a header, by the namespace of what is in them.
fn kinds(cases: &mut Cases<Messages>) {
    for (name, shows, function, content) in [
        ("referral-1.1", "a referral", "HENVISNING", "www.kith.no/xmlstds/henvisning/2012-02-15"),
        ("referral-2.0", "a referral", "HENVISNING", "ehelse.no/xmlstds/henvisning/2017-11-30"),
        (
            "referral-later",
            "a later version",
            "HENVISNING",
            "ehelse.no/xmlstds/henvisning/2031-01-01",
        ),
        ("discharge-1.2", "a summary", "EPIKRISE", "www.kith.no/xmlstds/epikrise/2012-02-15"),
        (
            "dialogue-1.0",
            "a question",
            "DIALOG_FORESPORSEL",
            "www.kith.no/xmlstds/dialog/2006-10-11",
        ),
        ("dialogue-1.1", "a note", "DIALOG_HELSEFAGLIG", "www.kith.no/xmlstds/dialog/2013-01-23"),
        ("other", "another standard", "SYKMELD", "www.kith.no/xmlstds/sykmelding/2013-10-01"),
    ] {
        let namespace = format!("http://{content}");
        let message = match function {
            "HENVISNING" => Message::referral(&namespace),
            _ => Message::of(function, &namespace),
        };
        accepted(cases, name, shows, Raw::Text(message.xml()));
    }
    let note = Message::of("DIALOG_NOTAT", "http://www.kith.no/xmlstds/dialog/2006-10-11").xml();
    let receipt =
        |version| messages::receipt(&format!("http://www.kith.no/xmlstds/apprec/{version}"));
    for (name, shows, document) in [
        ("envelope", "NAV's envelope is looked into", messages::enveloped(&note)),
        ("referral-1.0", "a referral of the years before the header", messages::referral_1_0()),
        ("discharge-1.1", "its sender is who provided the service", messages::discharge_1_1()),
        ("receipt-1.0", "an application receipt", receipt("2004-11-21")),
        ("receipt-1.1", "an application receipt", receipt("2012-02-15")),
        ("cda", "a clinical document has no sender", messages::clinical_document()),
        ("no-message", "XML of somebody else", "<a xmlns='urn:example'/>".to_owned()),
        ("mentioned", "XML that only mentions a namespace", messages::mentioned()),
    ] {
        accepted(cases, name, shows, Raw::Text(document));
    }
    accepted(cases, "pdf", "no XML at all", Raw::Hex("255044462d312e340a25ffff".to_owned()));
}

fn encodings(cases: &mut Cases<Messages>) {
    let message = Message::of("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2012-02-15").xml();
    for (name, shows, document) in [
        ("utf-8-mark", "a byte order mark before it", Raw::Text(format!("\u{feff}{message}"))),
        ("utf-16-little", "UTF-16, the low byte first", utf_16(&message, u16::to_le_bytes)),
        ("utf-16-big", "UTF-16, the high byte first", utf_16(&message, u16::to_be_bytes)),
        ("latin-1", "ISO-8859-1, as declared", latin_1(&message)),
    ] {
        accepted(cases, name, shows, document);
    }
    let declared = |name: &str| message.replacen("UTF-8", name, 1);
    cases.refused(
        "ebcdic",
        "an encoding that no message has",
        text(declared("IBM037")),
        "encoding",
    );
    let Raw::Hex(hex) = latin_1(&message) else { unreachable!() };
    let undeclared = hex.replacen(&hex_of("ISO-8859-1"), &hex_of("UTF-8"), 1);
    cases.refused(
        "latin-1-as-utf-8",
        "other bytes than declared",
        input(Raw::Hex(undeclared)),
        "encoding",
    );
}

fn hex_of(text: &str) -> String {
    data_encoding::HEXLOWER.encode(text.as_bytes())
}

fn senders(cases: &mut Cases<Messages>) {
    let good = Message::of("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2012-02-15");
    let number = format!("<Id>{SENDER}</Id>");
    for (name, shows, document) in [
        ("swapped", "code and list written the other way round", messages::swapped(&good.xml())),
        (
            "grouped",
            "the number in groups of three",
            good.xml().replacen(&number, "<Id>974 760 673</Id>", 1),
        ),
        (
            "commented",
            "a comment in the number does not end it",
            good.xml().replacen(&number, "<Id>974760<!-- -->673</Id>", 1),
        ),
        (
            "department",
            "a department has a number of its own",
            good.with_department("999999993").xml(),
        ),
        (
            "address-only",
            "the sender is named by Adresseregisteret alone",
            good.xml().replacen("V=\"ENH\"", "V=\"HER\"", 1),
        ),
    ] {
        accepted(cases, name, shows, Raw::Text(document));
    }
}

/// Messages that somebody else has sent.
fn forged(cases: &mut Cases<Messages>) {
    let good = Message::of("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2012-02-15");
    let number = format!("<Id>{SENDER}</Id>");
    for (name, shows, document, reason) in [
        (
            "forged",
            "another organisation is the sender",
            good.xml().replacen(&number, "<Id>983974910</Id>", 1),
            "sender",
        ),
        (
            "forged-department",
            "the signer is but a department of the sender",
            good.with_department(SENDER).xml().replacen(&number, "<Id>983974910</Id>", 1),
            "sender",
        ),
        (
            "forged-second",
            "the sender has the numbers of two",
            good.xml().replacen(
                &number,
                &format!("{number}<TypeId V=\"ENH\"/></Ident><Ident><Id>983974910</Id>"),
                1,
            ),
            "sender",
        ),
        (
            "two-senders",
            "one reader would take the first, another the second",
            good.xml().replacen("<Receiver>", "<Sender/><Receiver>", 1),
            "twice: Sender",
        ),
        (
            "forged-receipt",
            "another organisation is the sender of a receipt",
            messages::receipt("http://www.kith.no/xmlstds/apprec/2004-11-21").replacen(
                SENDER,
                "983974910",
                1,
            ),
            "sender",
        ),
        (
            "forged-1.0",
            "another organisation is the sender of a referral without header",
            messages::referral_1_0().replacen(SENDER, "983974910", 1),
            "sender",
        ),
    ] {
        cases.refused(name, shows, text(document), reason);
    }
}

fn patients(cases: &mut Cases<Messages>) {
    let good = Message::referral("http://www.kith.no/xmlstds/henvisning/2012-02-15");
    accepted(
        cases,
        "no-patient",
        "a message may be about nobody",
        Raw::Text(good.without_patient()),
    );
    accepted(
        cases,
        "own-number",
        "a number that the sender has made says nothing",
        Raw::Text(good.xml().replace("FNR", "XXX")),
    );
    for (name, shows, document) in [
        (
            "wrong-patient",
            "the header names another patient",
            good.xml().replacen(PATIENT, OTHER_PATIENT, 1),
        ),
        ("wrong-patient-inside", "the content names another patient", swap_last(&good.xml())),
        (
            "wrong-patient-cda",
            "a clinical document of another patient",
            messages::clinical_document().replacen(PATIENT, OTHER_PATIENT, 1),
        ),
    ] {
        cases.refused(name, shows, text(document), "patient");
    }
    let twice = good.xml().replacen("<Patient>", "<Patient/><Patient>", 1);
    cases.refused(
        "two-patients",
        "one reader would take the first, another the second",
        text(twice),
        "twice: Patient",
    );
}

fn swap_last(xml: &str) -> String {
    let at = xml.rfind(PATIENT).unwrap();
    format!("{}{OTHER_PATIENT}{}", &xml[..at], &xml[at + PATIENT.len()..])
}

fn no_xml(cases: &mut Cases<Messages>) {
    let good = Message::of("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2012-02-15").xml();
    let with = |declaration: &str| good.replacen("?>", &format!("?>{declaration}"), 1);
    let laughs = "<!DOCTYPE a [<!ENTITY l \"ha\"><!ENTITY m \"&l;&l;&l;&l;&l;&l;&l;&l;\"><!ENTITY n \"&m;&m;&m;&m;&m;&m;&m;&m;\">]>";
    for (name, shows, document, reason) in [
        ("cut", "the end is missing", good[..good.len() - 12].to_owned(), "not-well-formed"),
        (
            "crossed",
            "elements that cross",
            good.replacen("</MsgInfo>", "</MsgHead>", 1),
            "not-well-formed",
        ),
        ("two-roots", "something behind the end", format!("{good}<a/>"), "not-well-formed"),
        (
            "attribute-twice",
            "an attribute twice",
            good.replacen("V=\"EPIKRISE\"", "V=\"EPIKRISE\" V=\"HENVISNING\"", 1),
            "not-well-formed",
        ),
        (
            "entity",
            "an entity that nobody declares",
            good.replacen("<MsgId>", "<MsgId>&id;", 1),
            "not-well-formed",
        ),
        (
            "document-type",
            "a document type declaration",
            with("<!DOCTYPE MsgHead>"),
            "document-type",
        ),
        ("billion-laughs", "entities that grow", with(laughs), "document-type"),
        ("no-info", "a header that says nothing", messages::empty_header(), "missing: MsgInfo"),
    ] {
        cases.refused(name, shows, text(document), reason);
    }
}

fn bounds(cases: &mut Cases<Messages>) {
    let good = Message::of("EPIKRISE", "http://www.kith.no/xmlstds/epikrise/2012-02-15").xml();
    let inside = |more: &str| good.replacen("</MsgInfo>", &format!("{more}</MsgInfo>"), 1);
    let attributes: Vec<_> = (0..65).map(|i| format!(" a{i}=\"\"")).collect();
    let attributes = attributes.concat();
    let numbers = "<Ident><Id>1</Id><TypeId V=\"RSH\"/></Ident>".repeat(65);
    for (name, shows, document, reason) in [
        (
            "deep",
            "a hundred elements in one another, and those around them",
            inside(&format!("{}{}", "<a>".repeat(100), "</a>".repeat(100))),
            "too-deep",
        ),
        (
            "attributes",
            "an element with 65 attributes",
            inside(&format!("<a{attributes}/>")),
            "too-many",
        ),
        (
            "numbers",
            "a sender with more than 64 numbers",
            good.replacen("<Ident>", &format!("{numbers}<Ident>"), 1),
            "too-many",
        ),
        (
            "long-id",
            "an id of 129 characters",
            good.replacen("<MsgId>", &format!("<MsgId>{}", "1".repeat(93)), 1),
            "field: MsgId",
        ),
        (
            "broken-id",
            "an id with a line break in it",
            good.replacen("<MsgId>", "<MsgId>a\nb", 1),
            "field: MsgId",
        ),
    ] {
        cases.refused(name, shows, text(document), reason);
    }
}
