//! Commands about this organisation's log, and the verification of an export or a receipt without a home.

use std::path::Path;
use std::process::ExitCode;

use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::args::{Index, VerifyIndex};
use super::node::ask;
use super::table;
use super::terminal::{Terminal, wait};
use super::transfer::{Sink, receive};
use crate::control::client::{Running, Step};
use crate::control::message::{Command, IndexOrder};
use crate::failure::Failure;
use crate::index_export::Folder;
use crate::roster_file;
use crate::verify::checks::{LogCheck, TrustedLog};
use crate::verify::log::{self, Subject};

fn order(order: IndexOrder) -> Command {
    Command::Index { order }
}

pub(super) fn index(terminal: &Terminal, verb: Index) -> Result<ExitCode, Failure> {
    match verb {
        Index::Status => {
            let value = ask(terminal, order(IndexOrder::Status))?;
            terminal.output.result(&value, || table::members(&value))?;
        }
        Index::Prove { document } => prove(terminal, document)?,
        Index::Receipt { document, output } => receipt(terminal, document, &output)?,
        Index::Export { folder } => export(terminal, &folder)?,
        Index::Peers { against: Some(organisation), output: Some(output) } => {
            against(terminal, organisation, &output)?;
        }
        Index::Peers { .. } => peers(terminal)?,
        Index::Verify(args) => return verify(terminal, *args),
    }
    Ok(ExitCode::SUCCESS)
}

fn peers(terminal: &Terminal) -> Result<(), Failure> {
    let value = ask(terminal, order(IndexOrder::Peers))?;
    terminal.output.result(&value, || {
        let columns = ["organisation", "name", "log", "size", "time", "witness", "cosigned"];
        table::rows(&value, &columns)
    })
}

fn against(
    terminal: &Terminal,
    organisation: OrganisationNumber,
    output: &Path,
) -> Result<(), Failure> {
    let sink = Sink::open(Some(output))?;
    let command = order(IndexOrder::Against(organisation));
    let bar = terminal.output.progress("writing");
    let value =
        wait(async { receive(Running::start(&terminal.home, &command).await?, sink, &bar).await })?;
    terminal.output.result(&value, || {
        format!("wrote {}\n\nanybody can check it: budstikke verify", output.display())
    })
}

fn prove(terminal: &Terminal, document: DocumentId) -> Result<(), Failure> {
    let value = ask(terminal, order(IndexOrder::Prove(document)))?;
    terminal.output.result(&value, || {
        let columns = ["index", "about", "grade", "commitment", "salt", "statement"];
        let text = |name| table::member(&value, name).as_str().unwrap_or_default();
        let (origin, size) = (text("origin"), table::member(&value, "size"));
        let records = table::rows(table::member(&value, "records"), &columns);
        format!("{origin}, {size} entries, root {}\n\n{records}", text("root"))
    })
}

fn receipt(terminal: &Terminal, document: DocumentId, output: &Path) -> Result<(), Failure> {
    let value = receipt_into(terminal, document, Sink::open(Some(output))?)?;
    terminal
        .output
        .result(&value, || format!("{}\n\nwrote {}", table::members(&value), output.display()))
}

/// Writes the receipt of a document into a sink, and gives what is to be said of it.
///
/// # Errors
/// When the log holds nothing of the document or is stopped, or the sink cannot be written.
pub(super) fn receipt_into(
    terminal: &Terminal,
    document: DocumentId,
    sink: Sink,
) -> Result<Value, Failure> {
    let command = order(IndexOrder::Receipt(document));
    let bar = terminal.output.progress("writing");
    wait(async { receive(Running::start(&terminal.home, &command).await?, sink, &bar).await })
}

fn export(terminal: &Terminal, path: &Path) -> Result<(), Failure> {
    let mut folder = Folder::open(path)?;
    let from = folder.head().map(|head| (head.size, head.root.to_string()));
    let bar = terminal.output.count("exporting");
    let value = wait(async {
        let mut running = Running::start(&terminal.home, &order(IndexOrder::Export(from))).await?;
        loop {
            match running.next().await? {
                Step::Progress { done, total } => {
                    bar.set_length(total);
                    bar.set_position(done);
                }
                Step::Data(file) => folder.put(&file)?,
                Step::News(_) => {}
                Step::Done(value) => return Ok(value),
            }
        }
    })?;
    folder.finish()?;
    bar.finish_and_clear();
    terminal.output.result(&value, || {
        let key = table::member(&value, "key").as_str().unwrap_or_default();
        let path = path.display();
        format!(
            "{}\n\nwrote {path}\n\nverify it anywhere: budstikke index verify {path} --key '{key}'",
            table::members(&value)
        )
    })
}

fn verify(terminal: &Terminal, args: VerifyIndex) -> Result<ExitCode, Failure> {
    let roster = args.roster.as_deref().map(roster_file::read).transpose()?;
    let trusted = match (args.key, args.federation, roster) {
        (Some(key), _, _) => TrustedLog::Key(key),
        (None, Some(federation), Some(roster)) => TrustedLog::Roster { federation, roster },
        (None, _, _) => {
            return Err(Failure::new(
                "whose log is it to be?",
                "say --key VKEY, or --federation FINGERPRINT with --roster FILE",
            ));
        }
    };
    let bar = terminal.output.count("verifying");
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let subject = match (&args.manifest, args.path.is_dir()) {
        (_, true) => Subject::Export(&args.path),
        (Some(manifest), false) => Subject::Receipt {
            receipt: &args.path,
            statement: manifest,
            salt: args.salt.map(Zeroizing::new),
            document: args.document.as_deref(),
        },
        (None, false) => {
            return Err(Failure::new(
                format!(
                    "{} is no folder, and a receipt says nothing without what it is for",
                    args.path.display()
                ),
                "say --manifest FILE, such as manifest.jws of the evidence of the document",
            ));
        }
    };
    let checks = log::verify(&subject, trusted, &mut progress);
    bar.finish_and_clear();
    checked(terminal, &checks)
}

/// Shows what was checked.
pub(super) fn checked(terminal: &Terminal, checks: &[LogCheck]) -> Result<ExitCode, Failure> {
    let is_good = checks.iter().all(LogCheck::is_good);
    let value = json!({ "verified": is_good, "checks": checks });
    terminal.output.result(&value, || text(&value, checks))?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(value: &Value, checks: &[LogCheck]) -> String {
    let line = |check: &LogCheck| {
        let mark = if check.is_good() { "✓" } else { "✗" };
        format!("{mark} {:<22} {}", check.check, check.found)
    };
    let mut lines: Vec<String> = checks.iter().map(line).collect();
    let is_good = table::member(value, "verified") == &json!(true);
    lines.push(if is_good { "VERIFIED" } else { "NOT VERIFIED" }.to_owned());
    lines.join("\n")
}
