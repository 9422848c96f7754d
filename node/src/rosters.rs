//! The rosters of a home: one file a version, each checked from the fingerprint on; the truth about who is a member.
//!
//! `rosters/fingerprint` names the federation; `rosters/<version>.json` is a roster as its stewards signed it;
//! `rosters/fork-<version>.json` is evidence that the stewards signed another roster of that version too. While there is
//! such evidence no patient data is exchanged, until an operator settles it. `settled-<version>.json` is the roster that was
//! rejected then; `aside-…` is what was built on a rejected one, kept for people to look at.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{JwsError, SignedByMany};
use budstikke_protocol::federation::accept::{Accepted, RosterError};
use budstikke_protocol::federation::chain::{Chain, ChainError};
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::limits::ROSTER_BYTES_MAX;
use thiserror::Error;

use crate::failure::Failure;
use crate::home::{Home, HomeError, create_private_dir, read_bounded, write_durably};

/// The most bytes of a roster file with every version in it.
pub const CHAIN_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The rosters that this node has accepted.
#[derive(Debug)]
pub struct Rosters {
    dir: PathBuf,
    federation: Fingerprint,
    accepted: Vec<Arc<Accepted>>,
    forked: Option<u64>,
}

/// What became of a roster that somebody handed to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// It is the newest now.
    Accepted,
    /// It was known.
    Known,
    /// It proves a fork; the evidence is kept.
    Fork,
}

/// Why rosters cannot be read or taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RostersError {
    /// No federation has been joined.
    #[error("this node has not joined a federation")]
    NotJoined,
    /// It has joined another one.
    #[error("this node belongs to the federation {0} already")]
    Joined(Fingerprint),
    /// A file in the folder is damaged.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// A roster does not follow the rules.
    #[error(transparent)]
    Rule(#[from] RosterError),
    /// A roster file cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A roster cannot be read.
    #[error(transparent)]
    Roster(#[from] JwsError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// There is no fork of that version.
    #[error("there is no fork of version {0}")]
    NoFork(u64),
    /// The other roster was not built on what this node has.
    #[error(
        "the other roster of version {version} does not follow from what is here: the fork lies further back"
    )]
    Further {
        /// The version that was to be settled.
        version: u64,
        /// The rule that it would break.
        source: RosterError,
    },
}

impl Rosters {
    /// Joins the federation with this fingerprint: checks every roster of the file and keeps each.
    ///
    /// # Errors
    /// When this home has joined another federation, or a roster breaks a rule; nothing is written then.
    pub fn join(home: &Home, federation: Fingerprint, chain: Chain) -> Result<Self, RostersError> {
        let dir = home.path("rosters");
        if let Some(joined) = fingerprint_of(&dir)? {
            return Err(RostersError::Joined(joined));
        }
        let accepted = chain.walk(federation)?;
        create_private_dir(&dir)?;
        for roster in &accepted {
            write_durably(
                &file(&dir, roster.roster().version),
                roster.signed().to_json().as_bytes(),
            )?;
        }
        // Last, so that a home either has joined with all rosters or has not joined.
        write_durably(&dir.join("fingerprint"), format!("{federation}\n").as_bytes())?;
        Self::open(home)
    }

    /// Reads and checks the rosters of a home from the first on.
    ///
    /// # Errors
    /// When it has not joined, or a file is missing, damaged or breaks a rule.
    pub fn open(home: &Home) -> Result<Self, RostersError> {
        let dir = home.path("rosters");
        let federation = fingerprint_of(&dir)?.ok_or(RostersError::NotJoined)?;
        // A process that was killed before it could sync has left names that a power cut takes away again.
        sync(&dir)?;
        let mut accepted: Vec<Arc<Accepted>> = Vec::new();
        for version in 1.. {
            let path = file(&dir, version);
            if !exists(&path)? {
                break;
            }
            let before = accepted.last().map(Arc::as_ref);
            accepted.push(Arc::new(Accepted::after(before, read_roster(&path)?, federation)?));
        }
        if accepted.is_empty() {
            return Err(RostersError::Damaged { path: file(&dir, 1) });
        }
        let mut rosters = Self { dir, federation, accepted, forked: None };
        rosters.forked = rosters.first_fork()?;
        Ok(rosters)
    }

    /// The federation that this home has joined.
    pub fn federation(&self) -> Fingerprint {
        self.federation
    }

    /// The newest roster.
    ///
    /// # Errors
    /// Never after a successful open: there is at least one.
    pub fn newest(&self) -> Result<&Arc<Accepted>, RostersError> {
        self.accepted.last().ok_or(RostersError::NotJoined)
    }

    /// The roster of one version.
    pub fn version(&self, version: u64) -> Option<&Arc<Accepted>> {
        let at = usize::try_from(version.checked_sub(1)?).ok()?;
        self.accepted.get(at)
    }

    /// The lowest version of which there are two rosters, while no operator has settled it.
    pub fn forked(&self) -> Option<u64> {
        self.forked
    }

    /// Takes a roster from a peer or a file.
    ///
    /// # Errors
    /// The rule that it breaks; nothing has changed then.
    pub fn take(&mut self, signed: SignedByMany<Roster>) -> Result<Handed, RostersError> {
        let version = signed.statement().version;
        if let Some(known) = self.version(version) {
            if known.digest() == signed.payload_digest() || self.is_settled_against(&signed) {
                return Ok(Handed::Known);
            }
            if !known.is_fork(self.before(version), &signed) {
                let newest = self.newest()?.roster().version;
                return Err(RosterError::Older { found: version, known: newest }.into());
            }
            write_durably(&self.named("fork", version), signed.to_json().as_bytes())?;
            self.forked = Some(self.forked.map_or(version, |lowest| lowest.min(version)));
            return Ok(Handed::Fork);
        }
        let next = self.newest()?.next(signed)?;
        write_durably(&file(&self.dir, version), next.signed().to_json().as_bytes())?;
        self.accepted.push(Arc::new(next));
        Ok(Handed::Accepted)
    }

    /// Takes every roster of a file; those that are known already are passed over.
    ///
    /// # Errors
    /// The first rule that is broken; the rosters before it have been taken.
    pub fn import(&mut self, chain: Chain) -> Result<Vec<Handed>, RostersError> {
        chain.into_rosters().into_iter().map(|signed| self.take(signed)).collect()
    }

    /// Settles a fork: of the two rosters of `version`, the one with the payload digest `keep` stays and the other is set
    /// aside, with everything that was built on it.
    ///
    /// # Errors
    /// [`RostersError::NoFork`] when there is none of that version with that roster; [`RostersError::Further`] when the
    /// other cannot stand here. Nothing has changed then.
    pub fn settle(&mut self, version: u64, keep: Sha256Digest) -> Result<(), RostersError> {
        let fork = self.named("fork", version);
        let ours = self.version(version).ok_or(RostersError::NoFork(version))?;
        if !exists(&fork)? {
            return Err(RostersError::NoFork(version));
        }
        let theirs = read_roster(&fork)?;
        if ours.digest() == keep {
            self.reject(version, theirs.payload_digest())?;
        } else if theirs.payload_digest() == keep {
            // Judged before a file is touched: a home with a roster that breaks a rule would not open again.
            Accepted::after(self.before(version), theirs, self.federation)
                .map_err(|source| RostersError::Further { version, source })?;
            self.give_way(version, ours)?;
        } else {
            return Err(RostersError::NoFork(version));
        }
        let home = Home::at(self.dir.parent().unwrap_or(Path::new(".")));
        *self = Self::open(&home)?;
        Ok(())
    }

    /// Sets the evidence of `version` aside, whose digest is `rejected`, and with it the evidence that was built on it.
    fn reject(&self, version: u64, mut rejected: Sha256Digest) -> Result<(), RostersError> {
        let mut built = Vec::new();
        for later in (version..).skip(1) {
            let fork = self.named("fork", later);
            if !exists(&fork)? {
                break;
            }
            let theirs = read_roster(&fork)?;
            if theirs.statement().previous != Some(rejected) {
                break;
            }
            rejected = theirs.payload_digest();
            built.push(later);
        }
        // From the newest down: what a crash leaves is still known to be built on what is rejected last.
        for later in built.into_iter().rev().chain([version]) {
            rename(&self.named("fork", later), &self.named("settled", later))?;
        }
        Ok(())
    }

    /// Puts the other roster of `version` in the place of `ours`.
    fn give_way(&self, version: u64, ours: &Accepted) -> Result<(), RostersError> {
        write_durably(&self.named("settled", version), ours.signed().to_json().as_bytes())?;
        // From the newest down, so that a crash leaves a chain without a gap; ours gives way in one step.
        let later = self.accepted.iter().rev().map(|roster| roster.roster().version);
        for later in later.take_while(|later| *later > version) {
            rename(&file(&self.dir, later), &self.named("aside", later))?;
            // Evidence against a roster that no longer stands would be held against the one that comes in its place.
            let fork = self.named("fork", later);
            if exists(&fork)? {
                rename(&fork, &self.named("aside-fork", later))?;
            }
        }
        Ok(rename(&self.named("fork", version), &file(&self.dir, version))?)
    }

    /// Whether `theirs` follows the roster before it that this node has, so that a fork would begin with it.
    pub fn is_built_on_ours(&self, theirs: &Roster) -> bool {
        self.before(theirs.version).is_none_or(|ours| theirs.previous == Some(ours.digest()))
    }

    /// The two rosters of a forked version: ours and the other.
    ///
    /// # Errors
    /// When the evidence cannot be read.
    pub fn fork(&self, version: u64) -> Result<(Sha256Digest, Sha256Digest), RostersError> {
        let theirs = read_roster(&self.named("fork", version))?;
        let ours = self.version(version).ok_or(RostersError::NoFork(version))?;
        Ok((ours.digest(), theirs.payload_digest()))
    }

    /// Every version in one file, a line each.
    pub fn to_chain(&self) -> String {
        self.accepted.iter().map(|roster| roster.signed().to_json()).collect()
    }

    fn before(&self, version: u64) -> Option<&Accepted> {
        self.version(version.checked_sub(1)?).map(Arc::as_ref)
    }

    fn named(&self, what: &str, version: u64) -> PathBuf {
        self.dir.join(format!("{what}-{version}.json"))
    }

    fn is_settled_against(&self, signed: &SignedByMany<Roster>) -> bool {
        read_roster(&self.named("settled", signed.statement().version))
            .is_ok_and(|rejected| rejected.payload_digest() == signed.payload_digest())
    }

    fn first_fork(&self) -> Result<Option<u64>, RostersError> {
        for ours in &self.accepted {
            let version = ours.roster().version;
            let fork = self.named("fork", version);
            // Evidence that cannot be read counts: somebody has to look at it.
            let is_ours =
                || read_roster(&fork).is_ok_and(|it| it.payload_digest() == ours.digest());
            if exists(&fork)? && !is_ours() {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }
}

fn file(dir: &Path, version: u64) -> PathBuf {
    dir.join(format!("{version:08}.json"))
}

fn read_roster(path: &Path) -> Result<SignedByMany<Roster>, RostersError> {
    let max = u64::try_from(ROSTER_BYTES_MAX).unwrap_or(u64::MAX);
    Ok(SignedByMany::parse(&read_bounded(path, max)?, ROSTER_BYTES_MAX)?)
}

fn fingerprint_of(dir: &Path) -> Result<Option<Fingerprint>, RostersError> {
    let path = dir.join("fingerprint");
    if !exists(&path)? {
        return Ok(None);
    }
    let text = String::from_utf8(read_bounded(&path, 256)?).ok();
    match text.and_then(|text| text.trim().parse().ok()) {
        Some(fingerprint) => Ok(Some(fingerprint)),
        None => Err(RostersError::Damaged { path }),
    }
}

/// Whether the file is there. A disk that does not say is an error: the end of the chain would be taken to be there.
fn exists(path: &Path) -> Result<bool, HomeError> {
    let io = |source| HomeError::Io { action: "look for", path: path.to_owned(), source };
    path.try_exists().map_err(io)
}

fn rename(from: &Path, to: &Path) -> Result<(), HomeError> {
    let io = |source| HomeError::Io { action: "rename", path: from.to_owned(), source };
    fs::rename(from, to).map_err(io)?;
    sync(to.parent().unwrap_or(Path::new(".")))
}

/// Brings the names in a folder to the disk.
fn sync(dir: &Path) -> Result<(), HomeError> {
    let io = |source| HomeError::Io { action: "sync", path: dir.to_owned(), source };
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)
}

impl From<RostersError> for Failure {
    fn from(error: RostersError) -> Self {
        let hint = match &error {
            RostersError::NotJoined => {
                "join one: budstikke join --federation FINGERPRINT roster.json"
            }
            RostersError::Joined(_) => {
                "a home belongs to one federation; make another with budstikke init --home"
            }
            RostersError::Damaged { .. } => {
                "copy the file from another member's rosters folder, or from a backup"
            }
            RostersError::Rule(_) => "ask a steward for the right roster file",
            RostersError::Chain(_) | RostersError::Roster(_) => {
                "check that the file is a roster file, whole and unchanged"
            }
            RostersError::Home(_) => "look at the folder, its permissions and the disk",
            RostersError::NoFork(_) => "budstikke status shows the forks there are",
            RostersError::Further { .. } => {
                "settle an earlier version first; importing the whole roster file with that roster shows which: budstikke roster import"
            }
        };
        Self::of(&error, hint)
    }
}
