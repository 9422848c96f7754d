//! Homes, key files and configurations: what is wrong with one is said, and nothing is overwritten.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::program::Ended;

use crate::program;

/// One organisation that has joined, and does not run.
fn joined() -> Cluster {
    let cluster = Cluster::made(program(), 1);
    cluster.join_all();
    cluster
}

/// Runs the node, which must end with a failure that says `why`.
fn does_not_run(cluster: &Cluster, why: &str) {
    let refused = cluster.sites[0].run(&["run"]).failure();
    assert!(refused.contains(why), "{refused}");
}

#[test]
fn a_second_node_on_one_home_does_not_start() {
    let mut cluster = joined();
    cluster.sites[0].start();
    does_not_run(&cluster, "another budstikke is running on ");
    let join = cluster.sites[0].run(&[
        "join",
        "--federation",
        &cluster.federation,
        cluster.roster().to_str().unwrap(),
    ]);
    assert!(join.failure().contains("another budstikke is running on "));
    cluster.sites[0].json(&["status"]);
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let cluster = joined();
    let keyring = cluster.sites[0].home.join("keyring");
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&keyring, Permissions::from_mode(mode)).unwrap();
        does_not_run(&cluster, "can be read by others (mode ");
        assert!(cluster.sites[0].run(&["keys", "show"]).failure().contains("chmod 600 "));
    }
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let cluster = joined();
    let site = &cluster.sites[0];
    for (name, bytes, why) in [
        ("wrong", b"another passphrase\n".as_slice(), "the passphrase is wrong"),
        ("empty", b"\n", "passphrase"),
        ("latin1", b"bl\xe5b\xe6r\n", "the passphrase must be UTF-8 text"),
    ] {
        let file = cluster.file(name, bytes);
        for verb in [["run"].as_slice(), &["keys", "show"]] {
            let refused = site
                .run(&[verb, &["--passphrase-file", file.to_str().unwrap()]].concat())
                .failure();
            assert!(refused.contains(why), "{refused}");
        }
    }
    let missing =
        site.run(&["run", "--passphrase-file", cluster.path("none").to_str().unwrap()]).failure();
    assert!(missing.contains("cannot read "), "{missing}");
}

#[test]
fn the_home_of_a_steward_is_not_that_of_a_node() {
    let cluster = joined();
    let steward = cluster.path("steward-1");
    let home = cluster.sites[0].home.clone();
    let run = |args: &[&str]| cluster.program.run(args).failure();
    let passphrase = cluster.path("passphrase");
    let with = ["--passphrase-file", passphrase.to_str().unwrap()];
    let refused = run(&["run", "--home", steward.to_str().unwrap()]);
    assert!(
        refused.contains("config.toml; is ") && refused.contains("the home folder of a node?"),
        "{refused}"
    );
    let sign =
        ["roster", "sign", cluster.roster().to_str().unwrap(), "--home", home.to_str().unwrap()]
            .map(str::to_owned);
    let sign: Vec<&str> = sign.iter().map(String::as_str).chain(with).collect();
    assert!(run(&sign).contains("a steward's home is not a node's"));
    let before: Vec<_> =
        fs::read_dir(&steward).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let init = [
        "init",
        "--organisation",
        ORGANISATIONS[1],
        "--name",
        "X",
        "--kind",
        "gp",
        "--listen",
        "/ip4/127.0.0.1/tcp/8470",
        "--home",
        steward.to_str().unwrap(),
    ];
    assert!(run(&[init.as_slice(), &with].concat()).contains("nothing was changed"));
    let after: Vec<_> =
        fs::read_dir(&steward).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(before, after);
    fs::copy(steward.join("keyring"), home.join("keyring")).unwrap();
    does_not_run(&cluster, "a steward's home is not a node's");
}

#[test]
fn a_configuration_that_is_not_exactly_right_is_refused_with_its_line() {
    let cluster = joined();
    let config = cluster.sites[0].home.join("config.toml");
    let good = fs::read_to_string(&config).unwrap();
    let line = good.lines().count() + 1;
    let changed = |from: &str, to: &str| good.replace(from, to).into_bytes();
    let not_utf8 = [good.as_bytes(), b"# \xff\n"].concat();
    for (bytes, why) in [
        (
            [good.as_bytes(), b"colour = \"red\"\n"].concat(),
            format!("line {line}: unknown field `colour`"),
        ),
        (
            [b"\xef\xbb\xbf", good.as_bytes()].concat(),
            "not UTF-8 without a byte order mark".to_owned(),
        ),
        (not_utf8, "not UTF-8 without a byte order mark".to_owned()),
        (
            changed(ORGANISATIONS[0], "983974911"),
            "the check digit of the organisation number is wrong".to_owned(),
        ),
        (changed("999000101:LE", "999000101"), "a person is written HPR:ROLE".to_owned()),
        (
            changed("kind = \"municipality\"", "kind = \"village\""),
            "unknown variant `village`".to_owned(),
        ),
        (changed("purpose = \"TREAT\"", "purpose = "), "line ".to_owned()),
        (b"organisation = \"983974910\"\n".to_vec(), "missing field `name`".to_owned()),
        (vec![b'#'; 70_000], "has more than 65536 bytes".to_owned()),
    ] {
        fs::write(&config, bytes).unwrap();
        does_not_run(&cluster, &why);
    }
    fs::remove_file(&config).unwrap();
    does_not_run(&cluster, "the home folder of a node?");
}

#[test]
fn joining_needs_the_right_fingerprint_and_happens_once() {
    let cluster = Cluster::made(program(), 1);
    let site = &cluster.sites[0];
    let roster = cluster.roster();
    let join = |federation: &str| -> Ended {
        site.run(&["join", "--federation", federation, roster.to_str().unwrap()])
    };
    does_not_run(&cluster, "this node has not joined a federation");
    let digit = if cluster.federation.starts_with('0') { "1" } else { "0" };
    let wrong = format!("{digit}{}", &cluster.federation[1..]);
    let refused = join(&wrong).failure();
    assert!(
        refused.contains(&format!(
            "belongs to another federation: its fingerprint is {}",
            cluster.federation
        )),
        "{refused}"
    );
    assert!(join("abc").failure().contains("--federation"));
    does_not_run(&cluster, "this node has not joined a federation");
    join(&cluster.federation).ok();
    for federation in [&cluster.federation, &wrong] {
        assert!(join(federation).failure().contains("this node belongs to the federation"));
    }
}

#[test]
fn a_roster_file_that_was_changed_is_not_joined() {
    let cluster = Cluster::made(program(), 1);
    let text = fs::read_to_string(cluster.roster()).unwrap();
    let at = text.find("\"signature\":\"").or_else(|| text.find("\"signature\": \"")).unwrap() + 20;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    let mut tampered = text.clone();
    tampered.replace_range(at..=at, other);
    for (bytes, why) in [
        (tampered.as_bytes(), "1 of the needed 2 stewards"),
        (b"".as_slice(), "the file holds no roster"),
        (b"{}", "line 1 is not a roster"),
        (b"\xff\xfe", "check that it is a roster file"),
    ] {
        let file = cluster.file("tampered.json", bytes);
        let refused = cluster.sites[0]
            .run(&["join", "--federation", &cluster.federation, file.to_str().unwrap()])
            .failure();
        assert!(refused.contains(why), "{refused}");
    }
    for verb in ["show", "export"] {
        assert!(
            cluster.sites[0]
                .run(&["roster", verb])
                .failure()
                .contains("has not joined a federation")
        );
    }
    let missing = cluster.sites[0]
        .run(&["join", "--federation", &cluster.federation, "/nowhere/roster.json"])
        .failure();
    assert!(missing.contains("cannot read /nowhere/roster.json"), "{missing}");
}

#[test]
fn a_missing_home_is_told_as_such() {
    let home = "/nowhere/at-all";
    for args in [
        ["run"].as_slice(),
        &["status"],
        &["peer", "list"],
        &["document", "list"],
        &["access", "list"],
        &["keys", "show"],
        &["steward", "show"],
    ] {
        let with_home = [args, &["--home", home]].concat();
        assert!(program().run(&with_home).failure().contains(home), "{args:?}");
        let as_json = [&with_home, ["--json"].as_slice()].concat();
        assert!(
            program().run(&as_json).json_failure()["error"].as_str().unwrap().contains(home),
            "{args:?}"
        );
    }
}

#[test]
fn init_overwrites_nothing() {
    let cluster = joined();
    let passphrase = cluster.path("passphrase");
    let read = |home: &Path| -> Vec<Vec<u8>> {
        ["config.toml", "keyring", "request.json", "steward.json"]
            .iter()
            .filter_map(|name| fs::read(home.join(name)).ok())
            .collect()
    };
    let steward = cluster.path("steward-1");
    for (home, verb) in [
        (
            &cluster.sites[0].home,
            [
                "init",
                "--organisation",
                ORGANISATIONS[1],
                "--name",
                "X",
                "--kind",
                "gp",
                "--announce",
                "/dns4/gp.example.no/tcp/8470",
            ]
            .as_slice(),
        ),
        (&steward, &["steward", "init", "--name", "X"]),
        (&cluster.sites[0].home, &["steward", "init", "--name", "X"]),
    ] {
        let before = read(home);
        let more =
            ["--home", home.to_str().unwrap(), "--passphrase-file", passphrase.to_str().unwrap()];
        let refused = cluster.program.run(&[verb, &more].concat()).failure();
        assert!(refused.contains("exists already; nothing was changed"), "{refused}");
        assert_eq!(read(home), before);
    }
    let roster = cluster.roster();
    let create = [
        "roster",
        "create",
        "--name",
        "test.budstikke",
        "--environment",
        "test",
        "--threshold",
        "1",
        "--steward",
    ];
    let steward = steward.join("steward.json");
    let refused = cluster
        .program
        .run(&[create.as_slice(), &[steward.to_str().unwrap(), roster.to_str().unwrap()]].concat());
    assert!(refused.failure().contains("exists already"));
}

#[test]
fn a_folder_that_others_can_open_is_made_no_home() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let home = dir.path().to_str().unwrap();
    let refused = program().run(&["steward", "init", "--name", "X", "--home", home]).failure();
    assert!(refused.contains("can be opened by others (mode 755); say: chmod 700"), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_backup_of_the_keys_opens_what_was_written_before() {
    let mut cluster = joined();
    let backup = cluster.path("keys.backup");
    let file = cluster.file("document.txt", b"kept");
    let site = &mut cluster.sites[0];
    site.json(&["keys", "backup", backup.to_str().unwrap()]);
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        site.run(&["keys", "backup", backup.to_str().unwrap()])
            .failure()
            .contains("exists already")
    );
    site.start();
    let id = site.publish(&file, PATIENTS[0], &[]);
    site.stop();
    let keyring = site.home.join("keyring");
    fs::remove_file(&keyring).unwrap();
    assert!(site.run(&["run"]).failure().contains("keyring"));
    let mut damaged = fs::read(&backup).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&keyring, damaged).unwrap();
    fs::set_permissions(&keyring, Permissions::from_mode(0o600)).unwrap();
    let refused = site.run(&["run"]).failure();
    assert!(
        refused.contains("the file is not a key file, or it is damaged")
            && refused.contains("keys backup"),
        "{refused}"
    );
    fs::copy(&backup, &keyring).unwrap();
    site.start();
    assert_eq!(site.run(&["document", "get", &id]).ok(), b"kept");
}

#[test]
fn what_is_wrong_in_the_arguments_is_said_like_every_other_failure() {
    let init = |organisation, person, listen| {
        vec![
            "init",
            "--organisation",
            organisation,
            "--name",
            "X",
            "--kind",
            "gp",
            "--as",
            person,
            "--listen",
            listen,
            "--home",
            "/nowhere/home",
        ]
    };
    let address = "/ip4/127.0.0.1/tcp/8470";
    for (args, why) in [
        (
            init("983974911", "9144889:LE", address),
            "the check digit of the organisation number is wrong",
        ),
        (init("98397491", "9144889:LE", address), "an organisation number has nine digits"),
        (init("983974910", "9144889", address), "a person is written HPR:ROLE"),
        (init("983974910", "9144889:ZZ", address), "a person is written HPR:ROLE"),
        (init("983974910", "12:LE", address), "a person is written HPR:ROLE"),
        (
            init("983974910", "9144889:LE", "127.0.0.1:8470"),
            "write it like /ip4/192.0.2.1/tcp/8470",
        ),
        (init("983974910", "9144889:LE", "/ip4/0.0.0.0/tcp/8470"), "say --announce"),
        (init("983974910", "9144889:LE", "/ip6/::/tcp/8470"), "say --announce"),
        (init("983974910", "9144889:LE", "/dns4/localhost/tcp/0"), "say --announce"),
        (vec!["init", "--organisation", "983974910"], "--name <NAME>"),
        (vec!["document", "list", "--form", "983974910"], "--from"),
        (vec!["document", "withdraw", "x"], "an id is a UUID"),
        (vec!["roster", "create", "--environment", "real"], "real"),
        (vec!["document", "get", "5f6b1c4e-3f2a-4c1d-9e8b-0123456789ab"], "5f6b1c4e"),
        (vec!["docment"], "docment"),
    ] {
        let refused = program().run(&args).failure();
        assert!(refused.contains(why), "{refused}");
        program().run(&[args.as_slice(), &["--json"]].concat()).json_failure();
    }
    for args in [["--help"], ["--version"]] {
        assert!(!program().run(&args).ok().is_empty());
    }
}
