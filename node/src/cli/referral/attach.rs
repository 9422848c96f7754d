//! Files that go with what is said: each is signed and kept first, shared with nobody; the referral opens it to the other side.

use std::path::{Path, PathBuf};

use budstikke_protocol::document::codes::TypeCode;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::referral::said::Body;
use serde_json::Value;

use crate::cli::args::{Content, Looking, Which};
use crate::cli::document::media_type;
use crate::cli::node::ask;
use crate::cli::table;
use crate::cli::terminal::{Terminal, wait};
use crate::cli::transfer::send;
use crate::control::client::Running;
use crate::control::message::{Command, Order, ReferralOrder};
use crate::failure::Failure;
use crate::service::caller::Who;
use crate::service::publish::Form;

/// Files to publish about one patient.
pub(super) struct Files<'a> {
    /// The files.
    pub(super) paths: &'a [PathBuf],
    /// The patient's person number.
    pub(super) patient: &'a str,
    /// The type of each.
    pub(super) kind: TypeCode,
}

/// Publishes the files, and gives their ids.
pub(super) fn publish(
    terminal: &Terminal,
    files: &Files<'_>,
    looking: &Looking,
) -> Result<Vec<DocumentId>, Failure> {
    let mut documents = Vec::new();
    for file in files.paths {
        let document = one(terminal, file, files, looking);
        documents.push(document.map_err(|failure| published(failure, &documents))?);
    }
    Ok(documents)
}

/// A failure that leaves published documents behind says so: they need not be published again.
pub(super) fn published(failure: Failure, documents: &[DocumentId]) -> Failure {
    if documents.is_empty() {
        return failure;
    }
    let attach: Vec<_> = documents.iter().map(|document| format!("--attach {document}")).collect();
    let hint = format!("{}; what is published already: {}", failure.hint, attach.join(" "));
    Failure::new(failure.error, hint)
}

/// The text and the documents of a command; files are about the patient of the referral.
pub(super) fn content(
    terminal: &Terminal,
    which: Which,
    content: Content,
    (usual, looking): (&str, &Looking),
) -> Result<(Option<Body>, Vec<DocumentId>), Failure> {
    let Content { text, files, attach, document_type } = content;
    let mut documents = attach;
    if !files.is_empty() {
        let who = Who { person: looking.person.clone(), purpose: looking.purpose };
        let order = ReferralOrder::Show(which.into());
        let shown = ask(terminal, Command::Referral { order, who })?;
        let patient = table::member(&shown, "patient").as_str().unwrap_or_default();
        let kind = match document_type {
            Some(kind) => kind,
            None => usual.parse().map_err(|error| Failure::of(&error, "say --type"))?,
        };
        documents.extend(publish(terminal, &Files { paths: &files, patient, kind }, looking)?);
    }
    Ok((text, documents))
}

fn one(
    terminal: &Terminal,
    file: &Path,
    files: &Files<'_>,
    looking: &Looking,
) -> Result<DocumentId, Failure> {
    let title = files.kind.display().parse();
    let form = Form {
        patient: files.patient.to_owned(),
        document_type: files.kind,
        title: title.map_err(|error| Failure::of(&error, "say --type"))?,
        language: "nb".parse().map_err(|error| Failure::of(&error, "publish it before"))?,
        content_type: media_type(file)?,
        confidentiality: "N".parse().map_err(|error| Failure::of(&error, "publish it before"))?,
        blocks: Vec::new(),
        author: None,
        sharing: Sharing::Nobody,
        relates_to: Vec::new(),
    };
    let who = Who { person: looking.person.clone(), purpose: looking.purpose };
    let command = Command::Document { order: Order::Publish(Box::new(form)), who };
    let bar = terminal.output.progress("publishing");
    let value: Value = wait(async {
        let mut running = Running::start(&terminal.home, &command).await?;
        send(&mut running, file, &bar).await?;
        let value = running.result().await;
        bar.finish_and_clear();
        value
    })?;
    let id = table::member(&value, "document").as_str().unwrap_or_default();
    id.parse().map_err(|error| Failure::of(&error, "use the same version as the node"))
}
