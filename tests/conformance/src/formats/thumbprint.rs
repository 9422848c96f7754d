//! `thumbprint`: which JSON Web Keys are public keys, and by what name statements call them.

use budstikke_keys::public::{PublicKey, Thumbprint};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cast;
use crate::handmade::encode;
use crate::sample::Change as _;
use crate::vector::{Cases, Format, Written};

/// Public keys.
pub struct Thumbprints;

/// A JSON Web Key (RFC 8037).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The key.
    pub jwk: Value,
}

/// Its name.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// RFC 7638, SHA-256.
    pub thumbprint: Thumbprint,
}

impl Format for Thumbprints {
    const NAME: &'static str = "thumbprint";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let key: PublicKey = serde_json::from_value(input.jwk).map_err(|error| reason(&error))?;
        Ok(Accepted { thumbprint: key.thumbprint() })
    }
}

/// What is wrong, without what would have been right.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(", expected").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

impl Written for Thumbprints {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let rfc = json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".parse().unwrap();
        let shows = "the key of RFC 8037 appendix A.2, and its thumbprint of A.3";
        cases.accepted("good-rfc-8037", shows, Input { jwk: rfc.clone() }, Accepted { thumbprint });
        let ours = serde_json::to_value(cast::public("hospital sign")).unwrap();
        let thumbprint = expected(&ours);
        cases.accepted("good", "a key", Input { jwk: ours }, Accepted { thumbprint });

        let mut refuse = |name: &str, shows: &str, jwk: Value, refusal: &str| {
            cases.refused(name, shows, Input { jwk }, refusal);
        };
        let private = rfc.clone().with("/d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        refuse("private-half", "a private key has no place here", private, "unknown field `d`");
        let more = rfc.clone().with("/use", "sig");
        refuse("unknown-member", "a key has three members", more, "unknown field `use`");
        let other = rfc.clone().with("/crv", "X25519");
        refuse("another-curve", "the curve is Ed25519", other, "unknown variant `X25519`");
        let other = rfc.clone().with("/kty", "EC");
        refuse("another-type", "the type is OKP", other, "unknown variant `EC`");
        let none = rfc.clone().without("/x");
        refuse("no-x", "a key has three members", none, "missing field `x`");
        let encoding = "an Ed25519 public key is 32 bytes of base64url without padding";
        let mut x = |name: &str, shows: &str, x: String, refusal: &str| {
            refuse(name, shows, rfc.clone().with("/x", x), refusal);
        };
        x(
            "padded",
            "base64url has no padding",
            rfc["x"].as_str().unwrap().to_owned() + "=",
            encoding,
        );
        x("short", "a key has 32 bytes", encode(&[9; 31]), encoding);
        let point = |first: u8, last: u8| {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (first, last);
            encode(&bytes)
        };
        let small = "the public key has small order";
        x("small-order-1", "the neutral element", encode(&least(1)), small);
        x("small-order-4", "a point of order 4", encode(&least(0)), small);
        x("small-order-2", "the point of order 2", point(0xec, 0x7f), small);
        // y = 2^255 - 16 stands for y = 3, which is below the prime.
        let canonical = "the public key is not in its canonical encoding";
        x("not-canonical", "y is below the prime", point(0xf0, 0x7f), canonical);
        x(
            "not-a-point",
            "no x fits this y",
            encode(&least(2)),
            "the public key is not a point of the curve",
        );
        cases
    }
}

/// The 32 bytes of a small y.
fn least(y: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = y;
    bytes
}

/// The thumbprint as RFC 7638 section 3 makes it.
fn expected(jwk: &Value) -> Thumbprint {
    let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":{}}}"#, jwk["x"]);
    Thumbprint::from_bytes(*budstikke_keys::digest::Sha256Digest::of(text.as_bytes()).as_bytes())
}
