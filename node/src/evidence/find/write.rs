//! Writes evidence of a search.

use std::io;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{FindId, Fingerprint, OrganisationNumber};
use budstikke_protocol::index::judge::{AnswerEvidence, MemberProof};
use budstikke_protocol::index::outcome::Outcome;
use budstikke_protocol::index::stated::Statement;
use budstikke_protocol::index::transcript::Transcript;
use budstikke_protocol::patient::Identifier;
use tar::Builder;

use super::form::{
    self, DESCRIPTOR, Descriptor, FORMAT, Line, List, MEMBERS, Proof, ROSTERS, VERSION,
};
use crate::evidence::archive::header;

/// Which search it is evidence of.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Who searched.
    pub organisation: OrganisationNumber,
    /// Which search.
    pub find: FindId,
    /// When it ended.
    pub time: Timestamp,
    /// Every identifier that the patient was sought under.
    pub patients: &'a [Identifier],
}

/// What a member said.
#[derive(Debug)]
pub struct Piece {
    /// Who.
    pub member: OrganisationNumber,
    /// What the searcher made of it.
    pub outcome: Outcome,
    /// What shows it.
    pub proof: Option<MemberProof>,
}

/// The file.
///
/// # Errors
/// When the archive cannot be built, which no input can cause.
pub fn write(
    about: &About<'_>,
    pieces: &[Piece],
    (federation, rosters): (Fingerprint, &str),
    now: Timestamp,
) -> io::Result<Vec<u8>> {
    let descriptor = Descriptor {
        format: FORMAT.to_owned(),
        version: VERSION,
        created: now,
        federation,
        organisation: about.organisation,
        find: about.find,
        time: about.time,
        patients: about.patients.to_vec(),
    };
    let lines: Vec<Line> = pieces.iter().map(line).collect();
    let mut archive = Archive { tar: Builder::new(Vec::new()), now };
    archive.json(DESCRIPTOR, &descriptor)?;
    archive.file(ROSTERS, rosters.as_bytes())?;
    archive.json(MEMBERS, &lines)?;
    for piece in pieces {
        if let Some(proof) = &piece.proof {
            archive.proof(piece.member, proof)?;
        }
    }
    archive.tar.into_inner()
}

struct Archive {
    tar: Builder<Vec<u8>>,
    now: Timestamp,
}

impl Archive {
    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let size = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.tar.append_data(&mut header(size, self.now), name, bytes)
    }

    fn json(&mut self, name: &str, value: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)? + "\n";
        self.file(name, text.as_bytes())
    }

    fn proof(&mut self, member: OrganisationNumber, proof: &MemberProof) -> io::Result<()> {
        let note = proof.statement.checkpoint.to_string();
        self.file(&form::file(member, "checkpoint"), note.as_bytes())?;
        self.file(&form::file(member, "state"), &state(&proof.statement))?;
        self.file(&form::file(member, "transcript"), &transcript(&proof.transcript))?;
        if let Some(presence) = &proof.presence {
            self.file(&form::file(member, "presence"), presence)?;
        }
        for (page, answer) in proof.answers.iter().enumerate() {
            self.answer(member, page, answer)?;
        }
        Ok(())
    }

    fn answer(
        &mut self,
        member: OrganisationNumber,
        page: usize,
        answer: &AnswerEvidence,
    ) -> io::Result<()> {
        let note = answer.statement.checkpoint.to_string();
        self.file(&form::list(member, page, "checkpoint"), note.as_bytes())?;
        self.file(&form::list(member, page, "proof"), &answer.proof.to_bytes())?;
        for shown in &answer.shown {
            let record = [shown.salt.bytes().as_slice(), shown.manifest.as_bytes()].concat();
            self.file(&form::record(member, page, shown.index), &record)?;
        }
        Ok(())
    }
}

fn line(piece: &Piece) -> Line {
    let list = |answer: &AnswerEvidence| List {
        label: answer.label,
        shown: answer.shown.iter().map(|shown| shown.index).collect(),
        unkept: answer.unkept,
    };
    let proof = piece.proof.as_ref().map(|proof| Proof {
        presence: proof.presence.is_some(),
        lists: proof.answers.iter().map(list).collect(),
    });
    Line { organisation: piece.member, outcome: piece.outcome, proof }
}

/// The STATE, and the hashes from it to the root.
fn state(statement: &Statement) -> Vec<u8> {
    let hashes = statement.path.iter().flat_map(|hash| hash.as_bytes().as_slice());
    statement.state.iter().chain(hashes).copied().collect()
}

/// Of each identifier the blinding and what was made of it, and the proof.
fn transcript(transcript: &Transcript) -> Vec<u8> {
    let elements = transcript.blindings.iter().zip(&transcript.evaluated);
    let elements =
        elements.flat_map(|(blinding, evaluated)| [blinding.as_slice(), evaluated.as_slice()]);
    elements.chain([transcript.proof.as_slice()]).flatten().copied().collect()
}
