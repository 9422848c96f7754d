//! The demo: it runs to its end, ends when it is told to, and leaves nothing behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program;

/// How long the story may take.
const STORY_MAX: Duration = Duration::from_mins(1);

/// A place where nothing is but what the demo makes: its working folder, its user's home and its folder for temporary files.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        for name in ["here", "home", "temporary"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    fn demo(&self, more: &[&str]) -> Command {
        let mut command = program().command(&["demo"]);
        let path = |name| self.dir.path().join(name);
        command
            .args(more)
            .current_dir(path("here"))
            .env("HOME", path("home"))
            .env("TMPDIR", path("temporary"));
        command
    }

    fn assert_empty(&self) {
        for name in ["here", "home", "temporary"] {
            assert_eq!(files(&self.dir.path().join(name)), Vec::<PathBuf>::new(), "in {name}");
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The demo's nodes, by the ports in their configurations.
fn ports(folder: &Path) -> Vec<u16> {
    let port = |name| {
        let config = fs::read_to_string(folder.join(name).join("config.toml")).unwrap();
        let (_, rest) = config.split_once("/ip4/127.0.0.1/tcp/").unwrap();
        rest.split(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    ["hospital", "municipality", "gp", "neighbour"].map(port).into()
}

fn interrupt(child: &Child) {
    assert!(
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
}

#[test]
fn story_comes_to_its_end() {
    let place = Place::new();
    let began = Instant::now();
    let output = place.demo(&["--exit"]).output().unwrap();
    assert!(began.elapsed() < STORY_MAX, "it took {:?}", began.elapsed());
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "");
    for said in [
        "Two stewards sign",
        "refused:",
        "both digests are good",
        "the referral is kept, and waits",
        "→ requested",
        "← completed",
        "accepted by the application",
        "signed events, each verified offline with its receipt",
        "2 open, proven to be all, 1 withheld",
        "none among open records",
        "Solbakken legekontor",
        "The nodes are down, and the folder is gone.",
    ] {
        assert!(stdout.contains(said), "it did not say {said}:\n{stdout}");
    }
    assert!(!stdout.contains('✗'), "{stdout}");
    place.assert_empty();
}

#[test]
fn waiting_demo_ends_in_order_when_it_is_interrupted() {
    let place = Place::new();
    let mut demo = place
        .demo(&["--folder", "three"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let folder = place.dir.path().join("here/three");
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("until Ctrl-C")), "it does not wait");
    let ports = ports(&folder);
    assert!(
        ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()),
        "its nodes do not listen"
    );
    assert_eq!(files(folder.parent().unwrap()), [folder]);

    interrupt(&demo);
    assert!(lines.any(|line| line == "The nodes are down, and the folder is gone."));
    place.assert_empty();
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert!(
        ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()),
        "a node is still there"
    );
}

#[test]
fn demo_that_is_interrupted_at_its_beginning_leaves_nothing() {
    let place = Place::new();
    let mut demo = place.demo(&[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().is_some());
    interrupt(&demo);
    assert_eq!(lines.last().unwrap(), "The nodes are down, and the folder is gone.");
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    place.assert_empty();
}

#[test]
fn folder_that_is_there_is_left_alone() {
    let place = Place::new();
    let folder = place.dir.path().join("here/demo");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let output = place.demo(&["--exit"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("exists already"));
    assert_eq!(files(&folder), [folder.join("thesis.txt")]);
}
