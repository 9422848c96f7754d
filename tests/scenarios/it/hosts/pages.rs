//! The steps of docker/README.md, run as they are written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use budstikke_keys::keyring::Keyring;
use budstikke_keys::secret::Passphrase;
use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::hosts::lab::Lab;
use budstikke_scenarios::hosts::{docker, image};
use budstikke_scenarios::until::until;
use tempfile::TempDir;

use super::{is_missing, kept};
use crate::program;

/// The image's name on the page and in compose.yaml.
const IMAGE: &str = concat!("budstikke:", env!("CARGO_PKG_VERSION"));

/// How long a node may take to be healthy, on a machine that is busy with other tests.
const HEALTHY_MAX: Duration = Duration::from_mins(2);

/// The steps of a page behind a mark, in order.
fn steps(page: &str, mark: &str) -> String {
    let page = fs::read_to_string(root().join(page)).unwrap();
    let mark = format!("<!-- {mark} -->\n```sh\n");
    page.split(&mark).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands for `docker` where `docker compose` is a program of its own, as it was before.
const OLDER_DOCKER: &str = r#"#!/bin/sh
PATH=${PATH#*:}
[ "$1" = compose ] || exec docker "$@"
shift
exec docker-compose "$@"
"#;

/// Runs a script in `folder`.
fn run(script: &str, folder: &Path, environment: &[(&str, &str)]) -> String {
    let tools = TempDir::new().unwrap();
    if !docker::has_compose() {
        let docker = tools.path().join("docker");
        fs::write(&docker, OLDER_DOCKER).unwrap();
        fs::set_permissions(&docker, Permissions::from_mode(0o755)).unwrap();
    }
    let whole = format!("set -euo pipefail\nPATH={}:$PATH\n{script}", tools.path().display());
    let mut bash = Command::new("bash");
    bash.args(["-c", &whole]).current_dir(folder).envs(environment.iter().copied());
    let output = bash.output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{stdout}\n{stderr}");
    stdout.into_owned()
}

#[test]
fn three_organisations_start_by_compose_and_the_two_commands_that_it_prints_work() {
    if is_missing(docker::missing().or_else(docker::no_compose)) {
        return;
    }
    let image = image::of(&program(), kept());
    let mut lab = Lab::default();
    let project = lab.name("compose");
    let of_it = format!("--quiet --filter label=com.docker.compose.project={project}");
    for (list, remove) in [
        ("network ls", "network rm"),
        ("volume ls", "volume rm"),
        ("ps --all", "rm --force --volumes"),
    ] {
        lab.afterwards(&format!("docker {list} {of_it} | xargs -r docker {remove}"));
    }
    let environment = [("COMPOSE_PROJECT_NAME", project.as_str()), ("BUDSTIKKE_IMAGE", &image)];
    let steps_to_it = steps("docker/README.md", "compose");
    assert_eq!(steps("README.md", "compose"), steps_to_it);
    let told = run(&steps_to_it, &root(), &environment);
    let commands: Vec<&str> =
        told.lines().filter_map(|line| Some(line.split_once("docker compose exec")?.1)).collect();
    let [list, get] = commands.as_slice() else { panic!("it printed:\n{told}") };
    let folder = root().join("docker");
    let listed = run(&format!("docker compose exec{list}"), &folder, &environment);
    assert!(listed.contains("Epikrise, Hjertemedisinsk sengepost"), "{listed}");
    let got = run(&format!("docker compose exec{get}"), &folder, &environment);
    let sent = fs::read_to_string(root().join("node/src/demo/documents/epikrise.xml")).unwrap();
    assert_eq!(got, sent);

    // Started again, it is the same federation, with the same document.
    run("docker compose stop", &folder, &environment);
    run("docker compose up --detach", &folder, &environment);
    let again = run(&format!("docker compose exec{get}"), &folder, &environment);
    assert_eq!(again, sent);
    let logged = run("docker compose logs", &folder, &environment);
    for secret in ["17834820994", "Hjertemedisinsk"] {
        assert!(!logged.contains(secret), "a log holds {secret}:\n{logged}");
    }
}

#[test]
fn one_node_joins_a_federation_by_the_steps_of_the_page() {
    if is_missing(docker::missing()) {
        return;
    }
    let image = image::of(&program(), kept());
    let stewards = Cluster::made(program(), 0);
    let mut lab = Lab::default();
    let name = lab.name("node");
    lab.afterwards(&format!("docker volume rm {name}"));
    lab.afterwards(&format!("docker rm --force {name}"));
    let folder = stewards.path("operator");
    fs::create_dir(&folder).unwrap();
    fs::copy(root().join("README.md"), folder.join("README.md")).unwrap();
    // Its names, and where it keeps its passphrase, are this test's; the port is any that is free.
    let page = steps("docker/README.md", "node")
        .replace(IMAGE, &image)
        .replace("/etc/budstikke", folder.join("etc").to_str().unwrap())
        .replace("docker volume create budstikke", &format!("docker volume create {name}"))
        .replace("--volume budstikke:", &format!("--volume {name}:"))
        .replace("--name budstikke ", &format!("--name {name} "))
        .replace("docker exec budstikke ", &format!("docker exec {name} "))
        .replace(
            "docker exec --interactive budstikke ",
            &format!("docker exec --interactive {name} "),
        )
        .replace("docker cp budstikke:", &format!("docker cp {name}:"))
        .replace("--publish 8470:8470", "--publish 127.0.0.1::8470");
    let (before, after) = page.split_at(page.find("node join").unwrap());
    let function = page.lines().find(|line| line.starts_with("node()")).unwrap();
    run(before, &folder, &[]);
    stewards.change_roster(&["add", folder.join("request.json").to_str().unwrap()]);
    fs::copy(stewards.roster(), folder.join("roster.json")).unwrap();
    let (run_it, ask_it) = after.split_at(after.find("docker cp").unwrap());
    run(&format!("{function}\n{run_it}"), &folder, &[("federation", &stewards.federation)]);
    until("a healthy node", HEALTHY_MAX, || {
        (docker::inspect(&name, "{{.State.Health.Status}}") == "healthy").then_some(())
    });
    let told = run(ask_it, &folder, &[]);
    assert!(told.contains("Bodø kommune"), "{told}");
    assert_eq!(
        fs::read(folder.join("copy.md")).unwrap(),
        fs::read(folder.join("README.md")).unwrap()
    );
    let passphrase = fs::read_to_string(folder.join("etc/passphrase")).unwrap();
    let passphrase = Passphrase::from_string(passphrase.trim_end().to_owned()).unwrap();
    Keyring::open(&fs::read(folder.join("keyring-copy")).unwrap(), &passphrase).unwrap();
}
