//! `evidence`: what the members of an evidence file, taken together, show of a document.

mod cases;
mod file;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::content::ContentHasher;
use budstikke_protocol::document::judge::{Evidence, Expected, Judgement, judge};
use budstikke_protocol::federation::accept::Accepted as Roster;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::log::history::History;
use serde::{Deserialize, Serialize};

pub use file::File;

use super::log::note::Raw;
use crate::cast::{self, NOW};
use crate::rule::ByRule;
use crate::sample::DOCUMENT_BYTES;
use crate::vector::{Cases, Format, Written, kebab};

/// Evidence of the document of the sample.
pub struct Evidences;

/// The members of the file, and what the reviewer was told out of band. The document is that of the sample.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which federation it should be.
    pub fingerprint: Fingerprint,
    /// The lines of the roster file, and of a newer one if there is one.
    pub rosters: Vec<String>,
    /// The manifest.
    pub manifest: String,
    /// The receipt, unless there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receipt: Option<Raw>,
}

/// What is found.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The names of the failures, in the order of the checks; none when the evidence is good.
    pub failures: Vec<String>,
    /// When the manifest existed at the latest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub witnessed: Option<Timestamp>,
}

impl Input {
    /// What the code under test makes of it.
    pub fn judgement(&self) -> Judgement {
        let chain = Chain::parse(&self.rosters.join("\n")).unwrap();
        let rosters = chain.walk(self.fingerprint).unwrap();
        let (newest, earlier) = rosters.split_last().unwrap();
        let mut content = ContentHasher::default();
        content.update(&ByRule::new(DOCUMENT_BYTES).bytes()).unwrap();
        let signed = self.manifest.rsplit_once('.').unwrap().0;
        let receipt = self.receipt.as_ref().map(Raw::bytes);
        let evidence = Evidence {
            manifest: &self.manifest,
            signing_input: Sha256Digest::of(signed.as_bytes()),
            content: &content.finish().unwrap(),
            history: History::new(earlier.iter().map(Roster::roster), newest.roster()),
            receipt: receipt.as_deref(),
        };
        judge(&evidence, &Expected::default(), cast::time(NOW))
    }
}

impl Format for Evidences {
    const NAME: &'static str = "evidence";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let judgement = input.judgement();
        let failures = judgement.checks.iter().filter_map(|check| check.failure);
        let failures = failures.map(|failure| kebab(&format!("{failure:?}"))).collect();
        Ok(Accepted { failures, witnessed: judgement.witnessed })
    }
}

impl Written for Evidences {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        cases::all(&mut |name: &str, shows: &str, file: File, failures: &[&str], witnessed| {
            let failures = failures.iter().map(|name| (*name).to_owned()).collect();
            let witnessed = Option::map(witnessed, cast::time);
            cases.accepted(name, shows, file.input(), Accepted { failures, witnessed });
        });
        cases
    }
}
