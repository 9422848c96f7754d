//! Commands about the federation: stewards make and sign rosters, members join and import them.

use std::path::Path;

use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::{Limits, Status};
use budstikke_protocol::ids::{Fingerprint, OrganisationNumber};
use serde_json::{Value, json};

use super::args::Roster as Verb;
use super::output::print;
use super::terminal::{Terminal, wait};
use super::{table, transfer};
use crate::control::channel::SOCKET;
use crate::control::client::Running;
use crate::control::message::Command;
use crate::failure::Failure;
use crate::home::{Lock, write_durably};
use crate::keyfile::{self, Chosen};
use crate::roster_file::{self, Draft};
use crate::rosters::{Handed, Rosters, RostersError};
use crate::runtime::read_config;

pub(super) fn roster(terminal: &Terminal, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Create { name, environment, stewards, threshold, members, days, roster } => {
            if roster.exists() {
                return Err(Failure::new(
                    format!("{} exists already", roster.display()),
                    "name another file",
                ));
            }
            let stewards = stewards
                .iter()
                .map(|path| super::init::read_steward(path))
                .collect::<Result<_, _>>()?;
            let mut draft = Draft::first(name, environment, stewards, threshold, days)?;
            for path in &members {
                draft.add(&roster_file::read_request(path)?, None)?;
            }
            roster_file::write(&roster, &draft.into_file()?)?;
            told(terminal, &roster)
        }
        Verb::Add { requests, lost_since, roster } => {
            let mut draft = Draft::after(roster_file::read(&roster)?)?;
            for path in &requests {
                draft.add(&roster_file::read_request(path)?, lost_since)?;
            }
            roster_file::write(&roster, &draft.into_file()?)?;
            told(terminal, &roster)
        }
        Verb::Suspend { organisation, roster } => {
            status(terminal, &roster, organisation, Status::Suspended)
        }
        Verb::Limit { organisation, questions_per_minute, blind_per_day, roster } => {
            let mut draft = Draft::after(roster_file::read(&roster)?)?;
            draft.set_limits(organisation, Limits { questions_per_minute, blind_per_day })?;
            roster_file::write(&roster, &draft.into_file()?)?;
            told(terminal, &roster)
        }
        Verb::Revoke { organisation, roster } => {
            status(terminal, &roster, organisation, Status::Revoked)
        }
        Verb::Sign { roster } => {
            let passphrase =
                terminal.passphrase(terminal.passphrase_file.as_deref(), Chosen::Before)?;
            let key = keyfile::open_steward(&terminal.home, &passphrase)?;
            let signed = roster_file::sign(roster_file::read(&roster)?, &key.key)?;
            roster_file::write(&roster, &signed)?;
            told(terminal, &roster)
        }
        Verb::Show { roster } => show(terminal, roster.as_deref()),
        Verb::Import { roster } => import(terminal, &roster),
        Verb::Export { output } => export(terminal, output.as_deref()),
        Verb::Settle { version, keep } => settle(terminal, version, keep),
    }
}

pub(super) fn join(
    terminal: &Terminal,
    federation: Fingerprint,
    roster: &Path,
) -> Result<(), Failure> {
    let config = read_config(&terminal.home)?;
    let _lock = terminal.home.lock()?;
    let rosters = Rosters::join(&terminal.home, federation, roster_file::read(roster)?)?;
    let newest = rosters.newest()?.roster().clone();
    let is_member = newest.member(config.organisation).is_some();
    let value = json!({"federation": federation, "name": newest.federation, "roster": newest.version, "member": is_member});
    terminal.output.result(&value, || {
        format!(
            "joined {}, roster version {}\n\nnext: budstikke run --home {}",
            newest.federation,
            newest.version,
            terminal.home.dir().display()
        )
    })?;
    if !is_member {
        terminal.output.note(
            "note: this organisation is not in that roster yet; other nodes let it in once it is",
        );
    }
    Ok(())
}

fn status(
    terminal: &Terminal,
    path: &Path,
    organisation: OrganisationNumber,
    status: Status,
) -> Result<(), Failure> {
    let mut draft = Draft::after(roster_file::read(path)?)?;
    draft.set_status(organisation, status)?;
    roster_file::write(path, &draft.into_file()?)?;
    told(terminal, path)
}

/// What the roster file says now, and what is to be done next. A script gets the fingerprint.
fn told(terminal: &Terminal, path: &Path) -> Result<(), Failure> {
    let summary = roster_file::summary(&roster_file::read(path)?)?;
    let value = json!(summary);
    terminal.output.note(&table::members(&value));
    terminal.output.result(&value, || summary.fingerprint.to_string())?;
    let missing = usize::from(summary.threshold).saturating_sub(summary.signed);
    terminal.output.note(&match missing {
        0 => format!("next: signed by enough stewards; give {} to the members", path.display()),
        missing => format!(
            "next: {missing} more steward(s) must sign: budstikke roster sign {} --home STEWARD",
            path.display()
        ),
    });
    Ok(())
}

fn show(terminal: &Terminal, path: Option<&Path>) -> Result<(), Failure> {
    let chain = match path {
        Some(path) => roster_file::read(path)?,
        None => Chain::parse(&rosters(terminal)?.to_chain()).map_err(RostersError::from)?,
    };
    let summary = roster_file::summary(&chain)?;
    let members = roster_file::members(&chain)?;
    let mut value = json!(summary);
    if let Value::Object(object) = &mut value {
        object.insert("members".to_owned(), members.clone());
    }
    terminal.output.result(&value, || {
        let table = table::rows(&members, &["organisation", "name", "kind", "status", "addresses"]);
        format!("{}\n\n{table}", table::members(&json!(summary)))
    })?;
    Ok(())
}

/// Into the running node, or into its home when it does not run.
fn import(terminal: &Terminal, path: &Path) -> Result<(), Failure> {
    let value = if is_running(terminal) {
        wait(async {
            let mut running = Running::start(&terminal.home, &Command::RosterImport).await?;
            transfer::send(&mut running, path, &terminal.output.progress("importing")).await?;
            running.result().await
        })?
    } else {
        let (_lock, mut rosters) = locked(terminal)?;
        let handed = rosters.import(roster_file::read(path)?)?;
        let accepted = handed.iter().filter(|handed| **handed == Handed::Accepted).count();
        json!({"accepted": accepted, "roster": rosters.newest()?.roster().version, "fork": rosters.forked()})
    };
    terminal.output.result(&value, || table::members(&value))?;
    if !table::member(&value, "fork").is_null() {
        terminal.output.note("WARNING: two rosters of one version; no patient data is exchanged until it is settled, see docs/operate.md");
    }
    Ok(())
}

fn export(terminal: &Terminal, output: Option<&Path>) -> Result<(), Failure> {
    let chain = rosters(terminal)?.to_chain();
    if let Some(path) = output {
        return Ok(write_durably(path, chain.as_bytes())?);
    }
    print(&chain)
}

/// The rosters of this home, to change them. That it is a home is checked first, so that no lock is left in another folder.
fn locked(terminal: &Terminal) -> Result<(Lock, Rosters), Failure> {
    read_config(&terminal.home)?;
    let lock = terminal.home.lock()?;
    Ok((lock, Rosters::open(&terminal.home)?))
}

/// The rosters of this home; that it is a home is checked first, so that a wrong folder is told as such.
fn rosters(terminal: &Terminal) -> Result<Rosters, Failure> {
    read_config(&terminal.home)?;
    Ok(Rosters::open(&terminal.home)?)
}

fn settle(terminal: &Terminal, version: u64, keep: String) -> Result<(), Failure> {
    let value = if is_running(terminal) {
        wait(async {
            Running::start(&terminal.home, &Command::RosterSettle { version, keep })
                .await?
                .result()
                .await
        })?
    } else {
        let (_lock, mut rosters) = locked(terminal)?;
        let keep = keep.parse().map_err(|error| {
            Failure::of(&error, "budstikke status shows the digests of both rosters")
        })?;
        rosters.settle(version, keep)?;
        json!({"roster": rosters.newest()?.roster().version, "fork": rosters.forked()})
    };
    terminal.output.result(&value, || table::members(&value))?;
    Ok(())
}

/// Whether a node runs on the home: its socket takes a connection.
fn is_running(terminal: &Terminal) -> bool {
    std::os::unix::net::UnixStream::connect(terminal.home.path(SOCKET)).is_ok()
}
