//! Commands about the looks at patient data.

use serde_json::{Value, json};

use super::args::Access;
use super::document::unreadable;
use super::node::ask;
use super::table;
use super::terminal::Terminal;
use crate::control::message::{AccessOrder, Command};
use crate::failure::Failure;
use crate::service::caller::Who;

pub(super) fn access(terminal: &Terminal, verb: Access) -> Result<(), Failure> {
    match verb {
        Access::List { patient, limit } => list(terminal, patient, limit),
        Access::Audit { day, looking } => {
            let who = Who { person: looking.person, purpose: looking.purpose };
            audit(
                terminal,
                &ask(terminal, Command::Access { order: AccessOrder::Audit { day, who } })?,
            )
        }
    }
}

fn list(terminal: &Terminal, patient: Option<String>, limit: usize) -> Result<(), Failure> {
    let value = ask(terminal, Command::Access { order: AccessOrder::List { patient, limit } })?;
    let columns = [
        "time",
        "organisation",
        "person",
        "role",
        "purpose",
        "peer",
        "action",
        "documents",
        "outcome",
    ];
    terminal.output.result(&value, || table::rows(table::member(&value, "accesses"), &columns))?;
    unreadable(terminal, &value);
    Ok(())
}

/// A day with a ticket that does not open is no success.
fn audit(terminal: &Terminal, value: &Value) -> Result<(), Failure> {
    let columns = ["index", "time", "person", "role", "purpose", "patient", "opens", "trouble"];
    terminal.output.result(value, || {
        let mut anchor = table::member(value, "anchor").clone();
        // What only machines verify.
        if let Some(anchor) = anchor.as_object_mut() {
            anchor.retain(|name, _| !["proof", "checkpoint"].contains(&name.as_str()));
        }
        let rows = table::rows(table::member(value, "tickets"), &columns);
        format!("{rows}\n\n{}", table::members(&json!({ "anchor": anchor })))
    })?;
    match table::member(value, "unopened").as_u64() {
        None | Some(0) => Ok(()),
        Some(count) => Err(Failure::new(
            format!("{count} of the tickets do not open"),
            "the journal is damaged or was changed: docs/operate.md, Searches",
        )),
    }
}
