//! `decision`: who may look at what, under the policy `sharing/2`.

use budstikke_protocol::access::decide::{
    Facts, Known, Permit, Request as Asked, Scope, Subject, decide,
};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::{ManifestDigest, OrganisationNumber};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cast::{self, GP, HOSPITAL, MUNICIPALITY, NOW, PERSON, organisation};
use crate::vector::{Cases, Format, Written, refusal};

/// Decisions.
pub struct Decisions;

/// What a decision rests on.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The organisation whose node decides.
    pub here: OrganisationNumber,
    /// Who asks.
    pub caller: Caller,
    /// The standing of the roster.
    pub standing: Roster,
    /// What is asked for.
    pub request: Request,
}

/// The standing of the roster, in a word.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Roster {
    /// It counts.
    Current,
    /// It has expired, but there is grace.
    Grace,
    /// It has expired.
    Expired,
    /// There are two of one version.
    Forked,
}

/// What is asked for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// A list.
    List,
    /// How many open records a patient has, and where in the log.
    Records,
    /// A document, which may be here or not.
    Read(Option<Document>),
}

/// A document that is here.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Who signed its manifest.
    pub custodian: OrganisationNumber,
    /// Who may read it.
    pub sharing: Sharing,
    /// Whether a referral opens it to who asks.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_opened: bool,
    /// Whether it was withdrawn.
    pub is_withdrawn: bool,
}

/// What is permitted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accepted {
    /// This document.
    Document,
    /// All that is here.
    Everything,
    /// What is shared by name with the organisation.
    SharedWith(OrganisationNumber),
    /// The commitments of a patient's open records.
    Commitments,
}

impl Format for Decisions {
    const NAME: &'static str = "decision";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let standing = match input.standing {
            Roster::Current => Standing::Current,
            Roster::Grace => Standing::Grace { until: cast::time(NOW) },
            Roster::Expired => Standing::Expired,
            Roster::Forked => Standing::Forked { version: 2 },
        };
        let facts = Facts { here: input.here, caller: &input.caller, standing };
        let permit = match &input.request {
            Request::List => decide(&facts, Asked::List),
            Request::Records => decide(&facts, Asked::Records),
            Request::Read(document) => {
                let known = document.as_ref().map(|document| Known {
                    manifest: manifest(),
                    custodian: document.custodian,
                    sharing: &document.sharing,
                    is_opened: document.is_opened,
                    is_withdrawn: document.is_withdrawn,
                });
                let document = "01935000-0000-7000-8000-000000000001".parse().unwrap();
                decide(&facts, Asked::Read(&Subject { document, known }))
            }
        };
        permit.map(|permit| scope(&permit)).map_err(|reason| refusal(&reason))
    }
}

fn scope(permit: &Permit) -> Accepted {
    match permit.scope() {
        Scope::Document(found) => {
            assert_eq!(found, manifest());
            Accepted::Document
        }
        Scope::Everything => Accepted::Everything,
        Scope::SharedWith(organisation) => Accepted::SharedWith(organisation),
        Scope::Commitments => Accepted::Commitments,
    }
}

fn manifest() -> ManifestDigest {
    ManifestDigest::new(budstikke_keys::digest::Sha256Digest::of(b"a manifest"))
}

impl Written for Decisions {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        local(&mut cases);
        lists(&mut cases);
        reads(&mut cases);
        opened(&mut cases);
        standings(&mut cases);
        purposes(&mut cases);
        cases
    }
}

fn local(cases: &mut Cases<Decisions>) {
    let us = |request| Input { here: organisation(MUNICIPALITY), ..asks(request) };
    let mut permit = |name: &str, shows: &str, input: Input, result: Accepted| {
        cases.accepted(name, shows, input, result);
    };
    permit("local-list", "all that is here", us(Request::List), Accepted::Everything);
    let own = us(Request::Read(Some(document(MUNICIPALITY, json!("nobody")))));
    permit("local-own-document", "our own, shared with nobody", own, Accepted::Document);
    let copy = us(Request::Read(Some(document(HOSPITAL, json!("nobody")))));
    permit("local-copy", "a copy that was fetched", copy, Accepted::Document);
    let gone = us(withdrawn(MUNICIPALITY));
    permit("local-withdrawn", "what was withdrawn can be read here", gone, Accepted::Document);
    let expired = Input { standing: Roster::Expired, ..us(Request::List) };
    permit(
        "local-expired",
        "an expired roster stops the exchange only",
        expired,
        Accepted::Everything,
    );
    let other = for_purpose("PUBHLTH", us(Request::List));
    permit("local-other-purpose", "any purpose that is stated", other, Accepted::Everything);
    let none = us(Request::Read(None));
    cases.refused("local-unknown", "there is no such document", none, "unknown");
}

fn lists(cases: &mut Cases<Decisions>) {
    let result = Accepted::SharedWith(organisation(MUNICIPALITY));
    let shows = "a peer lists what is shared with it by name";
    cases.accepted("peer-list", shows, asks(Request::List), result);
    let shows = "a peer sees how many open records there are, and nothing of what they say";
    cases.accepted("peer-records", shows, asks(Request::Records), Accepted::Commitments);
    let other = for_purpose("PUBHLTH", asks(Request::Records));
    cases.refused("peer-records-purpose", "another purpose than care", other, "purpose");
}

fn reads(cases: &mut Cases<Decisions>) {
    let shared = json!({ "organisations": [MUNICIPALITY, GP] });
    for (name, shows, sharing) in [
        ("peer-shared-by-name", "shared with it by name", shared.clone()),
        ("peer-shared-with-federation", "shared with every member", json!("federation")),
    ] {
        let input = asks(Request::Read(Some(document(HOSPITAL, sharing))));
        cases.accepted(name, shows, input, Accepted::Document);
    }
    let of_gp = json!({ "organisations": [GP] });
    for (name, shows, request, refusal) in [
        ("peer-unknown", "there is no such document", Request::Read(None), "unknown"),
        (
            "peer-shared-with-nobody",
            "the default",
            Request::Read(Some(document(HOSPITAL, json!("nobody")))),
            "not-shared",
        ),
        (
            "peer-shared-with-another",
            "shared with another by name",
            Request::Read(Some(document(HOSPITAL, of_gp))),
            "not-shared",
        ),
        (
            "peer-copy",
            "copies are not served onward",
            Request::Read(Some(document(GP, shared))),
            "copy",
        ),
        (
            "peer-own-document-elsewhere",
            "nor to the custodian",
            Request::Read(Some(document(MUNICIPALITY, json!("federation")))),
            "copy",
        ),
        (
            "peer-withdrawn",
            "the custodian no longer stands behind it",
            withdrawn(HOSPITAL),
            "withdrawn",
        ),
    ] {
        cases.refused(name, shows, asks(request), refusal);
    }
}

fn opened(cases: &mut Cases<Decisions>) {
    let opened = |custodian| Document { is_opened: true, ..document(custodian, json!("nobody")) };
    let own = asks(Request::Read(Some(opened(HOSPITAL))));
    let shows = "attached to a referral that opens it";
    cases.accepted("peer-opened", shows, own.clone(), Accepted::Document);
    let expired = Input { standing: Roster::Expired, ..own.clone() };
    cases.refused("peer-opened-expired", "the roster has expired", expired, "exchange-stopped");
    let other = for_purpose("PUBHLTH", own);
    cases.refused("peer-opened-purpose", "another purpose than care", other, "purpose");
    for (name, shows, document, refusal) in [
        ("peer-opened-copy", "a copy is not served onward", opened(GP), "copy"),
        (
            "peer-opened-withdrawn",
            "the custodian no longer stands behind it",
            Document { is_withdrawn: true, ..opened(HOSPITAL) },
            "withdrawn",
        ),
    ] {
        cases.refused(name, shows, asks(Request::Read(Some(document))), refusal);
    }
}

fn standings(cases: &mut Cases<Decisions>) {
    let read = || asks(Request::Read(Some(document(HOSPITAL, json!("federation")))));
    let grace = Input { standing: Roster::Grace, ..read() };
    cases.accepted("peer-grace", "14 days of grace", grace, Accepted::Document);
    for (name, shows, standing) in [
        ("peer-expired", "the roster has expired", Roster::Expired),
        ("peer-forked", "there are two rosters of one version", Roster::Forked),
    ] {
        cases.refused(name, shows, Input { standing, ..read() }, "exchange-stopped");
        let list = Input { standing, ..asks(Request::List) };
        cases.refused(&format!("{name}-list"), shows, list, "exchange-stopped");
        let records = Input { standing, ..asks(Request::Records) };
        cases.refused(&format!("{name}-records"), shows, records, "exchange-stopped");
    }
}

fn purposes(cases: &mut Cases<Decisions>) {
    let read = || asks(Request::Read(Some(document(HOSPITAL, json!("federation")))));
    for purpose in ["ETREAT", "CAREMGT"] {
        let name = format!("peer-purpose-{}", purpose.to_lowercase());
        cases.accepted(&name, "care", for_purpose(purpose, read()), Accepted::Document);
    }
    for purpose in ["BTG", "COC", "PATRQT", "HOPERAT", "HPAYMT", "PUBHLTH"] {
        let name = format!("peer-purpose-{}", purpose.to_lowercase());
        let shows = "another purpose than care, which this policy cannot judge";
        cases.refused(&name, shows, for_purpose(purpose, read()), "purpose");
    }
}

/// The municipality asks the hospital, for treatment.
fn asks(request: Request) -> Input {
    let caller = json!({
        "organisation": MUNICIPALITY, "person": PERSON, "role": "SP", "purpose": "TREAT",
    });
    let caller = serde_json::from_value(caller).unwrap();
    Input { here: organisation(HOSPITAL), caller, standing: Roster::Current, request }
}

fn for_purpose(purpose: &str, mut input: Input) -> Input {
    input.caller.purpose = purpose.parse().unwrap();
    input
}

fn document(custodian: &str, sharing: serde_json::Value) -> Document {
    let sharing = serde_json::from_value(sharing).unwrap();
    Document { custodian: organisation(custodian), sharing, is_opened: false, is_withdrawn: false }
}

fn withdrawn(custodian: &str) -> Request {
    Request::Read(Some(Document { is_withdrawn: true, ..document(custodian, json!("federation")) }))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_not(it: &bool) -> bool {
    !it
}
