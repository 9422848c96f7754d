//! Whether an application can use what an event attaches.

use budstikke_protocol::ids::ManifestDigest;
use budstikke_protocol::referral::event::{Attached, Event};
use budstikke_protocol::referral::said::Refused;

use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::Referral;

/// Volven 8221: the patient's number is wrong.
const WRONG_PATIENT: &str = "E31";

/// Volven 8221: another error.
const OTHER: &str = "X99";

/// Looks at everything that an event attaches, all of which is here. Gives what is wrong with it, if anything is.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn judge(
    ctx: &Context,
    referral: &Referral,
    event: &Event,
) -> Result<Option<Refused>, Failure> {
    for attached in event.said.attached() {
        if let Some(refused) = one(ctx, referral, attached)? {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

fn one(
    ctx: &Context,
    referral: &Referral,
    attached: &Attached,
) -> Result<Option<Refused>, Failure> {
    let Attached { custodian, document, manifest } = attached;
    let Some(entry) = ctx.store.entry(*custodian, *document)? else {
        return Ok(refused(OTHER, "a document is no longer here"));
    };
    if ManifestDigest::new(entry.manifest.digest()) != *manifest {
        return Ok(refused(OTHER, "a document is another than was attached"));
    }
    if entry.manifest.claimed().patient != referral.state.request().patient {
        return Ok(refused(WRONG_PATIENT, "a document is of another patient"));
    }
    Ok(None)
}

fn refused(code: &str, text: &str) -> Option<Refused> {
    Some(Refused { code: code.parse().ok()?, text: text.parse().ok() })
}
