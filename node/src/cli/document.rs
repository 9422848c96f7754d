//! Commands about documents, their evidence and the looks at them.

use std::path::{Path, PathBuf};

use budstikke_protocol::document::manifest::{Author, RelationKind};
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::text::MediaType;
use serde_json::Value;

use super::args::{Document, Evidence, Looking, Publish, ShareArg, SharedWith};
use super::index::receipt_into;
use super::node::ask;
use super::table;
use super::terminal::{Terminal, confirm, wait};
use super::transfer::{Sink, receive, send};
use crate::control::client::Running;
use crate::control::message::{Command, Order};
use crate::failure::Failure;
use crate::service::caller::{Which, Who};
use crate::service::publish::Form;

/// A command about documents, as whoever looks.
fn order(order: Order, looking: Looking) -> Command {
    Command::Document { order, who: Who { person: looking.person, purpose: looking.purpose } }
}

impl From<SharedWith> for Sharing {
    fn from(with: SharedWith) -> Self {
        match with.share {
            Some(ShareArg::Federation) => Self::Federation,
            None if !with.to.is_empty() => Self::Organisations(with.to.into_iter().collect()),
            Some(ShareArg::Nobody) | None => Self::Nobody,
        }
    }
}

pub(super) fn document(terminal: &Terminal, verb: Document) -> Result<(), Failure> {
    let value = match verb {
        Document::Publish(args) => return publish(terminal, *args),
        Document::List { from, looking } => {
            let value = ask(terminal, order(Order::List(from), looking))?;
            let columns = [
                "document",
                "organisation",
                "kind",
                "type",
                "title",
                "created",
                "size",
                "confidentiality",
                "withdrawn",
            ];
            terminal
                .output
                .result(&value, || table::rows(table::member(&value, "documents"), &columns))?;
            unreadable(terminal, &value);
            return Ok(());
        }
        Document::Get { document, from, output, looking } => {
            return get(terminal, Which { document, from }, output.as_deref(), looking);
        }
        Document::Show { document, from, looking } => {
            ask(terminal, order(Order::Show(Which { document, from }), looking))?
        }
        Document::Share { document, with, looking } => {
            if with.to.is_empty() && with.share.is_none() {
                return Err(Failure::new(
                    "with whom?",
                    "say --to ORG…, --share federation or --share nobody",
                ));
            }
            ask(terminal, order(Order::Share { document, sharing: with.into() }, looking))?
        }
        Document::Withdraw { document, reason, looking } => {
            ask(terminal, order(Order::Withdraw { document, reason }, looking))?
        }
        Document::Erase { document, from, yes, looking } => {
            if !yes {
                confirm(&format!("Erase document {document}? It cannot be undone."))?;
            }
            ask(terminal, order(Order::Erase(Which { document, from }), looking))?
        }
    };
    terminal.output.result(&value, || table::members(&value))?;
    warning(terminal, &value);
    Ok(())
}

/// An answer that leaves something out says so, and so does one from a member whose log is not what it should be.
pub(super) fn unreadable(terminal: &Terminal, value: &Value) {
    warning(terminal, value);
    match table::member(value, "unreadable").as_u64() {
        None | Some(0) => {}
        Some(count) => terminal.output.note(&format!("WARNING: {count} more could not be read; see budstikke status on the node that has them")),
    }
}

fn warning(terminal: &Terminal, value: &Value) {
    if let Some(warning) = value.get("warning").and_then(Value::as_str) {
        terminal
            .output
            .note(&format!("WARNING: {warning}; budstikke index peers shows what is known of it"));
    }
}

pub(super) fn evidence(terminal: &Terminal, verb: Evidence) -> Result<(), Failure> {
    let Evidence::Export { document, from, output, looking } = verb;
    let sink = Sink::open(Some(&output))?;
    let command = order(Order::Evidence(Which { document, from }), looking);
    let bar = terminal.output.progress("writing");
    let value =
        wait(async { receive(Running::start(&terminal.home, &command).await?, sink, &bar).await })?;
    warning(terminal, &value);
    terminal.output.result(&value, || {
        let federation = value.get("federation").and_then(Value::as_str).unwrap_or_default();
        format!(
            "wrote {}\n\nverify it anywhere: budstikke verify {} --federation {federation}",
            output.display(),
            output.display()
        )
    })?;
    if let Some(count) =
        value.get("without_receipt").and_then(Value::as_u64).filter(|count| *count > 0)
    {
        let why = value.pointer("/no_receipt/error").and_then(Value::as_str).unwrap_or_default();
        let what = format!(
            "{count} of its events have no receipt in it, so it does not show when they existed: {why}"
        );
        terminal.output.note(&format!("{what}\n hint: export again later"));
        return Ok(());
    }
    let unproven = value.get("unproven").and_then(Value::as_u64).filter(|count| *count > 0);
    if let Some(count) = unproven {
        terminal.output.note(&format!(
            "of {count} members the presence file is no longer here that shows that they had nothing\n hint: export evidence before they begin a new epoch"
        ));
    }
    if let Some(note) = receipt_note(&value) {
        terminal.output.note(&note);
    }
    Ok(())
}

/// What is to be said of a receipt that is not in the evidence, or not worth what it could be.
fn receipt_note(value: &Value) -> Option<String> {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str);
    if let Some(error) = text("/no_receipt/error") {
        let hint = text("/no_receipt/hint").unwrap_or_default();
        return Some(format!(
            "it holds no receipt, so it does not show when the document existed: {error}\n hint: {hint}"
        ));
    }
    (text("/receipt") == Some("promised")).then(|| {
        "its receipt is not witnessed yet: export again later to show when the document existed"
            .to_owned()
    })
}

fn publish(terminal: &Terminal, args: Publish) -> Result<(), Failure> {
    let looking = args.looking.clone();
    let receipt = args.receipt.as_deref().map(|path| Sink::open(Some(path))).transpose()?;
    let (file, form) = form(args)?;
    let command = order(Order::Publish(Box::new(form)), looking);
    let bar = terminal.output.progress("publishing");
    let mut value = wait(async {
        let mut running = Running::start(&terminal.home, &command).await?;
        send(&mut running, &file, &bar).await?;
        let value = running.result().await;
        bar.finish_and_clear();
        value
    })?;
    let receipt = receipt.map(|sink| receipt_of(terminal, &value, sink)).transpose();
    if let (Ok(Some(receipt)), Some(members)) = (&receipt, value.as_object_mut()) {
        members.insert("receipt".to_owned(), receipt.clone());
    }
    terminal.output.note(&table::members(&value));
    // A script gets the id.
    terminal.output.result(&value, || {
        table::member(&value, "document").as_str().unwrap_or_default().to_owned()
    })?;
    receipt.map(drop)
}

/// Writes the receipt of a document that was just published.
fn receipt_of(terminal: &Terminal, published: &Value, sink: Sink) -> Result<Value, Failure> {
    let document = table::member(published, "document");
    let id = document.as_str().and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| {
        Failure::new("the node has named no document", "use the same version as the node")
    })?;
    receipt_into(terminal, id, sink).map_err(|failure| {
        let error =
            format!("the document is published, but there is no receipt yet: {}", failure.error);
        Failure::new(
            error,
            format!("budstikke index receipt {id} -o FILE, later; {}", failure.hint),
        )
    })
}

fn form(args: Publish) -> Result<(PathBuf, Form), Failure> {
    let size = std::fs::metadata(&args.file).map_err(|error| {
        Failure::new(
            format!("cannot read {}: {error}", args.file.display()),
            "check the path and its permissions",
        )
    })?;
    if size.is_file() && size.len() == 0 {
        return Err(Failure::new(
            format!("{} is empty: there is nothing to sign", args.file.display()),
            "check that it is the right file",
        ));
    }
    let title = match args.title {
        Some(title) => title,
        None => args
            .document_type
            .display()
            .parse()
            .map_err(|error| Failure::of(&error, "say --title"))?,
    };
    let content_type = match args.content_type {
        Some(content_type) => content_type,
        None => media_type(&args.file)?,
    };
    let relations = [
        (RelationKind::Replaces, args.replaces),
        (RelationKind::Transforms, args.transforms),
        (RelationKind::Appends, args.appends),
        (RelationKind::Signs, args.signs),
    ];
    let relates_to: Vec<(RelationKind, DocumentId)> = relations
        .into_iter()
        .flat_map(|(kind, documents)| documents.into_iter().map(move |document| (kind, document)))
        .collect();
    let author =
        args.author_hpr.map(|hpr| Author { hpr, name: args.author_name, role: args.author_role });
    let form = Form {
        patient: args.patient,
        document_type: args.document_type,
        title,
        language: args.language,
        content_type,
        confidentiality: args.confidentiality,
        blocks: args.blocks,
        author,
        sharing: args.with.into(),
        relates_to,
    };
    Ok((args.file, form))
}

/// The media type that goes with a file's name; a wrong guess would be signed, so an unknown name is asked about.
pub(super) fn media_type(path: &Path) -> Result<MediaType, Failure> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let known = match extension.as_str() {
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        "json" => "application/fhir+json",
        "dcm" => "application/dicom",
        "txt" => "text/plain; charset=utf-8",
        "html" | "htm" => "text/html; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "tif" | "tiff" => "image/tiff",
        "zip" => "application/zip",
        _ => {
            return Err(Failure::new(
                format!("the media type of {} is not plain from its name", path.display()),
                "say --content-type, such as application/pdf",
            ));
        }
    };
    known.parse().map_err(|error| Failure::of(&error, "say --content-type"))
}

fn get(
    terminal: &Terminal,
    which: Which,
    output: Option<&Path>,
    looking: Looking,
) -> Result<(), Failure> {
    let sink = Sink::open(output)?;
    let bar = terminal.output.progress("fetching");
    let command = order(Order::Get(which), looking);
    let value =
        wait(async { receive(Running::start(&terminal.home, &command).await?, sink, &bar).await })?;
    warning(terminal, &value);
    if let Some(path) = output {
        terminal
            .output
            .result(&value, || format!("{}\n\nwrote {}", table::members(&value), path.display()))?;
    }
    Ok(())
}
