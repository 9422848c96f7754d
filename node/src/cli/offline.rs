//! Verifying evidence on any machine: no home folder, no network, no node.

mod search;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use budstikke_protocol::document::judge::{Check, Expected, Judgement};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::ids::Environment;
use budstikke_protocol::patient::PersonNumber;
use budstikke_protocol::referral::judge as referral;
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::thread::Thread;
use serde_json::{Value, json};

use super::args::Verify;
use super::index::checked;
use super::terminal::Terminal;
use crate::clock;
use crate::evidence;
use crate::failure::Failure;
use crate::roster_file;
use crate::verify;
use crate::verify::checks::TrustedLog;
use crate::verify::fork::is_one;
use crate::verify::log::{self, Subject};

pub(super) fn verify(terminal: &Terminal, args: Verify) -> Result<ExitCode, Failure> {
    if !args.file.is_file() {
        return Err(Failure::new(
            format!("there is no file {}", args.file.display()),
            "name an evidence file",
        ));
    }
    if let Some(patient) = &args.patient {
        check_patient(patient)?;
    }
    let newer = args.roster.as_deref().map(roster_file::read).transpose()?;
    if begins_a_fork_proof(&args.file) {
        return fork(terminal, &args, newer);
    }
    let expected = Expected { patient: args.patient.as_deref(), organisation: args.organisation };
    let trust = verify::Trust { federation: args.federation, newer };
    if evidence::referral::is_one(&args.file) {
        return of_referral(terminal, &args.file, trust, &expected);
    }
    if evidence::find::is_one(&args.file) {
        return of_find(terminal, &args.file, trust, &expected);
    }
    let bar = terminal.output.progress("reading");
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let judgement = verify::verify(&args.file, trust, &expected, clock::now(), &mut progress);
    bar.finish_and_clear();
    terminal.output.result(&value(&judgement), || text(&judgement))?;
    Ok(if judgement.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Verifies evidence of a referral.
fn of_referral(
    terminal: &Terminal,
    file: &Path,
    trust: verify::Trust,
    expected: &Expected<'_>,
) -> Result<ExitCode, Failure> {
    let judgement = verify::referral::verify(file, trust, expected, clock::now());
    terminal.output.result(&referral_value(&judgement), || referral_text(&judgement))?;
    Ok(if judgement.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Verifies evidence of a search.
fn of_find(
    terminal: &Terminal,
    file: &Path,
    trust: verify::Trust,
    expected: &Expected<'_>,
) -> Result<ExitCode, Failure> {
    let judgement = verify::find::verify(file, trust, expected, clock::now());
    terminal
        .output
        .result(&search::value(&judgement), || search::text(&judgement, line, verdict))?;
    Ok(if judgement.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn begins_a_fork_proof(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(32).read_to_end(&mut beginning));
    read.is_ok() && is_one(&beginning)
}

/// Verifies a fork proof: the rosters say whose key the log's is.
fn fork(terminal: &Terminal, args: &Verify, roster: Option<Chain>) -> Result<ExitCode, Failure> {
    let roster = roster.ok_or_else(|| {
        Failure::new(
            "a fork proof holds no rosters, so it does not say whose key it is",
            "say --roster FILE: any member gives it out, budstikke roster export",
        )
    })?;
    let trusted = TrustedLog::Roster { federation: args.federation, roster };
    let checks = log::verify(&Subject::Fork(&args.file), trusted, &mut |_, _| ());
    checked(terminal, &checks)
}

/// Makes sure that it is a person number of either environment: a slip of the pen would be told as a wrong patient.
fn check_patient(text: &str) -> Result<(), Failure> {
    let hint = "check the number; it is written with eleven digits";
    match PersonNumber::parse(text, Environment::Test) {
        Ok(_) => Ok(()),
        Err(_) => PersonNumber::parse(text, Environment::Production)
            .map(drop)
            .map_err(|error| Failure::of(&error, hint)),
    }
}

fn value(judgement: &Judgement) -> Value {
    let manifest = judgement.manifest.as_ref();
    json!({
        "verified": judgement.is_good(),
        "checks": judgement.checks,
        "organisation": manifest.map(|manifest| manifest.organisation),
        "document": manifest.map(|manifest| manifest.document),
        "title": manifest.map(|manifest| &manifest.title),
        "created": manifest.map(|manifest| manifest.created),
        "witnessed": judgement.witnessed,
    })
}

fn text(judgement: &Judgement) -> String {
    let mut lines: Vec<String> = Vec::new();
    if let Some(manifest) = &judgement.manifest {
        lines.push(format!(
            "{}  {} ({}), {}",
            manifest.document, manifest.title, manifest.document_type, manifest.organisation
        ));
    }
    lines.extend(judgement.checks.iter().map(line));
    lines.push(verdict(judgement.is_good()));
    lines.join("\n")
}

fn referral_value(judgement: &referral::Judgement) -> Value {
    let state = judgement.thread.as_ref().map(Thread::state);
    let events = judgement.events.iter().map(|event| {
        json!({
            "side": event.side,
            "number": event.number,
            "kind": event.event.map(|(kind, _)| kind),
            "checks": event.checks,
            "witnessed": event.witnessed,
        })
    });
    json!({
        "verified": judgement.is_good(),
        "checks": judgement.checks,
        "events": events.collect::<Vec<_>>(),
        "referral": state.map(|state| state.name().referral),
        "referrer": state.map(State::referrer),
        "receiver": state.map(State::receiver),
        "status": state.map(State::status),
    })
}

fn referral_text(judgement: &referral::Judgement) -> String {
    let mut lines: Vec<String> = judgement.checks.iter().map(line).collect();
    for event in &judgement.events {
        let kind = event.event.map_or("unreadable", |(kind, _)| kind.name());
        let side = match event.side {
            Side::Referrer => "referrer",
            Side::Receiver => "receiver",
        };
        lines.push(format!("{side} {}: {kind}", event.number));
        lines.extend(event.checks.iter().map(|check| format!("  {}", line(check))));
    }
    lines.push(verdict(judgement.is_good()));
    lines.join("\n")
}

fn line(check: &Check) -> String {
    let (mark, name) = match check.failure {
        None => ("✓", String::new()),
        Some(failure) => ("✗", format!("{} ", json!(failure).as_str().unwrap_or_default())),
    };
    format!("{mark} {:<22} {name}{}", check.check, check.found)
}

fn verdict(is_good: bool) -> String {
    if is_good { "VERIFIED".to_owned() } else { "NOT VERIFIED".to_owned() }
}
