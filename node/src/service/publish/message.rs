//! Looking into what is published: a message of the message network must be from whoever signs it, and about their patient.

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::kith::{Header, Mismatch, recognise};
use budstikke_protocol::limits::MESSAGE_DOCUMENT_BYTES_MAX;
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::text::MediaType;

use crate::failure::Failure;

/// The bytes of a document that may be a message, as they go by.
#[derive(Debug)]
pub(super) enum Looked {
    /// It may be one: these bytes have come so far.
    Into(Vec<u8>),
    /// It is none: not XML, or larger than messages are.
    Past,
}

impl Looked {
    /// Begins to look, when the media type is one of XML.
    pub(super) fn at(content_type: &MediaType) -> Self {
        let essence = content_type.as_str().split(';').next().unwrap_or_default();
        let is_xml =
            ["application/xml", "text/xml"].contains(&essence) || essence.ends_with("+xml");
        if is_xml { Self::Into(Vec::new()) } else { Self::Past }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let Self::Into(seen) = self else { return };
        if seen.len().saturating_add(bytes.len()) > MESSAGE_DOCUMENT_BYTES_MAX {
            *self = Self::Past;
        } else {
            seen.extend_from_slice(bytes);
        }
    }

    /// Checks what was seen, now that it is all.
    ///
    /// # Errors
    /// When it claims to be a message and is not well-formed, is from somebody else, or about somebody else.
    pub(super) fn check(
        self,
        organisation: OrganisationNumber,
        patient: &Identifier,
    ) -> Result<(), Failure> {
        let Self::Into(bytes) = self else { return Ok(()) };
        let header = tokio::task::block_in_place(|| recognise(&bytes)).map_err(|error| {
            Failure::of(
                &error,
                "have it made again by the system that wrote it; nothing was published",
            )
        })?;
        let Some(header) = header else { return Ok(()) };
        let fits = header.check_sender(organisation).and_then(|()| header.check_patient(patient));
        fits.map_err(|mismatch| told(&header, mismatch))
    }
}

fn told(header: &Header, mismatch: Mismatch) -> Failure {
    let kind = header.kind;
    match mismatch {
        Mismatch::Sender => Failure::new(
            format!("the sender in the {kind} is not this organisation"),
            "publish it on the sender's node; to keep it as bytes that somebody else wrote, say --content-type application/octet-stream",
        ),
        _ => Failure::new(
            format!("the {kind} is about another patient than --patient says"),
            "check the number, and that it is the right file",
        ),
    }
}
