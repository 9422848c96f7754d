//! The receipt in evidence: what it shows of time, and that no other shows it.

use budstikke_keys::note::{Note, NoteSignature};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::roster::{KeyUse, Member, RetiredKey, Roster, Status};
use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::reviewer::{Reviewer, Verdict};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::evidence::{Case, RECEIPT, export};
use crate::program;

/// A time so many seconds after another.
fn after(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(time.unix_seconds() + seconds).unwrap()
}

fn strange_key(number: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([number; 32]))
}

fn member(roster: &mut Roster, site: usize) -> &mut Member {
    let organisation = ORGANISATIONS[site].parse().unwrap();
    roster.members.iter_mut().find(|member| member.organisation == organisation).unwrap()
}

/// Takes a key from a member that lost it at `from`.
fn lose(member: &mut Member, key_use: KeyUse, from: Timestamp) {
    let new = strange_key(7).public();
    let old = match key_use {
        KeyUse::Sign => std::mem::replace(&mut member.keys.sign, new),
        KeyUse::Witness => std::mem::replace(&mut member.keys.witness, new),
        KeyUse::Log => std::mem::replace(&mut member.keys.log, new),
        KeyUse::Node => panic!("nothing is signed with it"),
    };
    member.retired_keys.push(RetiredKey {
        key_use,
        key: old,
        retired: from,
        distrusted_from: Some(from),
    });
}

/// The line about a check.
fn found<'a>(verdict: &'a Verdict, check: &str) -> &'a str {
    let checks = verdict.value["checks"].as_array().unwrap();
    checks.iter().find(|line| line["check"] == check).unwrap()["found"].as_str().unwrap()
}

#[test]
fn what_was_witnessed_before_the_key_was_lost_or_its_owner_revoked_still_counts() {
    let case = Case::new();
    let witnessed = case.witnessed();
    let verdict = case.reviewer.verify(&case.bytes, &[]);
    assert!(
        found(&verdict, "time").starts_with(&format!("witnessed by {witnessed}")),
        "{verdict:?}"
    );
    let unwitnessed = case.archive().without(RECEIPT).to_bytes();
    let check = |name: &str, change: &dyn Fn(&mut Roster), expected: &[&str], without: &[&str]| {
        let roster = case.roster_with(name, |roster| {
            roster.issued = after(witnessed, 60);
            change(roster);
        });
        let newer = ["--roster", roster.as_str()];
        assert_eq!(case.reviewer.verify(&case.bytes, &newer).failures(), expected, "{name}");
        assert_eq!(case.reviewer.verify(&unwitnessed, &newer).failures(), without, "{name}");
    };
    let revoked = ["revoked-key"];
    let distrusted = ["distrusted-key"];
    for (seconds, expected) in
        [(1, [].as_slice()), (0, &revoked), (-1, &revoked), (-3600, &revoked)]
    {
        let revoke = |roster: &mut Roster| {
            roster.issued = after(witnessed, seconds);
            member(roster, 0).status = Status::Revoked;
        };
        check(&format!("revoked {seconds} s later"), &revoke, expected, &revoked);
    }
    for (seconds, expected) in
        [(1, [].as_slice()), (0, &distrusted), (-1, &distrusted), (-3600, &distrusted)]
    {
        let lose = |roster: &mut Roster| {
            lose(member(roster, 0), KeyUse::Sign, after(witnessed, seconds));
        };
        check(&format!("lost {seconds} s later"), &lose, expected, &distrusted);
    }
    // The log's own key is no witness: whoever has it has not seen the future.
    let lose_log =
        |roster: &mut Roster| lose(member(roster, 0), KeyUse::Log, after(witnessed, -60));
    check("log key lost", &lose_log, &[], &[]);
}

#[test]
fn witness_whose_word_is_no_longer_good_vouches_for_no_time() {
    let case = Case::new();
    let witnessed = case.witnessed();
    let check = |name: &str, change: &dyn Fn(&mut Roster), expected: &[&str]| {
        let roster = case.roster_with(name, |roster| {
            roster.issued = after(witnessed, 60);
            change(roster);
        });
        let verdict = case.reviewer.verify(&case.bytes, &["--roster", &roster]);
        assert_eq!(verdict.failures(), expected, "{name}");
        assert_eq!(verdict.value["witnessed"], Value::Null, "{name}");
    };
    // It is the only witness, and could have written any date; so could who has found its key, whenever that was.
    check("revoked", &|roster| member(roster, 1).status = Status::Revoked, &[]);
    for seconds in [-3600, 3600] {
        let lose = |roster: &mut Roster| {
            lose(member(roster, 1), KeyUse::Witness, after(witnessed, seconds));
        };
        check(&format!("lost {seconds} s later"), &lose, &[]);
        let both = |roster: &mut Roster| {
            lose(roster);
            member(roster, 0).status = Status::Revoked;
        };
        check(&format!("lost {seconds} s later, signer revoked"), &both, &["revoked-key"]);
    }
}

#[test]
fn receipt_of_something_else_is_named() {
    let case = Case::new();
    let archive = case.archive();
    let check = |receipt: &[u8], expected: &[&str]| {
        let bytes = archive.with(RECEIPT, receipt).to_bytes();
        let verdict = case.reviewer.verify(&bytes, &[]);
        assert_eq!(verdict.failures(), expected);
        verdict
    };
    let invalid = ["receipt-invalid"];
    // Of another document of the same log; of another log.
    for site in &case.cluster.sites {
        let file = case.cluster.file("another.xml", b"<epikrise>another</epikrise>\n");
        let id = site.publish(&file, PATIENTS[1], &[]);
        let output = case.cluster.path(&format!("receipt of {id}"));
        site.wait_for_witnesses();
        site.json(&["index", "receipt", &id, "-o", output.to_str().unwrap()]);
        check(&std::fs::read(output).unwrap(), &invalid);
    }
    let text = archive.text(RECEIPT);
    let (before, note) = text.split_once("\n\n").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    check(b"", &invalid);
    check(b"\xff\xfe", &invalid);
    check(text.replacen("index 0", "index 1", 1).as_bytes(), &invalid);
    check(text.replacen("@v1", "@v2", 1).as_bytes(), &invalid);
    let extra = format!("{}\n", lines[1]);
    assert!(extra.starts_with("extra "));
    check(text.replacen(&extra, "", 1).as_bytes(), &invalid);
    check(text.replacen(&extra, "extra AAAA\n", 1).as_bytes(), &invalid);
    for length in [1, 30, text.len() / 2, text.len() - 1] {
        check(&text.as_bytes()[..length], &invalid);
    }
    // Without the witness, and with a stranger in its place.
    let without = format!("{}\n", lines[..lines.len() - 1].join("\n"));
    let verdict = check(without.as_bytes(), &[]);
    assert!(found(&verdict, "receipt").contains("promised"), "{verdict:?}");
    assert_eq!(verdict.value["witnessed"], Value::Null);
    let text_of_note = Note::parse(note.as_bytes()).unwrap().text().to_owned();
    let stranger = |name: &str| {
        let key = strange_key(9);
        NoteSignature::cosign(&text_of_note, name.parse().unwrap(), &key, case.witnessed())
    };
    let name = format!("test.budstikke/{}/witness", ORGANISATIONS[1]);
    for name in ["stranger.example/witness", &name] {
        let verdict = check(format!("{without}{}\n", stranger(name)).as_bytes(), &[]);
        assert_eq!(verdict.value["witnessed"], Value::Null, "{name}");
        // Beside the true one it does not matter.
        let verdict = check(format!("{text}{}\n", stranger(name)).as_bytes(), &[]);
        assert_eq!(verdict.value["witnessed"], case.witnessed().to_string(), "{name}");
    }
    // Other signers of the head: a log that is not the custodian's.
    let key = strange_key(9);
    let origin = note.lines().next().unwrap().parse().unwrap();
    let forged = Note::sign(text_of_note.clone(), origin, &key).unwrap();
    check(format!("{before}\n\n{forged}").as_bytes(), &invalid);
    let large = [text.as_bytes(), &vec![b'x'; 131_073]].concat();
    check(&large, &["damaged"]);
}

#[test]
fn every_changed_byte_of_a_receipt_takes_its_word_away() {
    let case = Case::new();
    let good = case.reviewer.verify(&case.bytes, &[]);
    let content = Archive::places(&case.bytes)[3].1.clone();
    let step = (content.len() / 60).max(1);
    for (number, at) in content.step_by(step).enumerate() {
        let mut bytes = case.bytes.clone();
        bytes[at] ^= 1 << (number % 8);
        let verdict = case.reviewer.verify(&bytes, &[]);
        let is_promised = verdict.failures().is_empty() && verdict.value["witnessed"].is_null();
        assert!(is_promised || verdict.failures() == ["receipt-invalid"], "byte {at}: {verdict:?}");
        assert_ne!(verdict, good, "byte {at}");
    }
}

#[test]
fn evidence_of_a_copy_carries_the_custodians_receipt_when_it_can_be_asked() {
    let mut case = Case::new();
    let (custodian, copy) = case.cluster.pair();
    let from = custodian.organisation.clone();
    let export_as = |name: &str| {
        let args = ["evidence", "export", &case.document, "--from", &from, "-o", name];
        copy.run(&args)
    };
    let folder = copy.home.with_extension("evidence");
    std::fs::create_dir(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let said =
        copy.json(&["evidence", "export", &case.document, "--from", &from, "-o", &path("up")]);
    assert_eq!(said["receipt"], "witnessed", "{said}");
    assert!(said["no_receipt"].is_null(), "{said}");
    let receipt = |path: &str| {
        let archive = Archive::parse(&std::fs::read(path).unwrap());
        archive.members.iter().find(|member| member.0 == RECEIPT).map(|member| member.1.clone())
    };
    assert!(receipt(&path("up")).is_some());
    // Both sides keep a record of the question.
    for (site, action) in [(&*custodian, "read"), (&*copy, "ask")] {
        let accesses = site.json(&["access", "list", "--limit", "20"]);
        let rows = accesses["accesses"].as_array().unwrap();
        let row = rows.iter().find(|row| row["action"] == action && !row["peer"].is_null());
        assert!(row.is_some(), "{accesses}");
    }

    // Whoever may not read it any more gets no receipt either.
    custodian.run(&["document", "withdraw", &case.document]).ok();
    let said = copy.json(&[
        "evidence",
        "export",
        &case.document,
        "--from",
        &from,
        "-o",
        &path("withdrawn"),
    ]);
    let error = said["no_receipt"]["error"].as_str().unwrap_or_default();
    assert!(error.contains("does not permit it"), "{said}");
    assert!(said["receipt"].is_null(), "{said}");
    assert_eq!(receipt(&path("withdrawn")), None);

    custodian.stop();
    let ended = export_as(&path("down"));
    assert!(ended.stderr.contains("it holds no receipt"), "{ended:?}");
    drop(ended.ok());
    assert_eq!(receipt(&path("down")), None);
    let bytes = std::fs::read(path("down")).unwrap();
    let verdict = case.reviewer.verify(&bytes, &[]);
    assert_eq!(verdict.failures(), [""; 0]);
    assert_eq!(verdict.value["witnessed"], Value::Null);
    assert!(found(&verdict, "time").ends_with("as claimed by the signer"));
}

#[test]
fn evidence_before_any_witness_is_promised_and_says_so() {
    let mut case = Case::new();
    case.cluster.sites[1].stop();
    let site = &case.cluster.sites[0];
    let file = case.cluster.file("later.xml", b"<epikrise>later</epikrise>\n");
    let id = site.publish(&file, PATIENTS[0], &[]);
    let verdict = case.reviewer.verify(&export(&case.cluster, site, &id), &[]);
    assert_eq!(verdict.failures(), [""; 0]);
    assert_eq!(verdict.value["witnessed"], Value::Null);
    assert!(found(&verdict, "receipt").contains("promised"), "{verdict:?}");
}

#[test]
fn receipt_from_before_a_change_of_witnesses_says_since_when_all_the_same() {
    let mut cluster = Cluster::start(program(), 3);
    let file = cluster.file("document.xml", b"<epikrise>invented</epikrise>\n");
    let document = cluster.sites[0].publish(&file, PATIENTS[0], &[]);
    cluster.sites[0].wait_for_witnesses();
    let reviewer = Reviewer::new(program(), &cluster.federation);
    let witnessed = |cluster: &Cluster| {
        let bytes = export(cluster, &cluster.sites[0], &document);
        reviewer.verify(&bytes, &[]).value["witnessed"].as_str().unwrap().to_owned()
    };
    let before = witnessed(&cluster);
    // One of two witnesses is put out: of those that were to cosign, one is in good standing and enough.
    cluster.change_roster(&["revoke", ORGANISATIONS[2]]);
    cluster.sites[0].json(&["roster", "import", cluster.roster().to_str().unwrap()]);
    assert_eq!(witnessed(&cluster), before);
    // So it is after a start, and while nobody cosigns any more.
    cluster.sites[1].stop();
    cluster.sites[0].stop();
    cluster.sites[0].start();
    assert_eq!(witnessed(&cluster), before);
}
