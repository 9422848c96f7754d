//! The judgement of a search, offline: what each member asserted of a patient, and when.
//!
//! A member that gave no answer proves nothing, and neither does what the searcher says of it. What is judged of the others is what their own
//! signatures bear out: that the label is the patient's, and that the log commits to exactly this list, or the presence file names nobody.

use std::collections::{BTreeMap, BTreeSet};

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;

use super::label::Label;
use super::list_proof::ListProof;
use super::outcome::{Basis, Fault, Outcome};
use super::presence::Presence;
use super::records::{Records, Shown, Sought, verify_records};
use super::state::fits;
use super::stated::{Stated, Statement};
use super::transcript::Transcript;
use crate::document::judge::{Check, Expected, Failure, roster};
use crate::document::manifest::Manifest;
use crate::ids::OrganisationNumber;
use crate::log::history::History;
use crate::log::origin::Origin;
use crate::log::receipt::Grade;
use crate::patient::Identifier;

/// What evidence of a search holds, read but not judged.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// Every identifier that the patient was sought under.
    pub patients: &'a [Identifier],
    /// What each member said.
    pub members: &'a [MemberEvidence],
    /// The rosters, followed from the fingerprint.
    pub history: History<'a>,
}

/// What one member said.
#[derive(Debug)]
pub struct MemberEvidence {
    /// Who.
    pub member: OrganisationNumber,
    /// What the searcher made of it.
    pub outcome: Outcome,
    /// What shows it; nothing when the member said nothing.
    pub proof: Option<MemberProof>,
}

/// Everything that a member said that is proof of something.
#[derive(Debug)]
pub struct MemberProof {
    /// How its index stood.
    pub statement: Statement,
    /// What was asked blindly, and the answer.
    pub transcript: Transcript,
    /// Its presence file, when it is at hand.
    pub presence: Option<Vec<u8>>,
    /// Its answers to the named questions.
    pub answers: Vec<AnswerEvidence>,
}

/// An answer to a named question.
#[derive(Debug)]
pub struct AnswerEvidence {
    /// Of which of the identifiers it is the list.
    pub label: u16,
    /// The head that the proof is of, with its STATE.
    pub statement: Statement,
    /// The list proof.
    pub proof: ListProof,
    /// The records that were shown.
    pub shown: Vec<Shown>,
    /// How many more were shown than stand here.
    pub unkept: u64,
}

/// The outcome of all checks.
#[derive(Debug)]
pub struct Judgement {
    /// What was checked of the search as a whole, in order.
    pub checks: Vec<Check>,
    /// What was checked of each member.
    pub members: Vec<MemberJudgement>,
}

/// What a member is shown to have asserted.
#[derive(Debug)]
pub struct MemberJudgement {
    /// Who.
    pub member: OrganisationNumber,
    /// What the searcher made of it.
    pub outcome: Outcome,
    /// On what it rests; nothing when nothing is shown.
    pub basis: Option<Basis>,
    /// The records that it showed.
    pub records: Vec<Verified<Manifest>>,
    /// A line for each check made, in order.
    pub checks: Vec<Check>,
}

impl Judgement {
    /// Whether every check passed.
    pub fn is_good(&self) -> bool {
        let members = self.members.iter().flat_map(|member| &member.checks);
        self.checks.iter().chain(members).all(|check| check.failure.is_none())
    }
}

/// Judges `evidence`, as of `now`.
pub fn judge(evidence: &Evidence<'_>, expected: &Expected<'_>, now: Timestamp) -> Judgement {
    let mut checks = vec![roster::line(evidence.history.newest(), now)];
    if let Some(patient) = expected.patient {
        let is_it = evidence.patients.iter().any(|known| known.reveal() == patient);
        let is_it = if is_it { Ok(()) } else { Err(Failure::WrongPatient) };
        checks.push(Check::of("expected patient", is_it, "the identifiers that were sought"));
    }
    if let Some(organisation) = expected.organisation {
        let is_it = evidence.members.iter().any(|member| member.member == organisation);
        let is_it = if is_it { Ok(()) } else { Err(Failure::WrongOrganisation) };
        checks.push(Check::of("expected organisation", is_it, "the members that were asked"));
    }
    let members = evidence.members.iter().map(|member| judge_member(evidence, member));
    Judgement { checks, members: members.collect() }
}

fn judge_member(evidence: &Evidence<'_>, member: &MemberEvidence) -> MemberJudgement {
    let mut judged = MemberJudgement {
        member: member.member,
        outcome: member.outcome,
        basis: None,
        records: Vec::new(),
        checks: Vec::new(),
    };
    match (&member.proof, member.outcome) {
        (Some(proof), _) => {
            if let Err(check) = proven(evidence, member, proof, &mut judged) {
                judged.checks.push(check);
            }
        }
        (None, Outcome::Records { .. }) => judged.checks.push(Check::failed(
            "list",
            Failure::ListInvalid,
            "records are claimed, and nothing shows them",
        )),
        // An index without a key names nobody; the statement alone would show it, and was not kept.
        (None, Outcome::None(_)) => judged.checks.push(Check::failed(
            "presence",
            Failure::PresenceInvalid,
            "it is claimed that there are none, and nothing shows it",
        )),
        (None, Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Fault(_)) => {
            judged.checks.push(Check::passed("answer", "none that would show anything"));
        }
    }
    judged
}

fn proven(
    evidence: &Evidence<'_>,
    member: &MemberEvidence,
    proof: &MemberProof,
    judged: &mut MemberJudgement,
) -> Result<(), Check> {
    let newest = evidence.history.newest();
    let origin = Origin::records(newest.federation.clone(), member.member);
    let stated = proof.statement.open(&origin, &evidence.history);
    let stated =
        stated.map_err(|error| Check::failed("state", Failure::StateInvalid, error.to_string()))?;
    judged.checks.push(Check::passed("state", told(&stated)));
    let labels = if stated.state.epoch == 0 {
        Vec::new()
    } else {
        let labels = proof.transcript.labels(evidence.patients, &origin, &stated.state);
        let labels = labels
            .map_err(|error| Check::failed("label", Failure::LabelInvalid, error.to_string()))?;
        let found = "made for these identifiers with the key that the log announces";
        judged.checks.push(Check::passed("label", found));
        labels
    };
    let present = present(proof, &stated, &labels)?;
    match (member.outcome, present) {
        (Outcome::None(_), Some(present)) if !present.contains(&true) => {
            judged.basis = Some(basis(&stated));
            let found = "whole, and none of the identifiers stands in it";
            judged.checks.push(Check::passed("presence", found));
            Ok(())
        }
        (Outcome::None(_), Some(_)) => Err(Check::failed(
            "presence",
            Failure::OutcomeContradicted,
            "an identifier stands in it of which it is claimed that it does not",
        )),
        (Outcome::None(_), None) => Err(Check::failed(
            "presence",
            Failure::PresenceInvalid,
            "the presence file of that time is not in the file",
        )),
        (Outcome::Records { listed, withheld, .. }, _) => {
            lists(evidence, (member, proof), (&stated, &labels), (listed, withheld), judged)
        }
        (Outcome::Fault(Fault::Inflated), Some(present)) if present.contains(&true) => {
            judged.basis = Some(basis(&stated));
            let found = "names an identifier; that no record was shown is the searcher's word";
            judged.checks.push(Check::passed("presence", found));
            Ok(())
        }
        (Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Fault(_), _) => {
            judged.checks.push(Check::passed("answer", "none that shows more"));
            Ok(())
        }
    }
}

/// Which of the labels stand in the presence file; nothing when it is not at hand. An index that never had a key names nobody.
fn present(
    proof: &MemberProof,
    stated: &Stated,
    labels: &[Label],
) -> Result<Option<Vec<bool>>, Check> {
    let Some(bytes) = &proof.presence else {
        return Ok((stated.state.map_count == 0).then(|| vec![false; labels.len()]));
    };
    let mut presence = Presence::default();
    let is_it = presence.extend(bytes).is_ok() && fits(&presence, &stated.state).is_ok();
    if !is_it {
        let found = "the presence file is not the one that the log commits to";
        return Err(Check::failed("presence", Failure::PresenceInvalid, found));
    }
    Ok(Some(labels.iter().map(|label| presence.has(label.tag())).collect()))
}

fn lists(
    evidence: &Evidence<'_>,
    (member, proof): (&MemberEvidence, &MemberProof),
    (stated, labels): (&Stated, &[Label]),
    (listed, withheld): (u64, u64),
    judged: &mut MemberJudgement,
) -> Result<(), Check> {
    let invalid = |found: String| Check::failed("list", Failure::ListInvalid, found);
    let origin = Origin::records(evidence.history.newest().federation.clone(), member.member);
    let mut all = BTreeSet::new();
    let (mut hidden, mut found, mut unkept) = (Vec::new(), BTreeMap::new(), 0_u64);
    let mut last: BTreeMap<u16, (&AnswerEvidence, Vec<&Shown>)> = BTreeMap::new();
    for answer in &proof.answers {
        let (newest, shown) = last.entry(answer.label).or_insert((answer, Vec::new()));
        *newest = answer;
        shown.extend(&answer.shown);
        unkept = unkept.saturating_add(answer.unkept);
    }
    for (number, (answer, shown)) in last {
        let label = labels.get(usize::from(number));
        let label = label.ok_or_else(|| invalid("a list of no identifier".to_owned()))?;
        let at = answer.statement.open(&origin, &evidence.history);
        let at = at.map_err(|error| invalid(error.to_string()))?;
        if at.head.size < stated.head.size {
            return Err(invalid("the list is of an earlier head than the state".to_owned()));
        }
        let sought = Sought {
            custodian: member.member,
            label,
            patients: evidence.patients,
            roster: evidence.history.newest(),
        };
        let shown: Vec<Shown> = shown.into_iter().map(Shown::copied).collect();
        let records: Records = verify_records(&at.head, &sought, &answer.proof, &shown)
            .map_err(|error| invalid(error.to_string()))?;
        all.extend(records.listed);
        hidden.extend(records.withheld);
        found.extend(records.shown);
        judged.basis = Some(match judged.basis {
            Some(before) if before.as_of <= at.as_of => before,
            _ => basis(&at),
        });
    }
    hidden.retain(|index| !found.contains_key(index));
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let is_said =
        count(all.len()) == listed && count(hidden.len()) == withheld.saturating_add(unkept);
    if !is_said {
        return Err(Check::failed(
            "list",
            Failure::OutcomeContradicted,
            format!("{} records are shown to be listed, and {listed} are claimed", all.len()),
        ));
    }
    judged.checks.push(Check::passed(
        "list",
        format!("all of {listed} open records, {} shown, {withheld} withheld", found.len()),
    ));
    judged.records = found.into_values().collect();
    Ok(())
}

fn basis(stated: &Stated) -> Basis {
    let is_witnessed = matches!(stated.grade, Grade::Witnessed { .. });
    Basis { as_of: stated.as_of, is_witnessed }
}

fn told(stated: &Stated) -> String {
    let size = stated.head.size;
    match stated.grade {
        Grade::Witnessed { .. } => {
            format!("the log had {size} entries at {}, as a quorum of witnesses says", stated.as_of)
        }
        Grade::Promised => {
            format!("the log had {size} entries at {}, as it says itself", stated.as_of)
        }
    }
}
