//! What was checked of a log, line by line, and under which key.

use budstikke_keys::note::{KeyKind, VerifierKey};
use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::history::History;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::receipt::Grade;
use budstikke_protocol::log::witnesses::Witnesses;
use serde::Serialize;

/// Which log the reviewer trusts.
#[derive(Debug)]
pub enum TrustedLog {
    /// The one with this key.
    Key(VerifierKey),
    /// That of the member of a federation that the checkpoint names.
    Roster {
        /// The federation's fingerprint, known out of band.
        federation: Fingerprint,
        /// Its rosters.
        roster: Chain,
    },
}

/// One line of what was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogCheck {
    /// What was checked.
    pub check: &'static str,
    /// Whether it failed.
    #[serde(skip_serializing_if = "is_false")]
    pub failed: bool,
    /// What was found.
    pub found: String,
}

impl LogCheck {
    /// Whether it passed.
    pub fn is_good(&self) -> bool {
        !self.failed
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(is_so: &bool) -> bool {
    !is_so
}

/// The lines so far; the first that fails is the last.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<LogCheck>);

/// A check has failed; nothing behind it would mean anything.
pub(super) struct Failed;

impl Checks {
    /// The lines.
    pub(super) fn into_lines(self) -> Vec<LogCheck> {
        self.0
    }

    /// Notes a check, and gives what it found to go on with.
    pub(super) fn note<T>(
        &mut self,
        check: &'static str,
        outcome: Result<(T, String), String>,
    ) -> Result<T, Failed> {
        let (value, failed, found) = match outcome {
            Ok((value, found)) => (Ok(value), false, found),
            Err(found) => (Err(Failed), true, found),
        };
        self.0.push(LogCheck { check, failed, found });
        value
    }
}

/// The key of the log and who must have cosigned, from what the reviewer trusts.
pub(super) fn key(
    checks: &mut Checks,
    trusted: TrustedLog,
    origin: &Origin,
) -> Result<(VerifierKey, Trusted), Failed> {
    match trusted {
        TrustedLog::Key(key) => Ok((key, Trusted::TheKey)),
        TrustedLog::Roster { federation, roster } => {
            let found = followed(roster, federation).and_then(|rosters| {
                let roster = newest(&rosters)?;
                let number = origin.organisation();
                let member = roster.member(number);
                let member = member.ok_or_else(|| format!("{number} is no member"))?;
                if roster.federation != *origin.federation() {
                    return Err(format!("the roster is that of {}", roster.federation));
                }
                let key = VerifierKey::new(origin.key_name(), KeyKind::Signature, member.keys.log);
                let found = format!("roster {} of {federation}: {}", roster.version, member.name);
                Ok(((key, Trusted::Rosters(rosters)), found))
            });
            checks.note("federation", found)
        }
    }
}

fn followed(chain: Chain, federation: Fingerprint) -> Result<Vec<Accepted>, String> {
    chain.walk(federation).map_err(|error| told(&error))
}

fn newest(rosters: &[Accepted]) -> Result<&Roster, String> {
    let newest = rosters.last().ok_or("the file holds no roster")?;
    Ok(newest.roster())
}

/// What is known of those who should have cosigned.
pub(super) enum Trusted {
    /// Nothing: the reviewer has no more than the key.
    TheKey,
    /// What the rosters say, each for its time.
    Rosters(Vec<Accepted>),
}

impl Trusted {
    /// What a checkpoint that was opened with `key` is worth. Without rosters nobody is known who should have cosigned.
    pub(super) fn grade(
        &self,
        checkpoint: &SignedCheckpoint,
        key: &VerifierKey,
    ) -> Result<Grade, String> {
        let Self::Rosters(rosters) = self else { return Ok(Grade::Promised) };
        let history = History::new(rosters.iter().map(Accepted::roster), newest(rosters)?);
        history.grade(checkpoint, key.key()).map_err(|error| told(&error))
    }

    /// The grade of a checkpoint in words.
    pub(super) fn told(&self, grade: Grade, origin: &Origin) -> String {
        let has_witnesses = |rosters: &[Accepted]| {
            newest(rosters).is_ok_and(|newest| !Witnesses::of(newest, origin).members().is_empty())
        };
        match (grade, self) {
            (Grade::Witnessed { since }, _) => format!("witnessed since {since}"),
            (Grade::Promised, Self::TheKey) => {
                "promised: the log has signed; --roster tells who should have cosigned".to_owned()
            }
            (Grade::Promised, Self::Rosters(rosters)) if !has_witnesses(rosters) => {
                "promised, unwitnessed: the federation has no other active member".to_owned()
            }
            (Grade::Promised, Self::Rosters(_)) => {
                "promised: no quorum of witnesses has cosigned it".to_owned()
            }
        }
    }
}

/// An error in words.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    crate::failure::chain(error)
}
