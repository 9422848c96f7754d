//! Whether an application can use what an event attaches.

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::ids::ManifestDigest;
use budstikke_protocol::kith::{Mismatch, recognise};
use budstikke_protocol::limits::MESSAGE_DOCUMENT_BYTES_MAX;
use budstikke_protocol::referral::event::{Attached, Event};
use budstikke_protocol::referral::said::Refused;
use tokio::task::block_in_place;

use crate::failure::Failure;
use crate::service::caller::Which;
use crate::service::context::Context;
use crate::service::library::read;
use crate::store::{Entry, Referral, Subtree};

/// Volven 8221: the patient's number is wrong.
const WRONG_PATIENT: &str = "E31";

/// Volven 8221: an error in the signature.
const WRONG_SENDER: &str = "S01";

/// Volven 8221: not XML, or not well-formed.
const NOT_XML: &str = "T01";

/// Volven 8221: another error.
const OTHER: &str = "X99";

/// Looks at everything that an event attaches, all of which is here. Gives what is wrong with it, if anything is.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn judge(
    ctx: &Context,
    caller: Option<&Caller>,
    referral: &Referral,
    event: &Event,
) -> Result<Option<Refused>, Failure> {
    for attached in event.said.attached() {
        if let Some(refused) = one(ctx, caller, referral, attached).await? {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

async fn one(
    ctx: &Context,
    caller: Option<&Caller>,
    referral: &Referral,
    attached: &Attached,
) -> Result<Option<Refused>, Failure> {
    let Attached { custodian, document, manifest } = attached;
    let Some(entry) = block_in_place(|| ctx.store.entry(*custodian, *document))? else {
        return Ok(refused(OTHER, "a document is no longer here"));
    };
    if ManifestDigest::new(entry.manifest.digest()) != *manifest {
        return Ok(refused(OTHER, "a document is another than was attached"));
    }
    if entry.manifest.claimed().patient != referral.state.request().patient {
        return Ok(refused(WRONG_PATIENT, "a document is of another patient"));
    }
    match caller.filter(|_| may_be_message(&entry)) {
        Some(caller) => message(ctx, caller, attached).await,
        None => Ok(None),
    }
}

fn may_be_message(entry: &Entry) -> bool {
    let manifest = entry.manifest.claimed();
    let essence = manifest.content_type.as_str().split(';').next().unwrap_or_default();
    let is_xml = ["application/xml", "text/xml"].contains(&essence) || essence.ends_with("+xml");
    is_xml && usize::try_from(manifest.size).is_ok_and(|size| size <= MESSAGE_DOCUMENT_BYTES_MAX)
}

/// Looks into what may be a message of the message network: it must be from whoever signed it, and about their patient.
async fn message(
    ctx: &Context,
    caller: &Caller,
    attached: &Attached,
) -> Result<Option<Refused>, Failure> {
    let which = Which { document: attached.document, from: Some(attached.custodian) };
    let (entry, reader) = read(ctx, caller, which, Action::Read).await?;
    let (mut bytes, mut memory) = (Vec::new(), Subtree::default());
    for index in 0..reader.subtrees().count() {
        memory = reader.subtree(index, memory).await?;
        memory.chunks().for_each(|chunk| bytes.extend_from_slice(chunk));
    }
    let Ok(header) = block_in_place(|| recognise(&bytes)) else {
        return Ok(refused(NOT_XML, "a message cannot be read"));
    };
    let patient = &entry.manifest.claimed().patient;
    let fits = header.map_or(Ok(()), |header| {
        header.check_sender(attached.custodian).and_then(|()| header.check_patient(patient))
    });
    Ok(match fits {
        Ok(()) => None,
        Err(Mismatch::Sender) => refused(WRONG_SENDER, "a message names another sender"),
        Err(_) => refused(WRONG_PATIENT, "a message is about another patient"),
    })
}

fn refused(code: &str, text: &str) -> Option<Refused> {
    Some(Refused { code: code.parse().ok()?, text: text.parse().ok() })
}
