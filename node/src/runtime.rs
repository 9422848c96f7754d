//! The running node: puts its parts together, keeps its tasks going, and takes it down in order.

mod standing;
mod tasks;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::keyring::Keyring;
use budstikke_keys::secret::{SecretKey, SymmetricKey};
use budstikke_protocol::federation::roster::Status;
use budstikke_protocol::federation::standing::is_too_early;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::origin::Origin;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::clock;
use crate::config::{self, Config};
use crate::control::server;
use crate::failure::{Failure, chain};
use crate::home::{Home, Lock, can_be_read_by_others};
use crate::http;
use crate::keyfile::{self, Chosen};
use crate::net;
use crate::place::Place;
use crate::rosters::Rosters;
use crate::service::announce;
use crate::service::announce::calls::Calls;
use crate::service::context::Context;
use crate::service::cosigning;
use crate::service::dial_backs::DialBacks;
use crate::service::drift::Drift;
use crate::service::federation::Federation;
use crate::service::find::fresh;
use crate::service::find::mirrors::Mirrors;
use crate::service::find::rate::Buckets;
use crate::service::log::keep;
use crate::service::membership::members;
use crate::service::questions::Questions;
use crate::service::referral::desk::Desk;
use crate::service::referral::{assess, courier};
use crate::service::restored::Restored;
use crate::service::signer::Signer;
use crate::service::told::Forks;
use crate::service::walks::Walks;
use crate::service::witnessed::Witnessed;
use crate::store::{MirrorFiles, Places, Progress, Store, StoreError};

/// How long the tasks may take to end before the node goes down without them.
const ENDING_MAX: Duration = Duration::from_secs(10);

/// A node that runs.
#[derive(Debug)]
pub struct Node {
    ctx: Arc<Context>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// Stopped last, so that answers still leave.
    swarm: (CancellationToken, JoinHandle<()>),
    /// Held to the end, so that no other process works on the home meanwhile.
    _lock: Lock,
}

/// Starts the node of `home`. `progress` is told of long work on the store.
///
/// # Errors
/// What is wrong with the home, the key file, the rosters, the store or the addresses.
pub async fn start(
    home: &Home,
    passphrase_file: Option<&Path>,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<Node, Failure> {
    // The configuration first: a folder that is not a home is told as such.
    let config = read_config(home)?;
    let lock = home.lock()?;
    let passphrase_file = passphrase_file.or(config.passphrase_file.as_deref());
    if passphrase_file.is_some_and(can_be_read_by_others) {
        warn!("the passphrase file can be read by others: make it its owner's alone (chmod 600)");
    }
    let passphrase = keyfile::passphrase(passphrase_file, Chosen::Before)?;
    let keyring = keyfile::open(home, &passphrase)?;
    let federation = Federation::new(Rosters::open(home)?)?;
    let places = places(home);
    let Keyring { node, sign, log, witness, storage } = keyring;
    let origin =
        Origin::records(federation.view().roster().federation.clone(), config.organisation);
    let store = open_store(places, &storage, &origin, progress)?;
    drop(storage);
    let restored = Restored::new(Place::of(home))?;
    let signer = signer((origin, log), &store, &restored);
    let (stop, net_stop) = (CancellationToken::new(), CancellationToken::new());
    let view = federation.view();
    let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
    let (net, incoming, swarm) =
        net::start(&node, &listen, members(&view, config.organisation), net_stop.clone()).await?;
    let listener = server::listen(home)?;
    let web = match config.http {
        Some(address) => Some(http::listen(address).await?),
        None => None,
    };
    let questions = Questions::new(store.nonces()?);
    let witnessed = Witnessed::new(last_witnessed(&store, &signer)?);
    let ctx = Arc::new(Context {
        config,
        http: web.as_ref().map(|(_, address)| *address),
        sign,
        witnessed,
        log: signer,
        witness,
        restored,
        mirrors: Mirrors::new(MirrorFiles::open(home.path("mirrors")).map_err(StoreError::from)?),
        store,
        net,
        federation,
        questions,
        log_questions: Questions::default(),
        deliveries: Questions::default(),
        blind: Buckets::default(),
        announcing: Calls::default(),
        desk: Desk::default(),
        forks: Forks::default(),
        dial_backs: DialBacks::default(),
        drift: Drift::default(),
        walks: Walks::default(),
    });
    told(&ctx).await;
    let doors =
        Doors { control: listener, http: web.map(|(listener, _)| listener), peers: incoming };
    let running = run(&ctx, doors, &stop);
    Ok(Node { ctx, stop, tasks: running, swarm: (net_stop, swarm), _lock: lock })
}

/// Where others come in.
struct Doors {
    control: UnixListener,
    http: Option<TcpListener>,
    peers: mpsc::Receiver<net::Incoming>,
}

/// Starts the tasks of a node, which end with `stop`.
fn run(ctx: &Arc<Context>, doors: Doors, stop: &CancellationToken) -> JoinSet<()> {
    let mut running = JoinSet::new();
    running.spawn(server::serve(Arc::clone(ctx), doors.control, stop.clone()));
    if let Some(listener) = doors.http {
        running.spawn(http::serve(Arc::clone(ctx), listener, stop.clone()));
    }
    running.spawn(tasks::incoming(Arc::clone(ctx), doors.peers, stop.clone()));
    running.spawn(tasks::news(Arc::clone(ctx), stop.clone()));
    running.spawn(tasks::changes(Arc::clone(ctx), stop.clone()));
    running.spawn(tasks::erasures(Arc::clone(ctx), stop.clone()));
    running.spawn(keep(Arc::clone(ctx), stop.clone()));
    running.spawn(cosigning::keep(Arc::clone(ctx), stop.clone()));
    running.spawn(fresh::keep(Arc::clone(ctx), stop.clone()));
    running.spawn(tasks::forks(Arc::clone(ctx), stop.clone()));
    running.spawn(courier::keep(Arc::clone(ctx), stop.clone()));
    running.spawn(announce::courier::keep(Arc::clone(ctx), stop.clone()));
    running.spawn(assess::keep(Arc::clone(ctx), stop.clone()));
    running
}

impl Node {
    /// What its use cases work with.
    pub fn context(&self) -> &Arc<Context> {
        &self.ctx
    }

    /// Where it listens.
    pub async fn listeners(&self) -> Vec<String> {
        self.ctx.net.listeners().await
    }

    /// Waits until a task ends although nobody stopped the node: something is badly wrong then, and a node without one of
    /// its parts must not go on.
    pub async fn ended(&mut self) {
        tokio::select! {
            _ = self.tasks.join_next() => {}
            _ = &mut self.swarm.1 => {}
        }
        error!("a part of the node has ended by itself");
    }

    /// Takes the node down: no new work, the present work to its end, the store closed.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(ENDING_MAX, ended).await.is_err() {
            warn!("some tasks did not end in time");
            self.tasks.shutdown().await;
        }
        let (net_stop, swarm) = self.swarm;
        net_stop.cancel();
        // One that has ended by itself was waited for before.
        if !swarm.is_finished()
            && let Err(error) = swarm.await
        {
            warn!(%error, "the network did not end in order");
        }
        if let Err(error) = self.ctx.store.clone().close().await {
            warn!(error = chain(&error), "the store was not closed in order");
        }
        info!("stopped");
    }
}

/// The configuration of a home.
///
/// # Errors
/// When it is missing or wrong.
pub fn read_config(home: &Home) -> Result<Config, Failure> {
    let bytes = home.read(config::FILE, config::BYTES_MAX)?;
    Config::parse(&bytes)
        .map_err(|error| Failure::of(&error, format!("mend {}", home.path(config::FILE).display())))
}

/// Opens the store, and says what was mended.
fn open_store(
    places: Places,
    storage: &SymmetricKey,
    origin: &Origin,
    progress: impl Fn(Progress),
) -> Result<Store, StoreError> {
    let open = || Store::open(places, storage, origin.clone(), progress);
    let (store, repairs) = tokio::task::block_in_place(open)?;
    for repair in repairs.lines() {
        warn!("{repair}");
    }
    Ok(store)
}

/// Where the store of a home lies.
fn places(home: &Home) -> Places {
    Places {
        journal: home.path("journal"),
        documents: home.path("documents"),
        db: home.path("db"),
        tiles: home.path("tiles"),
        lists: home.path("lists"),
    }
}

/// Signs the last head, before anybody is asked: the same head gives the same signature. One that somebody has put there waits.
fn signer((origin, key): (Origin, SecretKey), store: &Store, restored: &Restored) -> Signer {
    let signer = Signer::new(origin, key);
    if let Some(head) = store.log().head().borrow().filter(|_| !restored.is_waiting()) {
        signer.sign(head);
    }
    signer
}

/// The newest checkpoint of this node's log that was witnessed in an earlier run.
fn last_witnessed(store: &Store, signer: &Signer) -> Result<Option<SignedCheckpoint>, StoreError> {
    let note = store.heads().newest_witnessed()?;
    // One that another key has signed is of a log before this.
    Ok(note.and_then(|note| SignedCheckpoint::open(note, &signer.verifier()).ok()))
}

/// Says at the start what an operator should know.
async fn told(ctx: &Context) {
    let view = ctx.federation.view();
    let roster = view.roster();
    info!(organisation = %ctx.here(), federation = %roster.federation, roster = roster.version, listening = ?ctx.net.listeners().await, "node started");
    if let Some(line) = standing::warning(ctx) {
        warn!("{line}");
    }
    if is_too_early(roster, clock::now()) {
        warn!(issued = %roster.issued, "this clock is before the time at which the roster was issued: set it, or no other node will answer");
    }
    match roster.member(ctx.here()) {
        None => warn!("this organisation is not in the roster: no other node lets it in"),
        Some(member) if member.status != Status::Active => {
            warn!(status = ?member.status, "this organisation is not an active member");
        }
        Some(member) if member.keys.sign != ctx.sign.public() => warn!(
            "the roster lists another key for this organisation: its signatures will not be trusted"
        ),
        Some(_) => {}
    }
}
