//! Whatever happens, and however much is logged: no log holds a patient, a document or a key.

use std::fs;

use budstikke_keys::keyring::Keyring;
use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

use crate::evidence::{export, passphrase};
use crate::large::{MEBIBYTE, MarkedFile, document_files};
use crate::program;

const TITLE: &str = "Epikrise fra avdelingen";
const AUTHOR: &str = "Grundig Steinbit";
const CONTENT: &str = "pasienten er oppdiktet";
const REASON: &str = "sendt til feil mottaker";

/// Everything of ours, and what libp2p tells its developers.
fn start_talkative(site: &mut Site) {
    let mut command = site.run_command();
    command.env("BUDSTIKKE_LOG", "budstikke=trace,libp2p=debug");
    site.start_as(command).unwrap();
}

/// Plays everything that touches patient data, in success and in failure.
fn play(cluster: &mut Cluster) -> Vec<u8> {
    let small = cluster.file("small.xml", format!("<text>{CONTENT}</text>").repeat(100).as_bytes());
    let large = cluster.path("large.dcm");
    MarkedFile::write(&large, 4 * MEBIBYTE);
    let output = cluster.path("arrived");
    let [hospital, municipality, _] = cluster.sites.as_mut_slice() else {
        panic!("there are not three")
    };
    let said = [
        "--to",
        ORGANISATIONS[1],
        "--title",
        TITLE,
        "--author-hpr",
        "999000404",
        "--author-name",
        AUTHOR,
    ];
    let first = hospital.publish(&small, PATIENTS[0], &said);
    let second = hospital.publish(&large, PATIENTS[1], &said);
    let from = ["--from", ORGANISATIONS[0]];
    municipality.json(&[["document", "list"], from].concat());
    municipality.run(&[["document", "get", &first].as_slice(), &from].concat()).ok();
    municipality.json(&["document", "show", &first]);
    let evidence = Archive::parse(&export(cluster, &cluster.sites[1], &first))
        .content("manifest.jws")
        .to_vec();
    let [hospital, municipality, gp] = cluster.sites.as_mut_slice() else {
        panic!("there are not three")
    };
    hospital.json(&["access", "list", "--patient", PATIENTS[0]]);

    // What fails: a stranger's question, a wrong number, a damaged document, a custodian that is gone, a restart after a kill.
    gp.run(&[["document", "get", &second].as_slice(), &from].concat()).failure();
    let wrong = [
        "document",
        "publish",
        small.to_str().unwrap(),
        "--patient",
        WRONG_NUMBER,
        "--type",
        "A03-2",
        "--title",
        TITLE,
    ];
    hospital.run(&wrong).failure();
    let damaged = &document_files(&hospital.home)[0];
    let mut bytes = fs::read(damaged).unwrap();
    bytes[2_000_000] ^= 1;
    fs::write(damaged, bytes).unwrap();
    let get = [["document", "get", &second].as_slice(), &from, &["-o", output.to_str().unwrap()]]
        .concat();
    municipality.run(&get).failure();
    hospital.json(&["document", "share", &first, "--share", "nobody"]);
    hospital.json(&["document", "withdraw", &first, "--reason", REASON]);
    hospital.kill();
    municipality.run(&get).failure();
    start_talkative(hospital);
    hospital.json(&["document", "list"]);
    hospital.json(&["document", "erase", &first, "--yes"]);
    hospital.run(&["document", "show", &first]).failure();
    evidence
}

/// A number with a wrong check digit.
const WRONG_NUMBER: &str = "17834820995";

/// How a secret may look in a log: as it is, as a list of bytes, and in the usual encodings.
pub(crate) fn forms(what: &str, secret: &[u8]) -> Vec<(String, String)> {
    let listed = secret.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let mut forms = vec![
        listed,
        HEXLOWER.encode(secret),
        BASE64.encode(secret),
        BASE64URL_NOPAD.encode(secret),
    ];
    forms.extend(String::from_utf8(secret.to_vec()));
    // Somewhere inside an encoded text, the letters depend on where it begins: those in the middle are the same.
    for before in 0..3 {
        let shifted = BASE64URL_NOPAD.encode(&[&[0; 3][..before], secret].concat());
        let whole = shifted.len() - shifted.len() % 4;
        forms.push(shifted[4..whole].to_owned());
    }
    forms.into_iter().map(|form| (what.to_owned(), form)).collect()
}

#[test]
fn no_log_holds_a_patient_a_document_or_a_key() {
    let mut cluster = Cluster::made(program(), 3);
    cluster.join_all();
    cluster.sites.iter_mut().for_each(start_talkative);
    let manifest = play(&mut cluster);
    cluster.sites.iter_mut().for_each(Site::stop);

    let mut secrets = Vec::new();
    for patient in [PATIENTS[0], PATIENTS[1], WRONG_NUMBER] {
        secrets.extend(forms("a person number", patient.as_bytes()));
    }
    for text in [TITLE, AUTHOR, CONTENT, REASON, "invented clinical content"] {
        secrets.extend(forms(text, text.as_bytes()));
    }
    secrets.extend(forms("the passphrase", b"a passphrase for tests"));
    secrets.push((
        "a manifest".to_owned(),
        String::from_utf8(manifest).unwrap().split('.').nth(1).unwrap()[..64].to_owned(),
    ));
    for site in &cluster.sites {
        let Keyring { node, sign, log, witness, storage } =
            Keyring::open(&fs::read(site.home.join("keyring")).unwrap(), &passphrase(&cluster))
                .unwrap();
        for key in [node, sign, log, witness] {
            secrets.extend(forms("a key", &*key.seed()));
        }
        secrets.extend(forms("the storage key", &*storage.bytes()));
    }
    for site in &cluster.sites {
        let log = site.log();
        assert!(
            log.contains("DEBUG libp2p") && log.contains("budstikke::"),
            "the log is not talkative:\n{log}"
        );
        for (what, form) in &secrets {
            assert!(
                !log.contains(form.as_str()),
                "the log of {} holds {what} as {form}",
                site.organisation
            );
        }
    }
}
