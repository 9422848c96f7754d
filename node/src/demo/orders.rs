//! What the demo orders again and again: publishing a document, and taking the body of an answer.

use std::path::Path;

use budstikke_protocol::document::manifest::Author;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use serde_json::Value;

use super::documents::Document;
use super::organisations::{Organisation, number};
use crate::control::client::{Running as Exchange, Step};
use crate::control::message::{Command, Order};
use crate::failure::Failure;
use crate::service::caller::Who;
use crate::service::publish::Form;

/// Publishes a document on its custodian's node; with nobody means that a referral opens it.
pub(super) async fn publish(
    folder: &Path,
    document: &Document,
    with: &[Organisation],
    say: &dyn Fn(&str),
) -> Result<DocumentId, Failure> {
    let order = order(Order::Publish(Box::new(form(document, with)?)));
    let mut command = Exchange::start(&document.custodian.home(folder), &order).await?;
    let gone = |error: std::io::Error| Failure::of(&error, "see the log");
    command.send(document.bytes).await.map_err(gone)?;
    command.end().await.map_err(gone)?;
    let value = command.result().await?;
    say(&format!(
        "   {} published “{}” ({} bytes)",
        document.custodian.name(),
        document.title,
        document.bytes.len()
    ));
    let id = value.get("document").and_then(Value::as_str).unwrap_or_default();
    id.parse().map_err(|error| Failure::of(&error, "this is a fault of the program"))
}

fn form(document: &Document, with: &[Organisation]) -> Result<Form, Failure> {
    let fault = "this is a fault of the demo";
    let (hpr, name, role) = document.author;
    let author = Author {
        hpr: hpr.parse().map_err(|error| Failure::of(&error, fault))?,
        name: Some(name.parse().map_err(|error| Failure::of(&error, fault))?),
        role: Some(role.parse().map_err(|error| Failure::of(&error, fault))?),
    };
    Ok(Form {
        patient: document.patient.to_owned(),
        document_type: document.type_code.parse().map_err(|error| Failure::of(&error, fault))?,
        title: document.title.parse().map_err(|error| Failure::of(&error, fault))?,
        language: "nb-NO".parse().map_err(|error| Failure::of(&error, fault))?,
        content_type: document.content_type.parse().map_err(|error| Failure::of(&error, fault))?,
        confidentiality: "N".parse().map_err(|error| Failure::of(&error, fault))?,
        blocks: Vec::new(),
        author: Some(author),
        sharing: match with {
            [] => Sharing::Nobody,
            named => Sharing::Organisations(
                named.iter().map(|to| number(*to)).collect::<Result<_, _>>()?,
            ),
        },
        relates_to: Vec::new(),
    })
}

/// A command about documents, by the person in the node's configuration.
pub(super) fn order(order: Order) -> Command {
    Command::Document { order, who: Who::default() }
}

/// The body of an answer.
pub(super) async fn body(mut command: Exchange) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        match command.next().await? {
            Step::Data(part) => bytes.extend(part),
            Step::Progress { .. } | Step::News(_) => {}
            Step::Done(_) => return Ok(bytes),
        }
    }
}
