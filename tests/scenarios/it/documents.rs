//! Who may see a document: sharing, withdrawing, replacing, and what the custodian's records say of every look.

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;
use serde_json::Value;

use crate::program;

/// A document id that nobody has published.
const UNKNOWN: &str = "0190b1a2-3c4d-7e5f-8a9b-0123456789ab";

/// A fødselsnummer whose check digits hold for no date of birth before 2039, so that it is nobody's.
const PRODUCTION_PATIENT: &str = "01013999984";

fn publish(cluster: &Cluster, more: &[&str]) -> String {
    cluster.sites[0].publish(&cluster.file("document.txt", b"what was written"), PATIENTS[0], more)
}

/// The ids that `site` is shown by `from`.
fn listed(site: &Site, from: &str) -> Vec<String> {
    let documents = site.json(&["document", "list", "--from", from])["documents"].clone();
    documents
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["document"].as_str().unwrap().to_owned())
        .collect()
}

fn get(site: &Site, id: &str, from: &str) {
    assert_eq!(site.run(&["document", "get", id, "--from", from]).ok(), b"what was written");
}

fn refused(site: &Site, id: &str, from: &str) -> String {
    let failure = site.run(&["document", "get", id, "--from", from]).failure();
    assert!(failure.contains("does not permit it, or has no such document"), "{failure}");
    failure
}

/// The accesses at `site`, newest first, that peers asked for.
fn asked(site: &Site) -> Vec<Value> {
    let accesses = site.json(&["access", "list"])["accesses"].clone();
    accesses
        .as_array()
        .unwrap()
        .iter()
        .filter(|access| !access["peer"].is_null())
        .cloned()
        .collect()
}

#[test]
fn a_document_is_listed_to_those_named_and_read_by_those_it_is_shared_with() {
    let cluster = Cluster::start(program(), 3);
    let here = ORGANISATIONS[0];
    let nobodys = publish(&cluster, &[]);
    let named = publish(&cluster, &["--to", ORGANISATIONS[1]]);
    let everybodys = publish(&cluster, &["--share", "federation"]);
    let [hospital, municipality, other] = cluster.sites.as_slice() else { panic!() };
    assert_eq!(listed(municipality, here), [named.as_str()]);
    assert!(listed(other, here).is_empty());
    for site in [municipality, other] {
        get(site, &everybodys, here);
        refused(site, &nobodys, here);
    }
    get(municipality, &named, here);
    refused(other, &named, here);
    hospital.json(&["document", "share", &nobodys, "--to", ORGANISATIONS[1], ORGANISATIONS[2]]);
    assert_eq!(listed(other, here), [nobodys.as_str()]);
    get(other, &nobodys, here);
    hospital.json(&["document", "share", &nobodys, "--share", "nobody"]);
    hospital.json(&["document", "share", &everybodys, "--to", ORGANISATIONS[2]]);
    assert_eq!(listed(municipality, here), [named.as_str()]);
    assert_eq!(listed(other, here), [everybodys.as_str()]);
    refused(municipality, &nobodys, here);
    get(other, &nobodys, here);
    assert_eq!(hospital.json(&["document", "show", &nobodys])["sharing"], "nobody");
    let with_whom = hospital.run(&["document", "share", &nobodys]).failure();
    assert!(with_whom.contains("--share federation"), "{with_whom}");
}

#[test]
fn a_withdrawn_document_is_not_listed_or_served_and_copies_stay() {
    let cluster = Cluster::start(program(), 3);
    let here = ORGANISATIONS[0];
    let id = publish(&cluster, &["--to", ORGANISATIONS[1], ORGANISATIONS[2]]);
    let [hospital, municipality, other] = cluster.sites.as_slice() else { panic!() };
    get(municipality, &id, here);
    hospital.json(&["document", "withdraw", &id, "--reason", "Feil pasient"]);
    for site in [municipality, other] {
        assert!(listed(site, here).is_empty());
    }
    refused(other, &id, here);
    assert_eq!(hospital.json(&["document", "show", &id])["withdrawn"], true);
    assert_eq!(hospital.json(&["document", "list"])["documents"][0]["withdrawn"], true);
    let copy = municipality.json(&["document", "show", &id, "--from", here]);
    assert_eq!((&copy["kind"], &copy["organisation"]), (&"copy".into(), &here.into()));
    get(municipality, &id, here);
    for verb in [["withdraw", &id].as_slice(), &["share", &id, "--share", "federation"]] {
        let again = hospital.run(&[["document"].as_slice(), verb].concat()).failure();
        assert!(again.contains("has been withdrawn"), "{again}");
    }
    let not_theirs = municipality.run(&["document", "withdraw", &id]).failure();
    assert!(not_theirs.contains("this organisation has published no document"), "{not_theirs}");
}

#[test]
fn a_refusal_does_not_tell_whether_the_document_exists_and_the_custodian_knows_why() {
    let cluster = Cluster::start(program(), 2);
    let here = ORGANISATIONS[0];
    let withdrawn = publish(&cluster, &["--share", "federation"]);
    let private = publish(&cluster, &[]);
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
    hospital.json(&["document", "withdraw", &withdrawn]);
    let texts = [UNKNOWN, &private, &withdrawn].map(|id| refused(municipality, id, here));
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[1], texts[2]);
    let accesses = asked(hospital);
    let seen: Vec<_> = accesses
        .iter()
        .map(|access| {
            (access["outcome"].as_str().unwrap(), access["documents"][0].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        seen,
        [("withdrawn", withdrawn.as_str()), ("not-shared", &private), ("unknown", UNKNOWN)]
    );
    assert_eq!(municipality.json(&["document", "list"])["documents"].as_array().unwrap().len(), 0);
}

#[test]
fn a_copy_is_never_served_onward() {
    let cluster = Cluster::start(program(), 3);
    let id = publish(&cluster, &["--share", "federation"]);
    let [_, fetcher, third] = cluster.sites.as_slice() else { panic!() };
    get(fetcher, &id, ORGANISATIONS[0]);
    refused(third, &id, ORGANISATIONS[1]);
    assert!(listed(third, ORGANISATIONS[1]).is_empty());
    let share = fetcher.run(&["document", "share", &id, "--share", "federation"]).failure();
    assert!(share.contains("this organisation has published no document"), "{share}");
    let denied = asked(fetcher)
        .into_iter()
        .find(|access| access["outcome"] != "permitted" && access["action"] == "read")
        .unwrap();
    assert_eq!((&denied["peer"], &denied["documents"][0]), (&ORGANISATIONS[2].into(), &id.into()));
}

#[test]
fn every_look_is_recorded_at_the_custodian_with_person_role_and_purpose() {
    let cluster = Cluster::start(program(), 2);
    let here = ORGANISATIONS[0];
    let id = publish(&cluster, &["--share", "federation"]);
    let another = cluster.sites[0].publish(&cluster.file("other.txt", b"other"), PATIENTS[1], &[]);
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
    let get = ["document", "get", &id, "--from", here, "--as", "9144889:SP", "--purpose"];
    let refused = municipality.run(&[get.as_slice(), &["PATRQT"]].concat()).failure();
    assert!(refused.contains("does not permit it"), "{refused}");
    municipality.run(&[get.as_slice(), &["ETREAT"]].concat()).ok();
    let accesses = asked(hospital);
    for (access, purpose, outcome) in
        [(&accesses[0], "ETREAT", "permitted"), (&accesses[1], "PATRQT", "purpose")]
    {
        assert_eq!(access["outcome"], outcome);
        assert_eq!(access["organisation"], ORGANISATIONS[1]);
        assert_eq!(
            (&access["person"], &access["role"], &access["purpose"]),
            (&"9144889".into(), &"SP".into(), &purpose.into())
        );
        assert_eq!(
            (&access["action"], &access["documents"][0]),
            (&"read".into(), &id.clone().into())
        );
    }
    let about = |patient| {
        hospital.json(&["access", "list", "--patient", patient])["accesses"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(about(PATIENTS[0]).len(), 3, "published, denied and permitted");
    assert_eq!(about(PATIENTS[1]).len(), 1);
    assert_eq!(about(PATIENTS[1])[0]["documents"][0], another);
    assert!(about(PATIENTS[2]).is_empty());
    let theirs =
        municipality.json(&["access", "list", "--patient", PATIENTS[0]])["accesses"].clone();
    let actions: Vec<_> = theirs
        .as_array()
        .unwrap()
        .iter()
        .map(|access| access["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["read", "keep"]);
}

#[test]
fn a_document_that_replaces_another_names_its_manifest() {
    let cluster = Cluster::start(program(), 1);
    let old = publish(&cluster, &[]);
    let site = &cluster.sites[0];
    let manifest = site.json(&["document", "show", &old])["manifest"].clone();
    let new = publish(&cluster, &["--replaces", &old]);
    let relations = site.json(&["document", "show", &new])["statement"]["relates_to"].clone();
    assert_eq!(relations.as_array().unwrap().len(), 1);
    assert_eq!((&relations[0]["kind"], &relations[0]["manifest"]), (&"replaces".into(), &manifest));
    site.json(&["document", "withdraw", &old]);
    let file = cluster.path("document.txt");
    let publish = [
        "document",
        "publish",
        file.to_str().unwrap(),
        "--patient",
        PATIENTS[0],
        "--type",
        "A03-2",
        "--replaces",
    ];
    for (id, why) in [
        (old.as_str(), "has been withdrawn"),
        (UNKNOWN, "this organisation has published no document"),
    ] {
        let refused = site.run(&[publish.as_slice(), &[id]].concat()).failure();
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn a_document_that_cannot_be_published_is_refused_with_the_reason() {
    let cluster = Cluster::start(program(), 1);
    let site = &cluster.sites[0];
    let [text, empty, odd] = [("d.txt", b"x".as_slice()), ("empty.txt", b""), ("d.xyz", b"x")]
        .map(|(name, bytes)| cluster.file(name, bytes));
    let [text, empty, odd] = [&text, &empty, &odd].map(|path| path.to_str().unwrap());
    let [a, p] = ["A03-2", PATIENTS[0]];
    for (file, patient, kind, more, why) in [
        (
            text,
            PRODUCTION_PATIENT,
            a,
            ["--title", "T"],
            "the person number may be a real person's, and this federation is for tests",
        ),
        (
            text,
            "17834820995",
            a,
            ["--title", "T"],
            "the check digits of the person number are wrong",
        ),
        (text, "1783482099", a, ["--title", "T"], "a person number has eleven digits"),
        (text, p, "Z99-9", ["--title", "T"], "--type <CODE>"),
        (
            text,
            p,
            a,
            ["--to", ORGANISATIONS[3]],
            "972418013 is not an active member of the federation",
        ),
        (text, p, a, ["--to", "983974911"], "the check digit of the organisation number is wrong"),
        (text, p, a, ["--confidentiality", "X"], "--confidentiality"),
        (text, p, a, ["--as", "9144889"], "a person is written HPR:ROLE"),
        (text, p, a, ["--purpose", "FUN"], "--purpose"),
        (empty, p, a, ["--title", "T"], "is empty"),
        (odd, p, a, ["--title", "T"], "say --content-type"),
        ("/nowhere/d.txt", p, a, ["--title", "T"], "cannot read /nowhere/d.txt"),
    ] {
        let args =
            [["document", "publish", file, "--patient", patient, "--type", kind].as_slice(), &more]
                .concat();
        let refused = site.run(&args).failure();
        assert!(refused.contains(why), "{refused}");
        site.run(&[args.as_slice(), &["--json"]].concat()).json_failure();
    }
    assert!(site.json(&["document", "list"])["documents"].as_array().unwrap().is_empty());
}

#[test]
fn somebody_must_be_named_before_patient_data_is_looked_at() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    let site = &mut cluster.sites[0];
    let config = site.home.join("config.toml");
    let settings = std::fs::read_to_string(&config).unwrap();
    let without: Vec<&str> = settings.lines().filter(|line| !line.starts_with("as = ")).collect();
    std::fs::write(&config, without.join("\n")).unwrap();
    site.start();
    let site = &cluster.sites[0];
    let file = cluster.file("document.txt", b"what was written");
    let publish = [
        "document",
        "publish",
        file.to_str().unwrap(),
        "--patient",
        PATIENTS[0],
        "--type",
        "A03-2",
    ];
    let named = ["--as", "9144889:LE"];
    for args in [
        publish.as_slice(),
        &["document", "list"],
        &["document", "show", UNKNOWN],
        &["document", "get", UNKNOWN],
        &["document", "withdraw", UNKNOWN],
    ] {
        let refused = site.run(args).failure();
        assert!(
            refused.contains("nobody is named as the one who looks")
                && refused.contains("--as HPR:ROLE"),
            "{refused}"
        );
    }
    site.run(&[publish.as_slice(), &named].concat()).ok();
    assert_eq!(
        site.json(&["document", "list", "--as", "9144889:LE"])["documents"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_production_federation_takes_real_patients_only() {
    let mut cluster = Cluster::made_for(program(), 1, "production");
    cluster.join_all();
    cluster.sites[0].start();
    let site = &cluster.sites[0];
    let file = cluster.file("document.txt", b"what was written");
    for (patient, why) in [
        (PATIENTS[0], "the person number is synthetic, and this federation is for production"),
        ("13116900216", "published test person"),
    ] {
        let refused = site
            .run(&[
                "document",
                "publish",
                file.to_str().unwrap(),
                "--patient",
                patient,
                "--type",
                "A03-2",
            ])
            .failure();
        assert!(refused.contains(why), "{refused}");
    }
    site.publish(&file, PRODUCTION_PATIENT, &[]);
    assert!(!site.log().contains(PRODUCTION_PATIENT));
}

#[test]
fn an_organisation_that_is_no_member_cannot_be_asked() {
    let cluster = Cluster::start(program(), 1);
    let site = &cluster.sites[0];
    for args in [
        ["document", "list", "--from", ORGANISATIONS[3]].as_slice(),
        &["document", "get", UNKNOWN, "--from", ORGANISATIONS[3]],
        &["peer", "ping", ORGANISATIONS[3]],
    ] {
        let refused = site.run(args).failure();
        assert!(
            refused.contains("972418013 is not an active member of the federation"),
            "{refused}"
        );
    }
    assert!(
        site.run(&["peer", "show", ORGANISATIONS[3]])
            .failure()
            .contains("972418013 is not in the roster")
    );
    assert!(site.run(&["document", "get", UNKNOWN]).failure().contains("is not here"));
    assert!(
        site.run(&["document", "show", UNKNOWN, "--from", ORGANISATIONS[3]])
            .failure()
            .contains("is not here")
    );
}
