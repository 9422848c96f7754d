//! Members of evidence, put together by hand from the specification.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Statement as _;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::fingerprint::fingerprint;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::OrganisationNumber;
use data_encoding::BASE64;
use serde_json::Value;

use super::Input;
use crate::cast::{self, HOSPITAL_SIGN};
use crate::definition;
use crate::formats::log::note::Raw;
use crate::formats::log::sample::{self, LOG, ORIGIN};
use crate::handmade::{many, stated};
use crate::leaves::entry;
use crate::sample::{Change as _, manifest, member, roster};

/// How many entries the log has; the manifest's is the third.
const SIZE: usize = 5;

/// The place of the manifest's entry.
const INDEX: usize = 2;

/// The members of an evidence file before they are written, so that each can be changed.
#[derive(Clone)]
pub struct File {
    /// The rosters, oldest first.
    pub rosters: Vec<Value>,
    /// What the manifest says.
    pub manifest: Value,
    /// Who signs it.
    pub signer: &'static str,
    /// Whether there is a receipt.
    pub has_receipt: bool,
    /// The name of the log.
    pub origin: String,
    /// The key of the log.
    pub log: &'static str,
    /// The cosignatures: the organisation, the name of the key, and when.
    pub cosigned: Vec<(String, String, u64)>,
    /// What is done to the receipt at the end.
    pub spoil: fn(String) -> String,
}

impl File {
    /// The sample's rosters and manifest, with a receipt that its only witness cosigned at `time`.
    pub fn witnessed(time: u64) -> Self {
        Self {
            rosters: vec![roster()],
            manifest: manifest(),
            signer: HOSPITAL_SIGN,
            has_receipt: true,
            origin: ORIGIN.to_owned(),
            log: LOG,
            cosigned: vec![(cast::MUNICIPALITY.to_owned(), sample::WITNESS.to_owned(), time)],
            spoil: |text| text,
        }
    }

    /// The same without a receipt.
    #[must_use]
    pub fn without_receipt(self) -> Self {
        Self { has_receipt: false, ..self }
    }

    /// The same without cosignatures.
    #[must_use]
    pub fn promised(self) -> Self {
        Self { cosigned: Vec::new(), ..self }
    }

    /// The same with a further roster, issued at `time` and changed by `change`.
    #[must_use]
    pub fn then(mut self, issued: &str, change: impl FnOnce(Value) -> Value) -> Self {
        let before = self.rosters.last().unwrap();
        let version = before["version"].as_u64().unwrap() + 1;
        let previous = Sha256Digest::of(&before.bytes()).to_string();
        let next = before.clone().with("/version", version).with("/previous", previous);
        self.rosters.push(change(next.with("/issued", issued)));
        self
    }

    /// The same with so many further members in the first roster, all of them witnesses of the log, and their numbers.
    pub fn with_members(mut self, count: u32) -> (Self, Vec<String>) {
        let numbers = (310_001_000_u32..).map(|number| number.to_string());
        let numbers = numbers.filter(|number| number.parse::<OrganisationNumber>().is_ok());
        let numbers: Vec<String> = numbers.take(usize::try_from(count).unwrap()).collect();
        for number in &numbers {
            let first = self.rosters.remove(0);
            let one = member(number, "other", "Et medlem");
            let keys = crate::sample::keys(number);
            self.rosters.insert(0, first.with("/members/-", one.with("/keys", keys)));
        }
        (self, numbers)
    }

    /// As it is written.
    pub fn input(&self) -> Input {
        let key = cast::key(self.signer);
        let manifest = stated(Manifest::TYP, &self.manifest.bytes(), &key);
        let receipt = self.has_receipt.then(|| Raw::Text((self.spoil)(self.receipt(&manifest))));
        let stewards = ["steward 1", "steward 2"].map(cast::key);
        let signed = |roster: &Value| many(Roster::TYP, &roster.bytes(), &stewards).to_string();
        let rosters = self.rosters.iter().map(signed).collect();
        let first: Roster = serde_json::from_value(self.rosters[0].clone()).unwrap();
        Input { fingerprint: fingerprint(&first), rosters, manifest, receipt }
    }

    /// The receipt of a statement of the hospital, in its log.
    pub fn receipt(&self, signed: &str) -> String {
        let salt = [0x5a; 32];
        let tag = b"budstikke/record/v1";
        let digest = Sha256Digest::of(signed.as_bytes());
        let committed = [&[19][..], tag, &salt, digest.as_bytes()].concat();
        let record = [&[1][..], Sha256Digest::of(&committed).as_bytes()].concat();
        let entry = |at: usize| if at == INDEX { record.clone() } else { entry(at) };
        let leaves: Vec<_> = (0..SIZE).map(|at| definition::leaf(&entry(at))).collect();
        let root = BASE64.encode(definition::root(&leaves).as_bytes());
        let path = definition::path(INDEX, &leaves);
        let path: String = path.iter().map(|hash| BASE64.encode(hash.as_bytes()) + "\n").collect();
        let head = format!("{}\n{SIZE}\n{root}\n", self.origin);
        let own = sample::signature(&head, &self.origin, self.log);
        let cosigned = self.cosigned.iter().map(|(organisation, key, time)| {
            let name = format!("vectors.example/{organisation}/witness");
            sample::cosignature(&head, &name, key, *time)
        });
        let lines: String = [own].into_iter().chain(cosigned).collect();
        let extra = BASE64.encode(&salt);
        format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {INDEX}\n{path}\n{head}\n{lines}")
    }
}
