//! `member-request`: whether a request proves that one party holds each of its four keys.

use budstikke_keys::jws::{SignedByMany, Statement as _};
use budstikke_protocol::federation::request::{MemberRequest, prove_possession};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::REQUEST_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cast::{self, GP};
use crate::handmade::{header, many, signature};
use crate::sample::{Change as _, member_request};
use crate::vector::{Cases, Format, Written, refusal};

/// Requests to become a member.
pub struct MemberRequests;

/// A request.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// In the JSON form.
    pub json: String,
}

/// What a good request gives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Who holds the keys.
    pub organisation: OrganisationNumber,
}

impl Format for MemberRequests {
    const NAME: &'static str = "member-request";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let signed = SignedByMany::<MemberRequest>::parse(input.json.as_bytes(), REQUEST_BYTES_MAX);
        let signed = signed.map_err(|e| refusal(&e))?;
        let request = prove_possession(&signed).map_err(|e| refusal(&e))?;
        Ok(Accepted { organisation: request.organisation })
    }
}

impl Written for MemberRequests {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let result = Accepted { organisation: cast::organisation(GP) };
        cases.accepted(
            "good",
            "signed with each of its keys",
            input(signed(&member_request())),
            result,
        );
        let addresses = member_request().with("/addresses", vec!["/ip4/127.0.0.1/tcp/1"; 9]);
        let many = "refused: it has more addresses than a member can have";
        cases.refused("too-many-addresses", "at most 8 addresses", input(signed(&addresses)), many);

        let mut refuse = |name: &str, shows: &str, form: Value| {
            cases.refused(name, shows, input(form), "not-possessed");
        };
        let good = signed(&member_request());
        for (at, key) in ["node", "sign", "log", "witness"].into_iter().enumerate() {
            let form = good.clone().without(&format!("/signatures/{at}"));
            refuse(&format!("no-signature-of-{key}"), "the signature of a key is missing", form);
        }
        let typ = header(MemberRequest::TYP, &cast::key("gp log")).to_string();
        let in_name = signature(&typ, &member_request().bytes(), &cast::key("gp sign"));
        let form = good.clone().with("/signatures/2", in_name);
        refuse("signature-by-another-key", "one key signed in the name of another", form);
        let earlier = signed(&member_request().with("/created", "2026-01-01T00:00:00Z"));
        let form = good.with("/payload", earlier["payload"].clone());
        refuse("payload-changed", "the request was changed after signing", form);
        let key = serde_json::to_value(cast::public("gp log")).unwrap();
        let form = signed(&member_request().with("/keys/witness", key));
        refuse("two-uses-one-key", "one key stands for two uses", form);
        cases
    }
}

/// The request with a signature by each of the GP's keys.
fn signed(request: &Value) -> Value {
    let keys = ["gp node", "gp sign", "gp log", "gp witness"].map(cast::key);
    many(MemberRequest::TYP, &request.bytes(), &keys)
}

fn input(form: Value) -> Input {
    Input { json: form.to_string() }
}
