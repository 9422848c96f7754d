//! `jws-json`: statements with several signatures, and every way to break the profile of the JSON form.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Statement as _;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::federation::request::MemberRequest;
use budstikke_protocol::federation::roster::Roster;
use serde_json::{Value, json};

use super::many::{Accepted, Input, Kind, judge, read_as, read_whole, roster_of, thumbprints};
use crate::cast;
use crate::handmade::{self, encode, header, signature};
use crate::sample::{Change as _, member_request, roster};
use crate::vector::{Cases, Format, Written};

/// Signed statements in the JSON form.
pub struct JwsJson;

impl Format for JwsJson {
    const NAME: &'static str = "jws-json";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for JwsJson {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        good(&mut cases);
        uncounted(&mut cases);
        forms(&mut cases);
        headers(&mut cases);
        cases
    }
}

fn good(cases: &mut Cases<JwsJson>) {
    cases.accepted(
        "good-roster",
        "two of three stewards have signed",
        signed(),
        read_whole(&roster()),
    );

    let names = ["gp node", "gp sign", "gp log", "gp witness"];
    let keys = names.map(cast::key);
    let payload = member_request().bytes();
    let json = handmade::many(MemberRequest::TYP, &payload, &keys).to_string();
    let keys = keys.iter().map(SecretKey::public).collect();
    let input = Input { expect: Kind::MemberRequest, keys, json };
    let result = Accepted {
        payload_digest: Sha256Digest::of(&payload),
        signers: thumbprints(&names),
        statement: member_request(),
    };
    cases.accepted("good-member-request", "signed with each of its four keys", input, result);

    let later = roster().with("/later", json!([1]));
    let shows = "a member that a later version may bring is signed over and passed by";
    let result = read_as(&later.bytes(), roster());
    cases.accepted("good-unknown-member", shows, roster_of(&later.bytes()), result);

    let shows = "a draft that nobody has signed yet";
    let result = Accepted { signers: thumbprints(&[]), ..read_whole(&roster()) };
    cases.accepted("good-unsigned", shows, changed("/signatures", json!([])), result);
}

/// A signature that is wrong does not count; the others do.
fn uncounted(cases: &mut Cases<JwsJson>) {
    let only = |name| Accepted { signers: thumbprints(&[name]), ..read_whole(&roster()) };
    let payload = roster().bytes();
    let later = signature(
        &typed("steward 1"),
        &roster().with("/version", 2).bytes(),
        &cast::key("steward 1"),
    );
    let cut_out = changed("/signatures/0", later);
    cases.accepted(
        "signature-of-another-payload",
        "signed something else",
        cut_out,
        only("steward 2"),
    );
    let in_name = signature(&typed("steward 1"), &payload, &cast::key("steward 3"));
    let shows = "one steward signed in the name of another";
    cases.accepted(
        "signature-by-another-key",
        shows,
        changed("/signatures/0", in_name),
        only("steward 2"),
    );
    let stranger = signature(&typed("stranger"), &payload, &cast::key("stranger"));
    let shows = "a good signature by a key that does not count";
    cases.accepted(
        "signature-by-a-stranger",
        shows,
        changed("/signatures/1", stranger),
        only("steward 1"),
    );
    let payload = encode(&roster().with("/threshold", 1).bytes());
    let result =
        Accepted { signers: thumbprints(&[]), ..read_whole(&roster().with("/threshold", 1)) };
    let shows = "the payload was changed after signing, so no signature counts";
    cases.accepted("signature-payload-changed", shows, changed("/payload", payload), result);
}

fn forms(cases: &mut Cases<JwsJson>) {
    let mut refuse = |name: &str, shows: &str, input: Input, refusal: &str| {
        cases.refused(name, shows, input, refusal);
    };
    let shape = "json-form: not of the expected shape";
    let first = form()["signatures"][0].clone();
    refuse(
        "same-key-twice",
        "a key signs once",
        changed("/signatures/1", first.clone()),
        "same-key",
    );
    let many = changed("/signatures", vec![first.clone(); 33]);
    refuse("too-many-signatures", "at most 32 signatures", many, "too-many-signatures");
    let open = changed("/signatures/0/header", json!({ "kid": "1" }));
    refuse("unprotected-header", "what is not signed is not read", open, shape);
    let flat = form().without("/signatures");
    let flat = flat
        .with("/protected", first["protected"].clone())
        .with("/signature", first["signature"].clone());
    refuse("flattened", "the flattened form is another one", with(&flat), shape);
    refuse("unknown-member", "the form has two members", changed("/later", 1), shape);
    let twice = signed().json.replacen('{', r#"{"payload":"e30","#, 1);
    refuse("payload-twice", "no member stands twice", Input { json: twice, ..signed() }, shape);
    let object = "json-form: not a JSON object";
    let marked = format!("\u{feff}{}", signed().json);
    refuse("byte-order-mark", "UTF-8 has no mark", Input { json: marked, ..signed() }, object);
    let padded = format!("{}==", form()["payload"].as_str().unwrap());
    refuse("payload-padded", "base64url has no padding", changed("/payload", padded), "encoding");
    let text = encode(b"\"a roster\"");
    refuse(
        "payload-not-an-object",
        "a payload is an object",
        changed("/payload", text),
        "payload: not a JSON object",
    );
    let spaces = signed().json + &" ".repeat(64 * 1024);
    let request = Input { expect: Kind::MemberRequest, json: spaces, ..signed() };
    refuse("too-large", "a member request has at most 64 KiB", request, "too-large");
}

fn headers(cases: &mut Cases<JwsJson>) {
    let key = cast::key("steward 1");
    let mut refuse = |name: &str, shows: &str, header: &Value, refusal: &str| {
        let signature = signature(&header.to_string(), &roster().bytes(), &key);
        cases.refused(name, shows, changed("/signatures/0", signature), refusal);
    };
    let good = header(Roster::TYP, &key);
    let shows = "each signature says what it signs";
    let request = good.clone().with("/typ", MemberRequest::TYP);
    refuse("header-other-type", shows, &request, "wrong-type");
    let later = good.clone().with("/typ", "budstikke-roster-v2");
    refuse("header-unknown-version", shows, &later, "wrong-type");
    let none = good.clone().with("/alg", "none");
    refuse("header-alg-none", shows, &none, "header: has an alg that is not EdDSA");
    let more = good.with("/cty", "json");
    refuse("header-cty", shows, &more, "header: has a member besides alg, kid and typ");
}

fn signed() -> Input {
    roster_of(&roster().bytes())
}

fn form() -> Value {
    serde_json::from_str(&signed().json).unwrap()
}

fn with(form: &Value) -> Input {
    Input { json: form.to_string(), ..signed() }
}

fn changed(pointer: &str, value: impl Into<Value>) -> Input {
    with(&form().with(pointer, value))
}

fn typed(steward: &str) -> String {
    header(Roster::TYP, &cast::key(steward)).to_string()
}
