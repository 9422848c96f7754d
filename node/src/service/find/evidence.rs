//! Evidence of a search: everything that was kept of it, and the presence files that show who has nothing.

use budstikke_keys::note::Note;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::FindId;
use budstikke_protocol::index::judge::{AnswerEvidence, MemberProof};
use budstikke_protocol::index::list_proof::ListProof;
use budstikke_protocol::index::outcome::Outcome;
use budstikke_protocol::index::records::Shown;
use budstikke_protocol::index::stated::Statement;
use budstikke_protocol::index::transcript::Transcript;
use budstikke_protocol::log::commitment::Salt;
use budstikke_protocol::log::entry::{Entry, State};
use tokio::task::block_in_place;
use zeroize::Zeroizing;

use crate::clock;
use crate::evidence::find::{About, Piece, write};
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Answer, Commit, FoundMember, FoundProof};

/// Evidence of a search, whole.
#[derive(Debug)]
pub struct Export {
    /// The file.
    pub file: Vec<u8>,
    /// How many members are in it.
    pub members: usize,
    /// How many presence files are no longer here that would show that somebody had nothing.
    pub unproven: usize,
}

/// Makes evidence of a search, after the look has been recorded; nothing when there was none with this id.
///
/// # Errors
/// When it is damaged, or the look cannot be recorded.
pub async fn export(
    ctx: &Context,
    caller: &Caller,
    find: FindId,
) -> Result<Option<Export>, Failure> {
    let Some((time, found)) = block_in_place(|| ctx.store.finds().get(find))? else {
        return Ok(None);
    };
    let record = Record::permitted(Action::Export, caller, clock::now());
    let record = found.patients.iter().fold(record, Record::of_patient);
    ctx.store.commit(Commit::new(record)).await?;
    let rosters = ctx.federation.to_chain().await;
    let federation = ctx.federation.view().fingerprint;
    let mut members = found.members;
    members.sort_by_key(|said| said.member);
    let pieces: Vec<Piece> =
        block_in_place(|| members.iter().map(|said| piece(ctx, said)).collect());
    let organisation = ctx.here();
    let about = About { organisation, find, time, patients: &found.patients };
    let file = write(&about, &pieces, (federation, &rosters), clock::now())
        .map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    let unproven = pieces.iter().filter(|piece| lacks_presence(piece)).count();
    Ok(Some(Export { file, members: pieces.len(), unproven }))
}

fn piece(ctx: &Context, said: &FoundMember) -> Piece {
    let proof = said.proof.as_ref().and_then(|proof| {
        let statement = proof.state.statement()?;
        let presence = state(&statement).and_then(|state| {
            let files = ctx.mirrors.files();
            files.presence_bytes(said.member, state.epoch, state.presence_bytes)
        });
        let answers = proof.answers.iter().map(answer).collect::<Option<Vec<_>>>()?;
        Some(MemberProof { statement, transcript: transcript(proof), presence, answers })
    });
    Piece { member: said.member, outcome: said.outcome, proof }
}

/// Whether it is said that there is nothing, and what shows it is no longer here.
fn lacks_presence(piece: &Piece) -> bool {
    matches!(piece.outcome, Outcome::None(_))
        && piece.proof.as_ref().is_none_or(|proof| proof.presence.is_none())
}

fn state(statement: &Statement) -> Option<State> {
    match Entry::parse(&statement.state).ok()? {
        Entry::State(state) => Some(state),
        Entry::Record(_) | Entry::Ticket(_) | Entry::Erase(_) | Entry::Predecessor(_) => None,
    }
}

fn transcript(proof: &FoundProof) -> Transcript {
    let blindings = proof.blindings.iter();
    Transcript {
        blindings: blindings.map(|blinding| Zeroizing::new(blinding.into_array())).collect(),
        evaluated: proof.evaluated.iter().map(|element| element.into_array()).collect(),
        proof: proof.evaluation.into_array(),
    }
}

fn answer(answer: &Answer) -> Option<AnswerEvidence> {
    let proof = ListProof::parse(&answer.proof).ok()?;
    let checkpoint = Note::parse(answer.checkpoint.as_bytes()).ok()?;
    let statement = Statement { checkpoint, state: proof.state, path: proof.path.clone() };
    let shown = answer.shown.iter().map(|record| Shown {
        index: record.index,
        salt: Salt::from_bytes(Zeroizing::new(record.salt.into_array())),
        manifest: record.manifest.clone(),
    });
    Some(AnswerEvidence {
        label: answer.label,
        statement,
        proof,
        shown: shown.collect(),
        unkept: answer.unkept,
    })
}
