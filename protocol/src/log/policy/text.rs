//! The text of a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use budstikke_keys::note::{KeyKind, VerifierKey};
use thiserror::Error;

use super::model::{Group, Policy, PolicyLog, PolicyMember, PolicyWitness};
use crate::log::lines::number;

/// The most bytes of a policy: some hundred lines of a key and an address each.
pub const POLICY_BYTES_MAX: usize = 65_536;

/// The most logs, witnesses and groups, of each; twice what C2SP `tlog-policy` asks for.
pub const POLICY_LINES_MAX: usize = 64;

/// What stands for no quorum, and so names nobody.
const NONE: &str = "none";

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// More than [`POLICY_BYTES_MAX`].
    #[error("a policy has at most {POLICY_BYTES_MAX} bytes")]
    TooLarge,
    /// A control character other than tab and line feed.
    #[error("a policy is text without control characters")]
    NotText,
    /// A line is wrong: which, from 1, and why.
    #[error("line {line} of the policy {fault}")]
    Line {
        /// Which.
        line: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// No line says what the quorum is.
    #[error("the policy names no quorum")]
    NoQuorum,
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLarge);
        }
        if text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n' && byte != b'\t') {
            return Err(PolicyError::NotText);
        }
        let mut reader = Reader::default();
        for (number, line) in (1..).zip(text.split('\n')) {
            reader.read(line).map_err(|fault| PolicyError::Line { line: number, fault })?;
        }
        if !reader.has_quorum_line {
            return Err(PolicyError::NoQuorum);
        }
        let Reader { logs, witnesses, groups, quorum, .. } = reader;
        Ok(Self { logs, witnesses, groups, quorum })
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: Option<PolicyMember>,
    has_quorum_line: bool,
    names: BTreeMap<String, PolicyMember>,
    grouped: BTreeSet<PolicyMember>,
}

type Items<'a, 'b> = &'a mut dyn Iterator<Item = &'b str>;

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        let mut items = line.split([' ', '\t']).filter(|item| !item.is_empty());
        match items.next() {
            None => return Ok(()),
            Some(word) if word.starts_with('#') => return Ok(()),
            Some("log") => self.log(&mut items)?,
            Some("witness") => self.witness(&mut items)?,
            Some("group") => self.group(&mut items)?,
            Some("quorum") => self.set_quorum(&mut items)?,
            Some(_) => return Err("begins with a word that is not known"),
        }
        if items.next().is_some() { Err("says more than it may") } else { Ok(()) }
    }

    fn log(&mut self, items: Items<'_, '_>) -> Result<(), &'static str> {
        let key = key(items, KeyKind::Signature)?;
        if self.logs.iter().any(|log| log.key.key() == key.key()) {
            return Err("names a log again");
        }
        has_room(self.logs.len())?;
        self.logs.push(PolicyLog { key, url: items.next().map(str::to_owned) });
        Ok(())
    }

    fn witness(&mut self, items: Items<'_, '_>) -> Result<(), &'static str> {
        let name = self.new_name(items)?;
        let key = key(items, KeyKind::Cosignature)?;
        if self.witnesses.iter().any(|witness| witness.key.key() == key.key()) {
            return Err("names a witness again");
        }
        has_room(self.witnesses.len())?;
        self.names.insert(name.clone(), PolicyMember::Witness(self.witnesses.len()));
        self.witnesses.push(PolicyWitness { name, key, url: items.next().map(str::to_owned) });
        Ok(())
    }

    fn group(&mut self, items: Items<'_, '_>) -> Result<(), &'static str> {
        let name = self.new_name(items)?;
        let threshold = items.next().ok_or("does not say how many")?;
        let mut members = Vec::new();
        for item in items {
            let member = *self.names.get(item).ok_or("names what is not defined before it")?;
            if !self.grouped.insert(member) {
                return Err("names a member of a group again");
            }
            members.push(member);
        }
        let threshold = match threshold {
            "any" => Some(1),
            "all" => Some(members.len()),
            count => number(count).and_then(|count| usize::try_from(count).ok()),
        };
        let threshold = threshold.filter(|count| (1..=members.len()).contains(count));
        let threshold = threshold.ok_or("does not ask for one to all of its members")?;
        has_room(self.groups.len())?;
        self.names.insert(name.clone(), PolicyMember::Group(self.groups.len()));
        self.groups.push(Group { name, threshold, members });
        Ok(())
    }

    fn set_quorum(&mut self, items: Items<'_, '_>) -> Result<(), &'static str> {
        let name = items.next().ok_or("names no quorum")?;
        if std::mem::replace(&mut self.has_quorum_line, true) {
            return Err("sets the quorum again");
        }
        if name != NONE {
            let member = self.names.get(name).ok_or("names what is not defined before it")?;
            self.quorum = Some(*member);
        }
        Ok(())
    }

    fn new_name(&self, items: Items<'_, '_>) -> Result<String, &'static str> {
        let name = items.next().ok_or("has no name")?;
        if name == NONE || self.names.contains_key(name) {
            Err("has a name that is taken")
        } else {
            Ok(name.to_owned())
        }
    }
}

fn key(items: Items<'_, '_>, kind: KeyKind) -> Result<VerifierKey, &'static str> {
    let key: VerifierKey =
        items.next().and_then(|item| item.parse().ok()).ok_or("has no verifier key")?;
    if key.kind() == kind { Ok(key) } else { Err("has a verifier key of another type") }
}

fn has_room(count: usize) -> Result<(), &'static str> {
    if count < POLICY_LINES_MAX { Ok(()) } else { Err("is one too many of its sort") }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for PolicyLog { key, url } in &self.logs {
            writeln!(f, "log {key}{}", Behind(url.as_deref()))?;
        }
        for PolicyWitness { name, key, url } in &self.witnesses {
            writeln!(f, "witness {name} {key}{}", Behind(url.as_deref()))?;
        }
        for Group { name, threshold, members } in &self.groups {
            write!(f, "group {name} {threshold}")?;
            members.iter().try_for_each(|member| write!(f, " {}", self.name(*member)))?;
            writeln!(f)?;
        }
        writeln!(f, "quorum {}", self.quorum.map_or(NONE, |member| self.name(member)))
    }
}

/// An item that may be there.
struct Behind<'a>(Option<&'a str>);

impl fmt::Display for Behind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |item| write!(f, " {item}"))
    }
}

impl Policy {
    fn name(&self, member: PolicyMember) -> &str {
        let name = match member {
            PolicyMember::Witness(place) => self.witnesses.get(place).map(|witness| &witness.name),
            PolicyMember::Group(place) => self.groups.get(place).map(|group| &group.name),
        };
        name.map_or(NONE, String::as_str)
    }
}
