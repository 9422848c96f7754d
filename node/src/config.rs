//! The configuration: one TOML file in the home folder. Unknown keys are refused, and every default is explained where it is written.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use budstikke_protocol::document::codes::{Purpose, Role};
use budstikke_protocol::federation::roster::Kind;
use budstikke_protocol::ids::{HprNumber, OrganisationNumber};
use budstikke_protocol::text::Text;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The file's name in the home folder.
pub const FILE: &str = "config.toml";

/// The most bytes a configuration may have.
pub const BYTES_MAX: u64 = 64 * 1024;

/// Where a node listens unless told otherwise: every interface, because other organisations must reach it.
pub const DEFAULT_LISTEN: &str = "/ip4/0.0.0.0/tcp/8470";

/// The settings of a node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The organisation whose node this is.
    pub organisation: OrganisationNumber,
    /// Its name.
    pub name: Text<128>,
    /// Its kind.
    pub kind: Kind,
    /// Its county or health region.
    pub region: Option<Text<64>>,
    /// Where to listen, as multiaddresses.
    #[serde(default = "default_listen")]
    pub listen: Vec<Text<256>>,
    /// What the roster says of where to reach it; `listen` when absent.
    pub announce: Option<Vec<Text<256>>>,
    /// Where programs on this machine are served over HTTP; nowhere when absent.
    pub http: Option<Loopback>,
    /// A file with the keyring's passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// Who looks when a command does not say `--as`.
    #[serde(rename = "as")]
    pub person: Option<Person>,
    /// The purpose when a command does not say `--purpose`.
    #[serde(default = "default_purpose")]
    pub purpose: Purpose,
}

/// An address that only this machine reaches, and a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Loopback(SocketAddr);

/// Not the address of a loopback interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "HTTP is for this machine only: write a loopback address and a port, such as 127.0.0.1:8480"
)]
pub struct LoopbackError;

impl Loopback {
    /// The address.
    pub fn socket(self) -> SocketAddr {
        self.0
    }
}

impl TryFrom<String> for Loopback {
    type Error = LoopbackError;

    fn try_from(text: String) -> Result<Self, LoopbackError> {
        let socket: SocketAddr = text.parse().ok().ok_or(LoopbackError)?;
        if socket.ip().is_loopback() { Ok(Self(socket)) } else { Err(LoopbackError) }
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A person in a role, written `HPR:ROLE`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Person {
    /// The person's number in the register of health personnel.
    pub hpr: HprNumber,
    /// The role, Volven 9060.
    pub role: Role,
}

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not UTF-8.
    #[error("config.toml is not UTF-8 without a byte order mark")]
    Encoding,
    /// Not TOML, an unknown key, or a bad value.
    #[error("config.toml, line {line}: {message}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}

/// Not `HPR:ROLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a person is written HPR:ROLE, such as 9144889:LE (the number in the register of health personnel, and a code of Volven 9060)"
)]
pub struct PersonError;

impl std::str::FromStr for Person {
    type Err = PersonError;

    fn from_str(text: &str) -> Result<Self, PersonError> {
        let (hpr, role) = text.split_once(':').ok_or(PersonError)?;
        Ok(Self {
            hpr: hpr.parse().ok().ok_or(PersonError)?,
            role: role.parse().ok().ok_or(PersonError)?,
        })
    }
}

impl TryFrom<String> for Person {
    type Error = PersonError;

    fn try_from(text: String) -> Result<Self, PersonError> {
        text.parse()
    }
}

impl From<Person> for String {
    fn from(person: Person) -> Self {
        format!("{}:{}", person.hpr, person.role)
    }
}

impl Config {
    /// Reads the configuration from its bytes.
    ///
    /// # Errors
    /// [`ConfigError`], naming the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        let text = std::str::from_utf8(bytes).ok().ok_or(ConfigError::Encoding)?;
        if text.starts_with('\u{feff}') {
            return Err(ConfigError::Encoding);
        }
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            ConfigError::Toml { line: before.matches('\n').count().saturating_add(1), message }
        })
    }

    /// Where others reach this node.
    pub fn announced(&self) -> &[Text<256>] {
        self.announce.as_deref().unwrap_or(&self.listen)
    }

    /// The file as `init` writes it: every setting, its default and the reason for it.
    pub fn to_file(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let list = |texts: &[Text<256>]| {
            texts.iter().map(|t| quoted(t.as_str())).collect::<Vec<_>>().join(", ")
        };
        let or_commented = |key: &str, value: Option<String>, example: &str| match value {
            Some(value) => format!("{key} = {value}"),
            None => format!("# {key} = {example}"),
        };
        let kind = format!("{:?}", self.kind).to_lowercase();
        let passphrase = self.passphrase_file.as_ref().map(|path| quoted(&path.to_string_lossy()));
        let person = self.person.clone().map(|person| quoted(&String::from(person)));
        [
            "# The settings of a Budstikke node. Unknown keys are refused. Changes count from the next start.".to_owned(),
            String::new(),
            "# Who runs this node. The stewards copy these into the roster; a change needs a new request to them.".to_owned(),
            format!("organisation = \"{}\"", self.organisation),
            format!("name = {}", quoted(self.name.as_str())),
            format!("kind = \"{kind}\"          # municipality, hospital, gp, authority or other"),
            or_commented("region", self.region.as_ref().map(|r| quoted(r.as_str())), "\"Nordland\""),
            String::new(),
            "# Where the node listens. Every interface by default, because other organisations must reach it; only members of".to_owned(),
            "# the federation can connect, everybody else is turned away in the handshake.".to_owned(),
            format!("listen = [{}]", list(&self.listen)),
            String::new(),
            "# Where others reach it, when that differs from `listen` (behind a firewall with a forwarded port, say).".to_owned(),
            or_commented("announce", self.announce.as_deref().map(|a| format!("[{}]", list(a))), "[\"/dns4/node.example.no/tcp/8470\"]"),
            String::new(),
            "# Where reviewers and their tools on this machine read the log over HTTP (/index/checkpoint, /index/tile/…). Nowhere by".to_owned(),
            "# default; only an address that no other machine reaches is taken.".to_owned(),
            or_commented("http", self.http.map(|http| quoted(&http.to_string())), "\"127.0.0.1:8480\""),
            String::new(),
            "# Where the passphrase of the keyring stands, so that the node starts without a person. Without it the node takes it".to_owned(),
            "# from the service manager (systemd: LoadCredential=budstikke-passphrase:…) or asks.".to_owned(),
            or_commented("passphrase_file", passphrase, "\"/etc/budstikke/passphrase\""),
            String::new(),
            "# Who looks at patient data when a command does not say --as HPR:ROLE. None by default: somebody must be named.".to_owned(),
            or_commented("as", person, "\"9144889:LE\""),
            String::new(),
            "# The purpose of use when a command does not say --purpose. Treatment, because that is what the node is for.".to_owned(),
            format!("purpose = \"{}\"", self.purpose),
            String::new(),
        ]
        .join("\n")
    }
}

fn default_listen() -> Vec<Text<256>> {
    DEFAULT_LISTEN.parse().into_iter().collect()
}

/// Treatment.
pub fn default_purpose() -> Purpose {
    Purpose::TREAT
}
