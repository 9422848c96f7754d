//! Verifying evidence on any machine: no home folder, no network, no node.

use std::process::ExitCode;

use budstikke_protocol::document::judge::{Expected, Judgement};
use budstikke_protocol::ids::Environment;
use budstikke_protocol::patient::PersonNumber;
use serde_json::{Value, json};

use super::args::Verify;
use super::terminal::Terminal;
use crate::clock;
use crate::failure::Failure;
use crate::roster_file;
use crate::verify;

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
