//! The cases: what a key is worth at which time, whose word counts for the time, and what is no receipt.

use serde_json::{Value, json};

use super::File;
use crate::cast;
use crate::formats::log::sample::COSIGNED;
use crate::sample::{Change as _, manifest, member};

/// Takes a case: its name, what it shows, the file, the failures, and since when it is witnessed.
type Case<'a> = dyn FnMut(&str, &str, File, &[&str], Option<&str>) + 'a;

/// When the witness of the cases cosigns: a minute after the first roster was issued, and the manifest signed.
const T: &str = "2026-11-22T12:05:05Z";

const BEFORE_T: &str = "2026-11-22T12:05:04Z";
const AFTER_T: &str = "2026-11-22T12:05:06Z";
const LATER: &str = "2026-11-22T12:30:00Z";

/// A spoilt receipt: its name, what it shows, and how it is spoilt.
type Spoilt = (&'static str, &'static str, fn(String) -> String);

const REVOKED: &[&str] = &["revoked-key"];
const DISTRUSTED: &[&str] = &["distrusted-key"];
const INVALID: &[&str] = &["receipt-invalid"];

pub(super) fn all(case: &mut Case<'_>) {
    times(case);
    revoked(case);
    lost(case);
    back(case);
    witnesses(case);
    quorums(case);
    logs(case);
    spoilt(case);
}

fn good() -> File {
    File::witnessed(COSIGNED + 60)
}

fn revoke(roster: Value) -> Value {
    roster.with("/members/0/status", "revoked")
}

/// With another key of a use for a member, the old one retired, and distrusted from a time.
fn replace(roster: Value, at: usize, key_use: &str, distrusted: Option<&str>) -> Value {
    let keys = format!("/members/{at}/keys/{key_use}");
    let old = roster.pointer(&keys).unwrap().clone();
    let mut retired = json!({ "use": key_use, "key": old, "retired": roster["issued"] });
    if let Some(from) = distrusted {
        retired["distrusted_from"] = json!(from);
    }
    let new = cast::public(&format!("new {key_use} {at} {}", roster["version"]));
    let member = roster.pointer(&format!("/members/{at}")).unwrap().clone();
    let mut all = member["retired_keys"].as_array().cloned().unwrap_or_default();
    all.push(retired);
    let roster = roster.with(&keys, json!(new));
    roster.with(&format!("/members/{at}/retired_keys"), all)
}

fn times(case: &mut Case<'_>) {
    case("no-receipt", "nothing shows when it was signed", good().without_receipt(), &[], None);
    case("promised", "the log alone has signed", good().promised(), &[], None);
    case("witnessed", "the only witness has cosigned", good(), &[], Some(T));
    case(
        "before-the-roster",
        "the witnesses of a roster vouch for no time before it was issued",
        File::witnessed(COSIGNED - 60),
        &[],
        Some(cast::NOW),
    );
    let signed_at =
        |created: &str| File { manifest: manifest().with("/created", created), ..good() };
    case(
        "created-5-min-after",
        "the signer's clock may be five minutes ahead",
        signed_at("2026-11-22T12:10:05Z"),
        &[],
        Some(T),
    );
    case(
        "created-later",
        "it was witnessed before the signer says that it was signed",
        signed_at("2026-11-22T12:10:06Z"),
        &["time-contradiction"],
        Some(T),
    );
    case(
        "created-later-promised",
        "no witness contradicts the signer",
        signed_at("2026-11-22T12:10:06Z").promised(),
        &[],
        None,
    );
}

fn revoked(case: &mut Case<'_>) {
    case("revoked-later", "revoked after that", good().then(AFTER_T, revoke), &[], Some(T));
    case("revoked-at-once", "in the same second", good().then(T, revoke), REVOKED, Some(T));
    case("revoked-before", "revoked before", good().then(BEFORE_T, revoke), REVOKED, Some(T));
    case(
        "revoked-promised",
        "only the log says that it was before",
        good().promised().then(AFTER_T, revoke),
        REVOKED,
        None,
    );
    case(
        "revoked-no-receipt",
        "nothing says that it was before",
        good().without_receipt().then(AFTER_T, revoke),
        REVOKED,
        None,
    );
    let twice = good().then(BEFORE_T, revoke).then(LATER, |roster| roster);
    case("revoked-and-renewed", "the first roster that revokes counts", twice, REVOKED, Some(T));
    let suspended = good().then(BEFORE_T, |roster| roster.with("/members/0/status", "suspended"));
    case("suspended", "a suspended member's signature counts", suspended, &[], Some(T));
}

fn lost(case: &mut Case<'_>) {
    let lost = |file: File, from: &'static str| {
        file.then(LATER, move |roster| replace(roster, 0, "sign", Some(from)))
    };
    case("lost-later", "lost after that", lost(good(), AFTER_T), &[], Some(T));
    case("lost-at-once", "lost in the same second", lost(good(), T), DISTRUSTED, Some(T));
    case("lost-before", "lost before", lost(good(), BEFORE_T), DISTRUSTED, Some(T));
    case("lost-promised", "only the log says", lost(good().promised(), AFTER_T), DISTRUSTED, None);
    let earlier = lost(good(), AFTER_T)
        .then(LATER, |roster| roster.with("/members/0/retired_keys/0/distrusted_from", BEFORE_T));
    case(
        "lost-earlier-than-thought",
        "the newest roster says from when on",
        earlier,
        DISTRUSTED,
        Some(T),
    );
    let retired = |file: File| file.then(LATER, |roster| replace(roster, 0, "sign", None));
    case("retired", "replaced in good order", retired(good()), &[], Some(T));
    case("retired-no-receipt", "the same", retired(good().without_receipt()), &[], None);
    let both = lost(good(), BEFORE_T).then(LATER, revoke);
    case("lost-before-revoked-later", "both must be later", both, DISTRUSTED, Some(T));
}

/// A member that was revoked comes back with other keys, those it had distrusted.
fn back(case: &mut Case<'_>) {
    let back = |roster: Value| {
        let uses = ["node", "sign", "log", "witness"];
        let roster =
            uses.iter().fold(roster, |roster, key_use| replace(roster, 0, key_use, Some(LATER)));
        roster.with("/members/0/status", "active")
    };
    let file = |file: File, revoked| file.then(revoked, revoke).then(LATER, back);
    case("back", "signed before it was revoked", file(good(), AFTER_T), &[], Some(T));
    case(
        "back-revoked-before",
        "signed after it was revoked, though before the keys were distrusted",
        file(good(), BEFORE_T),
        REVOKED,
        Some(T),
    );
    case(
        "back-no-receipt",
        "nothing says",
        file(good().without_receipt(), AFTER_T),
        DISTRUSTED,
        None,
    );
}

fn witnesses(case: &mut Case<'_>) {
    let lost = |from| move |roster: Value| replace(roster, 1, "witness", from);
    case(
        "witness-rotated",
        "an old key of a witness, replaced in good order",
        good().then(LATER, lost(None)),
        &[],
        Some(T),
    );
    for (name, from) in [("witness-lost-later", AFTER_T), ("witness-lost-before", BEFORE_T)] {
        let shows = "whoever has the key can write any time";
        case(name, shows, good().then(LATER, lost(Some(from))), &[], None);
    }
    let put_out = |roster: Value| roster.with("/members/1/status", "revoked");
    case("witness-revoked", "its word is no longer good", good().then(LATER, put_out), &[], None);
    let pushed = |roster: Value| put_out(revoke(roster));
    case("both-revoked", "nobody is left to say", good().then(LATER, pushed), REVOKED, None);
    let suspended = |roster: Value| roster.with("/members/1/status", "suspended");
    case("witness-suspended", "its word counts", good().then(LATER, suspended), &[], Some(T));
    // Another becomes the witness, and has cosigned with an earlier time.
    let gp = member(cast::GP, "gp", "Prøvebyen legekontor");
    let other = |roster: Value| suspended(roster).with("/members/-", gp.clone());
    let by_gp = vec![(cast::GP.to_owned(), "gp witness".to_owned(), COSIGNED + 60)];
    let file = File { cosigned: by_gp.clone(), ..good() };
    case(
        "new-witness",
        "a new witness vouches from the roster on that makes it one",
        file.clone().then(LATER, other),
        &[],
        Some(LATER),
    );
    case("stranger", "no roster makes it a witness", file, &[], None);
    let both = File { cosigned: [good().cosigned, by_gp].concat(), ..good() };
    case("old-and-new", "the earlier counts", both.then(LATER, other), &[], Some(T));
}

/// Four others besides the municipality: five witnesses, of whom four must have cosigned and one may lie.
fn quorums(case: &mut Case<'_>) {
    let (file, numbers) = good().with_members(4);
    let by = |lines: &[(usize, u64)]| {
        let line = |(at, after): &(usize, u64)| {
            let number = &numbers[*at];
            (number.clone(), format!("{number} witness"), COSIGNED + after)
        };
        File { cosigned: lines.iter().map(line).collect(), ..file.clone() }
    };
    let lost = |file: File, members: &[usize]| {
        let members = members.to_vec();
        file.then(LATER, move |roster| {
            members.iter().fold(roster, |roster, at| replace(roster, at + 2, "witness", Some(T)))
        })
    };
    let four = [(0, 40), (1, 30), (2, 20), (3, 10)];
    case(
        "four-of-five",
        "since the last of a quorum",
        by(&four),
        &[],
        Some("2026-11-22T12:04:45Z"),
    );
    case("three-of-five", "too few", by(&four[..3]), &[], None);
    let again = [(0, 40), (0, 10), (0, 20), (1, 10)];
    case("one-thrice", "one witness counts once", by(&again), &[], None);
    case(
        "four-one-lost",
        "a quorum has room for one that lies",
        lost(by(&four), &[0]),
        &[],
        Some("2026-11-22T12:04:45Z"),
    );
    case(
        "four-two-lost",
        "of those in good standing, more than may lie",
        lost(by(&four), &[2, 3]),
        &[],
        Some("2026-11-22T12:04:45Z"),
    );
    case("four-three-lost", "one alone may lie", lost(by(&four), &[0, 1, 2]), &[], None);
    // Two that were lost say that it was early; the second that was not says when.
    let late = [(0, 1), (1, 2), (2, 500), (3, 600)];
    case(
        "two-lost-say-early",
        "the time is that of those in good standing",
        lost(by(&late), &[0, 1]),
        &[],
        Some("2026-11-22T12:14:05Z"),
    );
}

fn logs(case: &mut Case<'_>) {
    let rotated = |from| move |roster: Value| replace(roster, 0, "log", from);
    let lost = good().then(LATER, rotated(Some(BEFORE_T)));
    case("log-rotated", "an old key of the log", good().then(LATER, rotated(None)), &[], Some(T));
    case("log-lost", "the time is the witnesses' word, not the log's", lost, &[], Some(T));
    let new = File { log: "new log 0 2", ..good() }.then(LATER, rotated(None));
    case("log-new-key", "a new key counts from its roster on", new, &[], Some(LATER));
    let municipality = format!("vectors.example/{}", cast::MUNICIPALITY);
    let other = |origin: &str, log| File { origin: origin.to_owned(), log, ..good() };
    for (name, shows, file) in [
        ("log-of-another", "another member's log", other(&municipality, "municipality log")),
        ("log-of-another-key", "another member's key", File { log: "municipality log", ..good() }),
        ("log-by-sign-key", "a key of another use", File { log: "hospital sign", ..good() }),
        (
            "log-of-accesses",
            "another log of it",
            other("vectors.example/310000019/access", "hospital log"),
        ),
        ("log-second", "another log of it", other("vectors.example/310000019/2", "hospital log")),
        (
            "log-of-another-federation",
            "another federation",
            other("other.example/310000019", "hospital log"),
        ),
    ] {
        case(name, shows, file, INVALID, None);
    }
}

fn spoilt(case: &mut Case<'_>) {
    let rows: [Spoilt; 8] = [
        ("empty", "no receipt at all", |_| String::new()),
        ("other-salt", "a salt of another record", |text| text.replacen("Wlpa", "W1pa", 1)),
        ("no-salt", "no salt", |text| {
            text.lines()
                .filter(|line| !line.starts_with("extra"))
                .fold(String::new(), |all, line| all + line + "\n")
        }),
        ("short-salt", "a salt of three bytes", |text| {
            let line = text.lines().nth(1).unwrap().to_owned();
            text.replacen(&line, "extra Wlpa", 1)
        }),
        ("other-index", "another place", |text| text.replacen("index 2", "index 1", 1)),
        ("other-version", "another version", |text| text.replacen("@v1", "@v2", 1)),
        ("cut", "the end is missing", |text| text[..text.len() - 5].to_owned()),
        ("forged-cosignature", "a line in the witness's name that it did not make", |text| {
            let at = text.len() - 20;
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &text[..at], &text[at + 1..])
        }),
    ];
    for (name, shows, spoil) in rows {
        let file = File { spoil, ..good() };
        case(&format!("receipt-{name}"), shows, file.clone(), INVALID, None);
        if name == "cut" {
            let revoked = &["revoked-key", "receipt-invalid"];
            case(
                "receipt-cut-revoked",
                "it vouches for no key",
                file.then(AFTER_T, revoke),
                revoked,
                None,
            );
        }
    }
    let strange = File { signer: "municipality sign", ..good() };
    case(
        "another-signer",
        "a member, but not the custodian",
        strange,
        &["signer-not-custodian"],
        Some(T),
    );
    let unknown = File { signer: "a stranger", ..good() };
    let twice = &["unknown-key", "unknown-key"];
    case("stranger-signs", "the receipt is not looked at", unknown, twice, None);
}
