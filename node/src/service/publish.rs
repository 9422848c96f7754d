//! Publishing, sharing and withdrawing: what a custodian says about its own documents.

mod message;

use budstikke_keys::jws::{Verified, sign};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::codes::{BlockCode, Confidentiality, TypeCode};
use budstikke_protocol::document::content::Content;
use budstikke_protocol::document::manifest::{Author, Manifest, Relation, RelationKind};
use budstikke_protocol::document::sharing::{Sharing, SharingChange, Withdrawal};
use budstikke_protocol::ids::{DocumentId, ManifestDigest, OrganisationNumber};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::text::{Language, MediaType, Text};
use serde::{Deserialize, Serialize};
use tracing::info;

use self::message::Looked;
use super::context::Context;
use super::erase::gone;
use crate::clock;
use crate::entropy;
use crate::failure::Failure;
use crate::store::{Change, Commit, DocumentWriter, Entry, Kind};

/// What a publisher says of a document; the digests, the size and the ids are the node's to find.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Form {
    /// The patient's person number.
    pub patient: String,
    /// Volven 9602, level 2.
    pub document_type: TypeCode,
    /// What people see in a list.
    pub title: Text<256>,
    /// The language.
    pub language: Language,
    /// The media type.
    pub content_type: MediaType,
    /// HL7 confidentiality.
    pub confidentiality: Confidentiality,
    /// Volven 9603.
    pub blocks: Vec<BlockCode>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Who may read it.
    pub sharing: Sharing,
    /// Documents of this organisation that it replaces, transforms, appends or signs.
    pub relates_to: Vec<(RelationKind, DocumentId)>,
}

/// A document that is being published: checked, and its bytes on their way to the disk.
#[derive(Debug)]
pub struct Publishing {
    form: Form,
    patient: Identifier,
    relations: Vec<Relation>,
    looked: Looked,
    writer: DocumentWriter,
}

/// Begins to publish: everything that can be refused without the bytes is refused here.
///
/// # Errors
/// When the patient's number is not one of this federation, a related document is not here, or the disk says no.
pub fn begin(ctx: &Context, form: Form) -> Result<Publishing, Failure> {
    let environment = ctx.federation.view().roster().environment;
    let number = PersonNumber::parse(&form.patient, environment).map_err(|error| {
        Failure::of(
            &error,
            format!("this is a {environment} federation; check the number and its kind"),
        )
    })?;
    let relations = form
        .relates_to
        .iter()
        .map(|(kind, document)| relation(ctx, *kind, *document))
        .collect::<Result<_, _>>()?;
    for organisation in named(&form.sharing) {
        ctx.federation.view().active(organisation)?;
    }
    let writer = ctx.store.document_writer()?;
    let looked = Looked::at(&form.content_type);
    let patient = Identifier::of(&number, ctx.here());
    Ok(Publishing { form, patient, relations, looked, writer })
}

impl Publishing {
    /// Takes the next bytes of the document.
    ///
    /// # Errors
    /// When it grows too large, or the disk says no.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.looked.push(bytes);
        Ok(self.writer.push(bytes).await?)
    }

    /// Ends the document: signs its manifest and makes both durable.
    ///
    /// # Errors
    /// When the document is empty, is a message that is not this organisation's or not about the patient, or the disk says no;
    /// nothing has been published then.
    pub async fn finish(
        self,
        ctx: &Context,
        caller: &Caller,
    ) -> Result<Verified<Manifest>, Failure> {
        let Self { form, patient, relations, looked, writer } = self;
        looked.check(ctx.here(), &patient)?;
        let written = writer.finish().await?;
        let document = new_document_id()?;
        let manifest = manifest(ctx, document, (form, patient, relations), &written.content);
        let signed = sign(manifest, &ctx.sign)
            .map_err(|error| Failure::of(&error, "check the fields of the document"))?;
        let record = record(Action::Publish, caller, signed.statement());
        ctx.store
            .commit(
                Commit::new(record)
                    .with(Change::Published { manifest: &signed, body: written.body }),
            )
            .await?;
        ctx.announcing.shared(&signed.statement().sharing);
        info!(%document, "document published");
        Ok(signed)
    }
}

/// Says who may read a document from now on.
///
/// # Errors
/// When the document is not this organisation's own, is withdrawn, or the disk says no.
pub async fn share(
    ctx: &Context,
    caller: &Caller,
    document: DocumentId,
    sharing: Sharing,
) -> Result<Verified<SharingChange>, Failure> {
    for organisation in named(&sharing) {
        ctx.federation.view().active(organisation)?;
    }
    let entry = own(ctx, document)?;
    let change = SharingChange {
        document,
        organisation: ctx.here(),
        manifest: ManifestDigest::new(entry.manifest.digest()),
        sequence: entry.sharing_sequence.saturating_add(1),
        sharing,
        created: clock::now(),
    };
    let signed =
        sign(change, &ctx.sign).map_err(|error| Failure::of(&error, "check the organisations"))?;
    let record = record(Action::Share, caller, entry.manifest.claimed());
    ctx.store.commit(Commit::new(record).with(Change::SharingChanged(&signed))).await?;
    ctx.announcing.shared(&signed.statement().sharing);
    info!(%document, "sharing changed");
    Ok(signed)
}

/// Withdraws a document: it is no longer listed or served.
///
/// # Errors
/// As [`share`].
pub async fn withdraw(
    ctx: &Context,
    caller: &Caller,
    document: DocumentId,
    reason: Option<Text<256>>,
) -> Result<Verified<Withdrawal>, Failure> {
    let entry = own(ctx, document)?;
    let withdrawal = Withdrawal {
        document,
        organisation: ctx.here(),
        manifest: ManifestDigest::new(entry.manifest.digest()),
        reason,
        created: clock::now(),
    };
    let signed =
        sign(withdrawal, &ctx.sign).map_err(|error| Failure::of(&error, "check the reason"))?;
    let record = record(Action::Withdraw, caller, entry.manifest.claimed());
    ctx.store.commit(Commit::new(record).with(Change::Withdrawn(&signed))).await?;
    info!(%document, "document withdrawn");
    Ok(signed)
}

/// The record of an action on a document of this organisation.
fn record(action: Action, caller: &Caller, manifest: &Manifest) -> Record {
    Record::permitted(action, caller, clock::now()).of(manifest)
}

fn manifest(
    ctx: &Context,
    document: DocumentId,
    said: (Form, Identifier, Vec<Relation>),
    content: &Content,
) -> Manifest {
    let (form, patient, relates_to) = said;
    Manifest {
        document,
        patient,
        organisation: ctx.here(),
        author: form.author,
        document_type: form.document_type,
        category: form.document_type.category(),
        title: form.title,
        language: form.language,
        created: clock::now(),
        content_type: form.content_type,
        size: content.size,
        sha256: content.sha256,
        blake3: content.subtrees.root(),
        confidentiality: form.confidentiality,
        blocks: form.blocks,
        relates_to,
        sharing: form.sharing,
    }
}

fn relation(ctx: &Context, kind: RelationKind, document: DocumentId) -> Result<Relation, Failure> {
    let entry = own(ctx, document)?;
    Ok(Relation { kind, manifest: ManifestDigest::new(entry.manifest.digest()) })
}

/// A document of this organisation that stands.
///
/// # Errors
/// When it is not here, or was withdrawn or erased.
pub(super) fn own(ctx: &Context, document: DocumentId) -> Result<Entry, Failure> {
    let hint = "budstikke document list shows the documents of this organisation";
    let entry = ctx.store.entry(ctx.here(), document)?;
    match entry {
        Some(entry) if entry.kind == Kind::Own && entry.withdrawal.is_none() => Ok(entry),
        Some(entry) if entry.kind == Kind::Own => {
            Err(Failure::new(format!("document {document} has been withdrawn"), hint))
        }
        Some(_) | None => Err(gone(ctx, ctx.here(), document)?.unwrap_or_else(|| {
            Failure::new(format!("this organisation has published no document {document}"), hint)
        })),
    }
}

fn named(sharing: &Sharing) -> Vec<OrganisationNumber> {
    match sharing {
        Sharing::Organisations(named) => named.iter().copied().collect(),
        Sharing::Nobody | Sharing::Federation => Vec::new(),
    }
}

fn new_document_id() -> Result<DocumentId, Failure> {
    let random = entropy::draw::<10>()
        .map_err(|error| Failure::of(&error, "the operating system gives no random bytes"))?;
    Ok(DocumentId::from_parts(clock::unix_milliseconds(), *random))
}
