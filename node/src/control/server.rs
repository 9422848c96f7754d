//! The side of the control socket that carries commands out.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::channel::{Channel, Received, SOCKET};
use super::message::{AccessOrder, Command, ReferralOrder, Reply};
use super::reports::reported;
use super::{documents, find, index, referrals, rosters, watch};
use crate::failure::Failure;
use crate::home::{Home, HomeError};
use crate::service::caller::{Who, caller};
use crate::service::context::Context;
use crate::service::{audit, checkup, patient, status};

/// How long a connection may take to say its command.
const COMMAND_WAIT: Duration = Duration::from_secs(5);

/// How long the socket rests after it could not accept, because what it lacks, such as descriptors, comes back with time.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The most commands that run at a time; more than a person and their scripts give, fewer than would starve the peers.
const COMMANDS_MAX: usize = 64;

/// Opens the control socket of `home`, for its owner only.
///
/// # Errors
/// When the operating system says no. The home must be locked: a socket that is there is a leftover.
pub fn listen(home: &Home) -> Result<UnixListener, HomeError> {
    let path = home.path(SOCKET);
    let fail = |source| HomeError::Io { action: "open", path: path.clone(), source };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(fail)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(fail)?;
    Ok(listener)
}

/// Carries out commands until `stop`, then lets those that run come to their end.
pub async fn serve(ctx: Arc<Context>, listener: UnixListener, stop: CancellationToken) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = running.join_next(), if !running.is_empty() => {}
            accepted = listener.accept(), if running.len() < COMMANDS_MAX => match accepted {
                Ok((stream, _)) => drop(running.spawn(command(Arc::clone(&ctx), stream, stop.clone()))),
                Err(error) => {
                    warn!(%error, "the control socket does not accept");
                    sleep(ACCEPT_REST).await;
                }
            }
        }
    }
    while running.join_next().await.is_some() {}
}

async fn command(ctx: Arc<Context>, stream: UnixStream, stop: CancellationToken) {
    let mut channel = Channel::new(stream);
    let received = tokio::select! {
        () = stop.cancelled() => return,
        received = timeout(COMMAND_WAIT, channel.receive::<Command>()) => match received {
            Ok(received) => received,
            Err(_) => return debug!("a connection to the control socket said no command"),
        },
    };
    let outcome = match received {
        // It has no end of its own, so it ends with the node.
        Ok(Some(Received::Message(Command::Referral { order: ReferralOrder::Watch, .. }))) => {
            watch::watch(&ctx, &mut channel, &stop).await
        }
        Ok(Some(Received::Message(command))) => carry_out(&ctx, &mut channel, command).await,
        Ok(None) => return,
        Ok(Some(Received::Data(_) | Received::End)) | Err(_) => Err(Failure::new(
            "that is not a command",
            "use a budstikke of the same version as the node",
        )),
    };
    let reply = match outcome {
        Ok(value) => Reply::Done(value),
        Err(failure) => Reply::Failed(failure),
    };
    let mut sent = channel.send(&reply).await;
    if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::InvalidInput) {
        sent = channel.send(&Reply::Failed(too_long())).await;
    }
    if let Err(error) = sent {
        debug!(%error, "the command's sender is gone");
    }
}

fn too_long() -> Failure {
    Failure::new(
        "the answer has more than 16 MiB",
        "ask for less at once: a smaller --limit, or one --patient",
    )
}

#[expect(
    clippy::cognitive_complexity,
    reason = "one arm for each command, and nothing between them"
)]
async fn carry_out(
    ctx: &Context,
    channel: &mut Channel,
    command: Command,
) -> Result<Value, Failure> {
    match command {
        Command::Status => Ok(status::status(ctx).await),
        Command::Checkup => Ok(checkup(ctx, channel).await),
        Command::PeerList => Ok(Value::Array(status::peers(ctx).await)),
        Command::PeerShow { organisation } => status::show(ctx, organisation).await,
        Command::PeerPing { organisation } => status::ping(ctx, organisation).await,
        Command::Document { order, who } => {
            documents::carry_out(ctx, channel, order, &caller(ctx, &who)?).await
        }
        Command::Find { order, who } => {
            find::carry_out(ctx, channel, order, &caller(ctx, &who)?).await
        }
        Command::PatientLink { numbers, who } => link(ctx, &numbers, &who).await,
        Command::Referral { order, who } => {
            referrals::carry_out(ctx, channel, order, &caller(ctx, &who)?).await
        }
        Command::Outbox { order, who } => referrals::outbox(ctx, order, &caller(ctx, &who)?).await,
        Command::Index { order } => index::carry_out(ctx, channel, order).await,
        Command::Access { order } => accesses(ctx, order).await,
        Command::RosterImport => rosters::import(ctx, channel).await,
        Command::RosterSettle { version, keep } => rosters::settle(ctx, version, &keep).await,
    }
}

/// The looks at patient data, or the tickets of a day, opened.
async fn accesses(ctx: &Context, order: AccessOrder) -> Result<Value, Failure> {
    match order {
        AccessOrder::List { patient, limit } => documents::accesses(ctx, patient.as_deref(), limit),
        AccessOrder::Audit { day, who } => audit::day(ctx, &caller(ctx, &who)?, day).await,
    }
}

/// Links two identifiers of one patient, and gives all that are known.
async fn link(ctx: &Context, [one, other]: &[String; 2], who: &Who) -> Result<Value, Failure> {
    let linked = patient::link(ctx, &caller(ctx, who)?, [one, other]).await?;
    Ok(json!({ "linked": linked }))
}

/// The findings of the running node; how many members have answered is reported meanwhile.
async fn checkup(ctx: &Context, channel: &mut Channel) -> Value {
    let findings = reported(channel, |reports| async move {
        checkup::checkup(ctx, &mut |done, total| reports.tell(done, total)).await
    });
    json!(findings.await)
}
