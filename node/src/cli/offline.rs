//! Verifying evidence on any machine: no home folder, no network, no node.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use budstikke_protocol::document::judge::{Expected, Judgement};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::ids::Environment;
use budstikke_protocol::patient::PersonNumber;
use serde_json::{Value, json};

use super::args::Verify;
use super::index::checked;
use super::terminal::Terminal;
use crate::clock;
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
    let bar = terminal.output.progress("reading");
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let judgement = verify::verify(
        &args.file,
        verify::Trust { federation: args.federation, newer },
        &expected,
        clock::now(),
        &mut progress,
    );
    bar.finish_and_clear();
    terminal.output.result(&value(&judgement), || text(&judgement))?;
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
    for check in &judgement.checks {
        let (mark, name) = match check.failure {
            None => ("✓", String::new()),
            Some(failure) => ("✗", format!("{} ", json!(failure).as_str().unwrap_or_default())),
        };
        lines.push(format!("{mark} {:<22} {name}{}", check.check, check.found));
    }
    lines.push(if judgement.is_good() { "VERIFIED".to_owned() } else { "NOT VERIFIED".to_owned() });
    lines.join("\n")
}
