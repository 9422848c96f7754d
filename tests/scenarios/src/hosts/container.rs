//! One organisation on a host of its own: a container, its volume and its address.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::docker;
use crate::program::Ended;
use crate::until::{PATIENCE, until};

/// The home in a container.
pub const HOME: &str = "/home/budstikke/.budstikke";

/// How long a node may take to be healthy, on a machine that is busy with other tests.
const HEALTHY_MAX: Duration = Duration::from_mins(2);

/// What containers of one scenario have in common.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The image under test.
    pub image: String,
    /// The network that they are on.
    pub network: String,
    /// The file with the passphrase.
    pub passphrase: PathBuf,
    /// A folder of the host that every container sees as `/files`.
    pub files: PathBuf,
}

/// One organisation, whose node runs in a container.
#[derive(Debug)]
pub struct Host {
    /// Its organisation number.
    pub organisation: String,
    /// The container's name.
    pub container: String,
    /// The name at which the others find it.
    pub address: String,
    /// The volume of its home.
    pub volume: String,
    /// Further options of `docker run`.
    pub options: Vec<String>,
    ground: Ground,
    /// What containers have logged that are gone.
    earlier_log: String,
}

impl Host {
    /// An organisation with a volume that is empty yet, and no container.
    pub fn new(ground: Ground, organisation: &str, address: &str, names: (String, String)) -> Self {
        Self {
            organisation: organisation.to_owned(),
            container: names.0,
            address: address.to_owned(),
            volume: names.1,
            options: Vec::new(),
            ground,
            earlier_log: String::new(),
        }
    }

    /// A container that runs a command on the volume of this host, not yet started; it is as closed as an operator can have it.
    pub fn docker_run(&self, options: &[&str], args: &[&str]) -> Command {
        let Ground { image, network, passphrase, files } = &self.ground;
        let volume = format!("{}:{HOME}", self.volume);
        let secret = format!("{}:/run/secrets/budstikke-passphrase:ro", passphrase.display());
        let files = format!("{}:/files", files.display());
        let mut command = docker::command(&["run", "--network", network, "--read-only"]);
        command.args(["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]);
        command.args(["--volume", &volume, "--volume", &secret, "--volume", &files]);
        command.args(&self.options).args(options).arg(image).args(args);
        command
    }

    /// Runs a command about the home, in a container that is gone afterwards.
    pub fn offline(&self, args: &[&str]) -> Ended {
        self.docker_run(&["--rm"], args).output().unwrap().into()
    }

    /// The same, with a file as standard input.
    pub fn offline_with(&self, input: &Path, args: &[&str]) -> Ended {
        let mut command = self.docker_run(&["--rm", "--interactive"], args);
        command.stdin(File::open(input).unwrap()).output().unwrap().into()
    }

    /// Makes and starts its container, and returns when it is healthy.
    pub fn start(&self) {
        self.launch();
        self.wait_until_healthy();
    }

    /// Makes and starts its container.
    pub fn launch(&self) {
        let options = ["--detach", "--name", &self.container, "--network-alias", &self.address];
        Ended::from(self.docker_run(&options, &["run"]).output().unwrap()).ok();
    }

    /// Starts its container again, and returns when it is healthy.
    pub fn start_again(&self) {
        docker::run(&["start", &self.container]).ok();
        self.wait_until_healthy();
    }

    /// Returns when its container is healthy.
    pub fn wait_until_healthy(&self) {
        let state = "{{.State.Status}} {{.State.Health.Status}}";
        until("a healthy container", HEALTHY_MAX, || {
            let state = docker::inspect(&self.container, state);
            assert!(!state.starts_with("exited"), "the node ended:\n{}", self.log());
            (state == "running healthy").then_some(())
        });
    }

    /// Stops its container as Docker does: SIGTERM, and SIGKILL after `seconds`. Gives the node's exit code.
    pub fn stop(&self, seconds: u8) -> i32 {
        docker::run(&["stop", "--time", &seconds.to_string(), &self.container]).ok();
        docker::inspect(&self.container, "{{.State.ExitCode}}").parse().unwrap()
    }

    /// Does to its container what `docker <verb> CONTAINER` does.
    pub fn docker(&self, verb: &str) {
        docker::run(&[verb, &self.container]).ok();
    }

    /// Unplugs its container from the network.
    pub fn disconnect(&self) {
        docker::run(&["network", "disconnect", &self.ground.network, &self.container]).ok();
    }

    /// Plugs its container in again.
    pub fn connect(&self) {
        let Ground { network, .. } = &self.ground;
        docker::run(&["network", "connect", "--alias", &self.address, network, &self.container])
            .ok();
    }

    /// Removes its container; the volume stays.
    pub fn remove(&mut self) {
        self.earlier_log = self.log();
        docker::run(&["rm", "--force", &self.container]).ok();
    }

    /// Runs a command of the host in the network of its container, which is the way in for who changes that network.
    pub fn in_network(&self, command: &str) {
        let process = docker::inspect(&self.container, "{{.State.Pid}}");
        let mut inside = Command::new("nsenter");
        inside.args(["--target", &process, "--net", "sh", "-ec", command]);
        Ended::from(inside.output().unwrap()).ok();
    }

    /// Where the volume is on this machine.
    pub fn home(&self) -> PathBuf {
        docker::text(&["volume", "inspect", "--format", "{{.Mountpoint}}", &self.volume]).into()
    }

    /// Everything its containers have logged.
    pub fn log(&self) -> String {
        let logged = docker::command(&["logs", &self.container]).output().unwrap();
        format!(
            "{}{}{}",
            self.earlier_log,
            String::from_utf8_lossy(&logged.stdout),
            String::from_utf8_lossy(&logged.stderr)
        )
    }

    /// A command for its node, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = docker::command(&["exec", "--interactive", &self.container, "budstikke"]);
        command.args(args);
        command
    }

    /// Gives a command to its node.
    pub fn run(&self, args: &[&str]) -> Ended {
        self.command(args).output().unwrap().into()
    }

    /// Gives a command that must succeed, and takes its result.
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).json()
    }

    /// Publishes a file of the folder `/files` about a patient for an organisation, and gives the document's id.
    pub fn publish(&self, file: &str, patient: &str, to: &str, title: &str) -> String {
        let file = format!("/files/{file}");
        let about = ["--patient", patient, "--type", "A03-2", "--title", title];
        let args = [&["document", "publish", &file], about.as_slice(), &["--to", to]].concat();
        self.json(&args)["document"].as_str().unwrap().to_owned()
    }

    /// What it gets when it asks for a document of `custodian`.
    pub fn get(&self, document: &str, custodian: &Self) -> Ended {
        self.run(&["document", "get", document, "--from", &custodian.organisation])
    }

    /// Its row in what `peer list` of this node says of `other`.
    pub fn peer(&self, other: &Self) -> Value {
        let peers = self.json(&["peer", "list"]);
        let row = |peer: &&Value| peer["organisation"] == other.organisation;
        peers.as_array().unwrap().iter().find(row).cloned().unwrap_or_default()
    }

    /// Waits until its node knows this version of the roster.
    pub fn wait_for_roster(&self, version: u64) {
        until(&format!("version {version} of the roster"), PATIENCE, || {
            (self.json(&["status"])["federation"]["roster"] == version).then_some(())
        });
    }
}
