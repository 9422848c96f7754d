//! Commands about what is known of patients themselves.

use super::args::Patient;
use super::node::ask;
use super::table;
use super::terminal::Terminal;
use crate::control::message::Command;
use crate::failure::Failure;
use crate::service::caller::Who;

pub(super) fn patient(terminal: &Terminal, verb: Patient) -> Result<(), Failure> {
    let Patient::Link { one, other, looking } = verb;
    let who = Who { person: looking.person, purpose: looking.purpose };
    let value = ask(terminal, Command::PatientLink { numbers: [one, other], who })?;
    terminal.output.result(&value, || {
        table::rows(table::member(&value, "linked"), &["system", "value", "assigner"])
    })
}
