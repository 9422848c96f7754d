//! Reads evidence of a search: each member once, in order, bounded. Nothing is believed here.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use budstikke_keys::note::{NOTE_BYTES_MAX, Note};
use budstikke_keys::voprf::BATCH_MAX;
use budstikke_protocol::ids::{Fingerprint, OrganisationNumber};
use budstikke_protocol::index::judge::{AnswerEvidence, MemberEvidence, MemberProof};
use budstikke_protocol::index::list_proof::{LIST_PROOF_BYTES_MAX, ListProof};
use budstikke_protocol::index::records::Shown;
use budstikke_protocol::index::stated::{STATE_BYTES, Statement};
use budstikke_protocol::index::transcript::Transcript;
use budstikke_protocol::limits::{LIST_PAGE_MAX, LISTED_MAX, MEMBERS_MAX, STATEMENT_BYTES_MAX};
use budstikke_protocol::log::commitment::Salt;
use budstikke_protocol::log::tree::{PROOF_MAX, TreeHash};
use budstikke_protocol::patient::Identifier;
use serde_json::{Map, Value};
use tar::{Archive, Entries};
use zeroize::Zeroizing;

use super::form::{
    BLINDING_BYTES, DESCRIPTOR, Descriptor, ELEMENT_BYTES, FILE_BYTES_MAX, FORMAT, Line, List,
    MEMBERS, MEMBERS_BYTES_MAX, PROOF_BYTES, Proof, ROSTERS, VERSION, file, list, record,
};
use crate::evidence::archive::{
    BLOCK, DESCRIPTOR_BYTES_MAX, Unreadable, bytes, ends_with_empty_blocks, is_named, most, named,
    text, whole,
};
use crate::rosters::CHAIN_BYTES_MAX;

/// The most identifiers of one patient.
const PATIENTS_MAX: usize = 16;

/// The most bytes of a transcript.
const TRANSCRIPT_BYTES_MAX: usize = (BLINDING_BYTES + ELEMENT_BYTES) * BATCH_MAX + PROOF_BYTES;

/// The most pages of lists of one member.
const PAGES_MAX: usize = PATIENTS_MAX * (LISTED_MAX / LIST_PAGE_MAX + 2);

/// The members of a file.
#[derive(Debug)]
pub struct Parts {
    /// The rosters, a line each.
    pub rosters: String,
    /// What each member said.
    pub members: Vec<MemberEvidence>,
    /// What the file notes of itself.
    pub noted: Noted,
}

/// What `evidence.json` notes; none of it is proof.
#[derive(Debug, Clone)]
pub struct Noted {
    /// The federation whose rosters are in the file.
    pub federation: Fingerprint,
    /// Who searched.
    pub organisation: OrganisationNumber,
    /// Every identifier that the patient was sought under.
    pub patients: Vec<Identifier>,
}

/// Whether a file begins as evidence of a search does.
pub fn is_one(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut archive = Archive::new(file.take(DESCRIPTOR_BYTES_MAX.saturating_add(BLOCK)));
    let Ok(members) = archive.entries() else { return false };
    let first = members.raw(true).next().and_then(Result::ok);
    let first = first.filter(|first| is_named(first, DESCRIPTOR));
    let text = first.and_then(|first| text(first, DESCRIPTOR_BYTES_MAX).ok());
    let members = text.and_then(|text| serde_json::from_str::<Map<String, Value>>(&text).ok());
    members.is_some_and(|members| members.get("format").is_some_and(|format| format == FORMAT))
}

/// Reads the evidence in `path`.
///
/// # Errors
/// When the file ends too early, or is not evidence of a search of a version that is known.
pub fn read(path: &Path) -> Result<Parts, Unreadable> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > FILE_BYTES_MAX {
        return Err(Unreadable::damaged("the file is larger than evidence of a search can be"));
    }
    let ends_well = ends_with_empty_blocks(&mut file, length)?;
    let mut archive = Archive::new(BufReader::new(file));
    // Raw, as for evidence of a document: no member belongs here that one of tar's dialects adds.
    let mut files = Files { entries: archive.entries()?.raw(true), end: 0 };
    let descriptor = descriptor(&files.text(DESCRIPTOR, DESCRIPTOR_BYTES_MAX)?)?;
    if !ends_well {
        return Err(Unreadable::truncated());
    }
    let rosters = files.text(ROSTERS, CHAIN_BYTES_MAX)?;
    let lines = lines(&files.text(MEMBERS, MEMBERS_BYTES_MAX)?)?;
    let members = lines.into_iter().map(|line| files.member(line));
    let members = members.collect::<Result<Vec<_>, _>>()?;
    if let Some(more) = files.entries.next() {
        let name = String::from_utf8_lossy(&more?.path_bytes()).into_owned();
        return Err(Unreadable::damaged(format!("{name:?} does not belong where it stands")));
    }
    whole(length, files.end)?;
    let Descriptor { federation, organisation, patients, .. } = descriptor;
    Ok(Parts { rosters, members, noted: Noted { federation, organisation, patients } })
}

/// The files of the archive that were not read yet.
struct Files<'a, R: Read> {
    entries: Entries<'a, R>,
    /// Where the last one that was read ends.
    end: u64,
}

impl<R: Read> Files<'_, R> {
    fn bytes(&mut self, name: &str, max: u64) -> Result<Vec<u8>, Unreadable> {
        let next = self.entries.next().ok_or_else(Unreadable::truncated)??;
        let entry = named(next, name)?;
        self.end = entry.raw_file_position().saturating_add(entry.size());
        bytes(entry, max)
    }

    fn text(&mut self, name: &str, max: u64) -> Result<String, Unreadable> {
        let bytes = self.bytes(name, max)?;
        String::from_utf8(bytes).ok().ok_or(Unreadable::damaged(format!("{name} is not UTF-8")))
    }

    fn member(&mut self, line: Line) -> Result<MemberEvidence, Unreadable> {
        let Line { organisation, outcome, proof } = line;
        let proof = proof.map(|proof| self.proof(organisation, &proof)).transpose()?;
        Ok(MemberEvidence { member: organisation, outcome, proof })
    }

    fn proof(
        &mut self,
        member: OrganisationNumber,
        proof: &Proof,
    ) -> Result<MemberProof, Unreadable> {
        let checkpoint = self.note(&file(member, "checkpoint"))?;
        let name = file(member, "state");
        let state = self.bytes(&name, most(STATE_BYTES + 32 * PROOF_MAX))?;
        let (state, path) = state_of(&state).ok_or_else(|| refused(&name))?;
        let name = file(member, "transcript");
        let transcript = self.bytes(&name, most(TRANSCRIPT_BYTES_MAX))?;
        let transcript = transcript_of(&transcript).ok_or_else(|| refused(&name))?;
        let presence = if proof.presence {
            Some(self.bytes(&file(member, "presence"), FILE_BYTES_MAX)?)
        } else {
            None
        };
        let pages = proof.lists.iter().enumerate();
        let answers = pages.map(|(page, list)| self.answer(member, page, list));
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        let statement = Statement { checkpoint, state, path };
        Ok(MemberProof { statement, transcript, presence, answers })
    }

    fn answer(
        &mut self,
        member: OrganisationNumber,
        page: usize,
        said: &List,
    ) -> Result<AnswerEvidence, Unreadable> {
        let checkpoint = self.note(&list(member, page, "checkpoint"))?;
        let name = list(member, page, "proof");
        let proof = self.bytes(&name, most(LIST_PROOF_BYTES_MAX))?;
        let proof = ListProof::parse(&proof).ok().ok_or_else(|| refused(&name))?;
        let shown = said.shown.iter().map(|index| {
            let name = record(member, page, *index);
            let bytes = self.bytes(&name, most(32 + STATEMENT_BYTES_MAX))?;
            let (salt, manifest) = bytes.split_first_chunk().ok_or_else(|| refused(&name))?;
            // A changed manifest shall be told as such, also when the change made it something that is not text.
            let manifest = String::from_utf8_lossy(manifest).into_owned();
            Ok(Shown { index: *index, salt: Salt::from_bytes(Zeroizing::new(*salt)), manifest })
        });
        let shown = shown.collect::<Result<Vec<_>, Unreadable>>()?;
        let statement = Statement { checkpoint, state: proof.state, path: proof.path.clone() };
        let List { label, unkept, .. } = *said;
        Ok(AnswerEvidence { label, statement, proof, shown, unkept })
    }

    fn note(&mut self, name: &str) -> Result<Note, Unreadable> {
        let note = self.bytes(name, most(NOTE_BYTES_MAX))?;
        Note::parse(&note).ok().ok_or_else(|| refused(name))
    }
}

fn refused(name: &str) -> Unreadable {
    Unreadable::damaged(format!("{name} is not what it should be"))
}

fn state_of(bytes: &[u8]) -> Option<([u8; STATE_BYTES], Vec<TreeHash>)> {
    let (state, path) = bytes.split_first_chunk()?;
    let (hashes, rest) = path.as_chunks::<32>();
    rest.is_empty().then(|| (*state, hashes.iter().copied().map(TreeHash::from_bytes).collect()))
}

fn transcript_of(bytes: &[u8]) -> Option<Transcript> {
    let (elements, proof) = bytes.split_last_chunk::<PROOF_BYTES>()?;
    let (elements, rest) = elements.as_chunks::<{ BLINDING_BYTES + ELEMENT_BYTES }>();
    let (mut blindings, mut evaluated) = (Vec::new(), Vec::new());
    for element in elements {
        let (blinding, made) = element.split_first_chunk::<BLINDING_BYTES>()?;
        blindings.push(Zeroizing::new(*blinding));
        evaluated.push(made.try_into().ok()?);
    }
    rest.is_empty().then_some(Transcript { blindings, evaluated, proof: *proof })
}

fn descriptor(text: &str) -> Result<Descriptor, Unreadable> {
    let unreadable =
        || Unreadable::damaged("evidence.json is not that of search evidence version 1");
    // A map first: serde would take an array for a structure.
    let members: Map<String, Value> = serde_json::from_str(text).ok().ok_or_else(unreadable)?;
    let descriptor: Descriptor =
        serde_json::from_value(Value::Object(members)).ok().ok_or_else(unreadable)?;
    let fits = (1..=PATIENTS_MAX).contains(&descriptor.patients.len());
    let is_known = descriptor.format == FORMAT && descriptor.version == VERSION;
    if is_known && fits { Ok(descriptor) } else { Err(unreadable()) }
}

fn lines(text: &str) -> Result<Vec<Line>, Unreadable> {
    let lines: Vec<Line> = serde_json::from_str(text).ok().ok_or_else(|| refused(MEMBERS))?;
    let fits = |line: &Line| {
        let mut lists = line.proof.iter().flat_map(|proof| &proof.lists);
        line.proof.as_ref().is_none_or(|proof| proof.lists.len() <= PAGES_MAX)
            && lists.all(|list| list.shown.len() <= LIST_PAGE_MAX)
    };
    let ascends = lines.is_sorted_by(|one, other| one.organisation < other.organisation);
    if lines.len() <= MEMBERS_MAX && ascends && lines.iter().all(fits) {
        Ok(lines)
    } else {
        Err(refused(MEMBERS))
    }
}
