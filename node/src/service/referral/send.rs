//! Referring a patient: the first event of a referral.

use budstikke_keys::time::{Date, Timestamp};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::referral::calendar;
use budstikke_protocol::referral::codes::{Priority, ReferralKind};
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::said::{Body, Requested};
use budstikke_protocol::referral::state::State;
use budstikke_protocol::text::Text;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::commit::commit;
use super::documents::attached;
use super::receiver::receiver;
use super::speech::{new_id, request};
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::By;

/// What a person asks for, and of whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendForm {
    /// To whom.
    pub to: OrganisationNumber,
    /// The patient's person number.
    pub patient: String,
    /// How urgent it is.
    pub priority: Priority,
    /// From when waiting counts; today when absent.
    pub seniority: Option<Date>,
    /// What is asked for.
    pub referral_kind: Option<ReferralKind>,
    /// What people see in a list.
    pub title: Text<128>,
    /// More of it.
    pub text: Option<Body>,
    /// Documents of this organisation, published before.
    pub documents: Vec<DocumentId>,
    /// Whether it waits for a receiver that is no member yet.
    pub wait: bool,
}

/// A referral that was sent.
#[derive(Debug)]
pub struct Sent {
    /// What it is called.
    pub name: ReferralName,
    /// How it stands.
    pub state: State,
    /// What keeps it from being delivered at once.
    pub warning: Option<String>,
}

/// Refers a patient. The referral is durable when this returns, and on its way.
///
/// # Errors
/// When there is no such receiver, patient or document, or the disk says no; nothing was sent then.
pub async fn send(ctx: &Context, caller: &Caller, form: SendForm) -> Result<Sent, Failure> {
    let now = clock::now();
    let warning = receiver(ctx, form.to, form.wait)?;
    let patient = patient(ctx, &form.patient)?;
    let documents = attached(ctx, &patient, &form.documents)?;
    let requested = Requested {
        patient: patient.clone(),
        priority: form.priority,
        seniority: form.seniority.unwrap_or_else(|| today(now)),
        referral_kind: form.referral_kind,
        title: form.title,
        text: form.text,
        documents,
        continues: None,
    };
    let (event, state) = request(ctx, caller, (new_id()?, form.to), requested, now)?;
    let name = state.name();
    let record = Record::permitted(Action::Refer, caller, now).with_peer(form.to);
    let record = record.of_referral(name, &patient);
    commit(ctx, record, &[(By::Here, event)], None).await?;
    info!(referral = %name, to = %form.to, "referral sent");
    ctx.desk.said(form.to, name);
    Ok(Sent { name, state, warning })
}

fn patient(ctx: &Context, number: &str) -> Result<Identifier, Failure> {
    let environment = ctx.federation.view().roster().environment;
    let number = PersonNumber::parse(number, environment).map_err(|error| {
        Failure::of(
            &error,
            format!("this is a {environment} federation; check the number and its kind"),
        )
    })?;
    Ok(Identifier::of(&number, ctx.here()))
}

/// The day as it is in Norway.
fn today(now: Timestamp) -> Date {
    calendar::day(now)
}
