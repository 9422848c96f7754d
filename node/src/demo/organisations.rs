//! The demo's organisations: their homes, their federation, their running nodes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use budstikke_keys::jws::SignedByMany;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::{Kind, Steward};
use budstikke_protocol::ids::{Environment, Fingerprint, OrganisationNumber};
use data_encoding::BASE64URL_NOPAD;

use crate::config::{self, Config, default_purpose};
use crate::entropy;
use crate::failure::Failure;
use crate::home::{Home, write_durably};
use crate::keyfile::{self, Chosen};
use crate::request;
use crate::roster_file::{self, Draft};
use crate::rosters::{Rosters, RostersError};
use crate::runtime::{self, Node};

/// One of the five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Organisation {
    /// Nordlandssykehuset HF.
    Hospital,
    /// Bodø kommune.
    Municipality,
    /// Fjordgløtt legekontor.
    Gp,
    /// Steigen kommune, which has no records of the demo's patients.
    Neighbour,
    /// Solbakken legekontor, whose node is down all the time.
    Down,
}

impl Organisation {
    const ALL: [Self; 5] =
        [Self::Hospital, Self::Municipality, Self::Gp, Self::Neighbour, Self::Down];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hospital => "Nordlandssykehuset HF",
            Self::Municipality => "Bodø kommune",
            Self::Gp => "Fjordgløtt legekontor",
            Self::Neighbour => "Steigen kommune",
            Self::Down => "Solbakken legekontor",
        }
    }

    /// Its organisation number.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Hospital => "983974910",
            Self::Municipality => "974760673",
            Self::Gp => "314026055",
            Self::Neighbour => "964994218",
            Self::Down => "310000019",
        }
    }

    /// Its home in the demo's folder.
    pub(super) fn home(self, folder: &Path) -> Home {
        Home::at(folder.join(match self {
            Self::Hospital => "hospital",
            Self::Municipality => "municipality",
            Self::Gp => "gp",
            Self::Neighbour => "neighbour",
            Self::Down => "down",
        }))
    }

    fn kind(self) -> Kind {
        match self {
            Self::Hospital => Kind::Hospital,
            Self::Municipality | Self::Neighbour => Kind::Municipality,
            Self::Gp | Self::Down => Kind::Gp,
        }
    }

    /// Who looks there: a doctor of the demo.
    fn person(self) -> &'static str {
        match self {
            Self::Hospital => "999000101:LE",
            Self::Municipality => "999000202:LE",
            Self::Gp => "999000303:LE",
            Self::Neighbour => "999000505:LE",
            Self::Down => "999000606:LE",
        }
    }
}

/// The demo's federation, running.
#[derive(Debug)]
pub(super) struct Running {
    /// Its fingerprint.
    pub(super) federation: Fingerprint,
    /// Its nodes, those that run.
    nodes: Vec<(Organisation, Node)>,
}

impl Running {
    /// Starts the node of an organisation, which does not run.
    pub(super) async fn start(
        &mut self,
        folder: &Path,
        organisation: Organisation,
    ) -> Result<(), Failure> {
        let node = runtime::start(&organisation.home(folder), None, |_| {}).await?;
        self.nodes.push((organisation, node));
        Ok(())
    }

    /// Stops the node of an organisation.
    pub(super) async fn stop(&mut self, organisation: Organisation) {
        let at = self.nodes.iter().position(|(it, _)| *it == organisation);
        if let Some(at) = at {
            let (_, node) = self.nodes.swap_remove(at);
            node.stop().await;
        }
    }

    /// Stops every node.
    pub(super) async fn stop_all(self) {
        for (_, node) in self.nodes {
            node.stop().await;
        }
    }
}

/// Makes everything in `folder` and starts the nodes.
pub(super) async fn start(folder: &Path, say: &dyn Fn(&str)) -> Result<Running, Failure> {
    let passphrase = folder.join("passphrase");
    let random = entropy::draw::<16>()
        .map_err(|error| Failure::of(&error, "the operating system gives no random bytes"))?;
    write_durably(&passphrase, BASE64URL_NOPAD.encode(random.as_slice()).as_bytes())?;
    say(
        "Three stewards make their keys, each in a home of its own; two of them must sign the roster.",
    );
    let stewards = ["Helsedirektoratet", "KS", "Legeforeningen"];
    let stewards = stewards
        .iter()
        .map(|name| steward(folder, name, &passphrase))
        .collect::<Result<Vec<_>, _>>()?;
    say("Five organisations make their nodes and hand in their requests:");
    let ports = free_ports()?;
    for (organisation, port) in Organisation::ALL.into_iter().zip(ports) {
        say(&format!("  {}  {}", organisation.number(), organisation.name()));
        member(folder, organisation, port, &passphrase)?;
    }
    let federation = sign(folder, &stewards, &passphrase)?;
    say(&format!("Two stewards sign. The federation's fingerprint is\n  {federation}"));
    let mut running = Running { federation, nodes: Vec::new() };
    for organisation in Organisation::ALL {
        let home = organisation.home(folder);
        let chain = roster_file::read(&folder.join("roster.json"))?;
        Rosters::join(&home, federation, chain).map_err(Failure::from)?;
        if organisation != Organisation::Down {
            running.start(folder, organisation).await?;
        }
    }
    say(&format!(
        "All have joined with that fingerprint. Four of them run; {} has switched its node off.",
        Organisation::Down.name()
    ));
    Ok(running)
}

fn steward(folder: &Path, name: &str, passphrase: &Path) -> Result<(Home, Steward), Failure> {
    let home = Home::at(folder.join("stewards").join(name.to_lowercase()));
    home.create()?;
    let key = keyfile::create_steward(&home, &keyfile::passphrase(Some(passphrase), Chosen::Now)?)?;
    let name = name.parse().map_err(|error| Failure::of(&error, "this is a fault of the demo"))?;
    Ok((home, Steward { name, key: key.key.public() }))
}

fn member(
    folder: &Path,
    organisation: Organisation,
    port: u16,
    passphrase: &Path,
) -> Result<(), Failure> {
    let fault = "this is a fault of the demo";
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    let passphrase_file =
        std::path::absolute(passphrase).map_err(|error| Failure::of(&error, fault))?;
    let config = Config {
        organisation: number(organisation)?,
        name: organisation.name().parse().map_err(|error| Failure::of(&error, fault))?,
        kind: organisation.kind(),
        region: None,
        listen: listen.parse().into_iter().collect(),
        announce: None,
        http: None,
        passphrase_file: Some(passphrase_file),
        person: organisation.person().parse().ok(),
        purpose: default_purpose(),
    };
    let home = organisation.home(folder);
    home.create()?;
    home.write_new(config::FILE, config.to_file().as_bytes())?;
    let keyring = keyfile::create(&home, &keyfile::passphrase(Some(passphrase), Chosen::Now)?)?;
    Ok(write_durably(&home.path(request::FILE), request::make(&config, &keyring)?.as_bytes())?)
}

fn sign(
    folder: &Path,
    stewards: &[(Home, Steward)],
    passphrase: &Path,
) -> Result<Fingerprint, Failure> {
    let name = "demo.budstikke"
        .parse()
        .map_err(|error| Failure::of(&error, "this is a fault of the demo"))?;
    let public = stewards.iter().map(|(_, steward)| steward.clone()).collect();
    let mut draft = Draft::first(name, Environment::Test, public, 2, 30)?;
    for organisation in Organisation::ALL {
        draft.add(
            &roster_file::read_request(&organisation.home(folder).path(request::FILE))?,
            None,
        )?;
    }
    let path = folder.join("roster.json");
    let mut rosters: Vec<SignedByMany<_>> = draft.into_file()?;
    for (home, _) in stewards.iter().take(2) {
        let key =
            keyfile::open_steward(home, &keyfile::passphrase(Some(passphrase), Chosen::Before)?)?;
        let text: String = rosters.iter().map(SignedByMany::to_json).collect();
        rosters = roster_file::sign(Chain::parse(&text).map_err(RostersError::from)?, &key.key)?;
    }
    roster_file::write(&path, &rosters)?;
    Ok(roster_file::summary(&roster_file::read(&path)?)?.fingerprint)
}

/// The organisation's number, checked.
pub(super) fn number(organisation: Organisation) -> Result<OrganisationNumber, Failure> {
    organisation
        .number()
        .parse()
        .map_err(|error| Failure::of(&error, "this is a fault of the demo"))
}

/// A free port on loopback for each organisation: the roster must name them before the nodes run.
fn free_ports() -> Result<Vec<u16>, Failure> {
    let free = || -> std::io::Result<Vec<u16>> {
        let held = Organisation::ALL.map(|_| TcpListener::bind("127.0.0.1:0"));
        held.into_iter().map(|listener| Ok(listener?.local_addr()?.port())).collect()
    };
    free().map_err(|error| Failure::of(&error, "the operating system gives no ports"))
}

/// Where an evidence file of the demo goes.
pub(super) fn evidence_path(folder: &Path) -> PathBuf {
    folder.join("evidence.tar")
}

/// Where the evidence of the demo's referral goes.
pub(super) fn referral_path(folder: &Path) -> PathBuf {
    folder.join("referral.tar")
}
