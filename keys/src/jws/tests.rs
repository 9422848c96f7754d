//! The two forms read back what they write, and every rule of the profile refuses its sinner.

mod compact;
mod many;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Statement;
use crate::secret::SecretKey;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Greeting {
    to: String,
    times: u32,
}

impl Statement for Greeting {
    const TYP: &'static str = "budstikke-greeting-1";

    fn check(&self) -> Result<(), &'static str> {
        if self.times == 0 { Err("nobody is greeted") } else { Ok(()) }
    }
}

fn greeting() -> Greeting {
    Greeting { to: "Bodø".to_owned(), times: 3 }
}

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([byte; 32]))
}

fn encode(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// The header as it should be.
fn header(key: &SecretKey) -> String {
    let kid = key.public().thumbprint();
    format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"budstikke-greeting-1"}}"#)
}

/// Headers that break a rule, made of the right one.
fn broken_headers() -> Vec<String> {
    let right = header(&key(1));
    let with = |member: &str| right.replace(r#"{"alg""#, &format!(r#"{{{member},"alg""#));
    let kid = key(1).public().thumbprint();
    vec![
        with(r#""crit":["exp"],"exp":1"#),
        with(r#""crit":[]"#),
        with(r#""b64":false"#),
        with(r#""jwk":{"kty":"OKP"}"#),
        with(r#""x5u":"https://example.no/""#),
        with(r#""alg":"EdDSA""#),
        with(&format!(r#""kid":"{kid}""#)),
        with(r#""\u0061lg":"EdDSA""#),
        right.replace("EdDSA", "none"),
        right.replace("EdDSA", "eddsa"),
        right.replace("EdDSA", "HS256"),
        right.replace(r#""EdDSA""#, "null"),
        right.replace(r#""alg":"EdDSA","#, ""),
        right.replace(&format!(r#""kid":"{kid}","#), ""),
        right.replace(r#","typ":"budstikke-greeting-1""#, ""),
        right.replace(&kid.to_string(), "1"),
        format!("[{right}]"),
        format!("{right}{right}"),
        format!("\u{feff}{right}"),
        "null".to_owned(),
        String::new(),
        right.replace('}', &format!("{}}}", " ".repeat(1024))),
    ]
}

/// Payloads that are not a greeting.
const BROKEN_PAYLOADS: [&str; 11] = [
    "",
    "null",
    r#"["Bodø",3]"#,
    r#"{"to":"Bodø"}"#,
    r#"{"to":"Bodø","times":"3"}"#,
    r#"{"to":"Bodø","times":3,"times":3}"#,
    r#"{"to":"Bodø","times":3,"more":1,"more":2}"#,
    r#"{"to":"Bodø","times":3,"more":[{"a":1,"a":2}]}"#,
    r#"{"to":"Bodø","times":3}{}"#,
    "\u{feff}{\"to\":\"Bodø\",\"times\":3}",
    r#"{"to":"Bodø","times":3,}"#,
];
