//! The roster: whether it counts, whether the clock fits it, and whether it lists this home as this home is.

use std::sync::Arc;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::roster::{Member, MemberKeys, Roster, Status};
use budstikke_protocol::federation::standing::{Standing, is_too_early};

use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::home::Home;
use crate::rosters::Rosters;

/// How many days before a roster expires that is told: the stewards have to meet.
const DAYS_TOLD: i64 = 30;

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// What is found of the rosters of a home, and of its own entry there.
pub(super) fn findings(
    home: &Home,
    config: Option<&Config>,
    keys: Option<&MemberKeys>,
) -> Vec<Finding> {
    let opened = Rosters::open(home).map_err(Failure::from);
    let newest = opened.and_then(|rosters| Ok((Arc::clone(rosters.newest()?), rosters.forked())));
    let (newest, forked) = match newest {
        Ok(newest) => newest,
        Err(why) => return vec![Finding::fault("roster", why)],
    };
    let (roster, now) = (newest.roster(), clock::now());
    let mut findings = vec![age(roster, forked, now)];
    findings.extend(is_too_early(roster, now).then(|| too_early(roster, now)));
    findings.extend(config.map(|config| membership(config, roster, keys)));
    findings
}

fn age(roster: &Roster, forked: Option<u64>, now: Timestamp) -> Finding {
    const CHECK: &str = "roster";
    let renew = "ask the stewards for a new version, and import it: budstikke roster import";
    let Roster { version, issued, expires, .. } = roster;
    let standing =
        forked.map_or_else(|| Standing::of(roster, now), |version| Standing::Forked { version });
    let days = expires.seconds_since(now).checked_div(SECONDS_OF_DAY).unwrap_or(0);
    match standing {
        Standing::Current if days >= DAYS_TOLD => Finding::ok(
            CHECK,
            format!("version {version}, issued {issued}, counts until {expires}"),
        ),
        Standing::Current => {
            let why = format!("version {version} expires in {days} days, {expires}");
            Finding::warning(CHECK, Failure::new(why, renew))
        }
        Standing::Grace { until } => {
            let why =
                format!("version {version} has EXPIRED; exchange of patient data stops {until}");
            Finding::warning(CHECK, Failure::new(why, renew))
        }
        Standing::Expired => {
            let why = format!("version {version} has EXPIRED; no patient data is exchanged");
            Finding::fault(CHECK, Failure::new(why, renew))
        }
        Standing::Forked { version } => {
            let why =
                format!("there are two rosters of version {version}; no patient data is exchanged");
            let hint =
                "find out from the stewards which is right, and say so: budstikke roster settle";
            Finding::fault(CHECK, Failure::new(why, hint))
        }
    }
}

fn too_early(roster: &Roster, now: Timestamp) -> Finding {
    let why = format!("this clock says {now}, and the roster was issued {}", roster.issued);
    let hint =
        "set the clock, preferably by NTP: questions that are more than 120 s off are refused";
    Finding::fault("clock", Failure::new(why, hint))
}

/// Whether the roster lists this home as it is; what is wrong first is what others act on first.
fn membership(config: &Config, roster: &Roster, keys: Option<&MemberKeys>) -> Finding {
    const CHECK: &str = "membership";
    let request = "give the stewards a new request: budstikke keys request";
    let Some(member) = roster.member(config.organisation) else {
        let why =
            format!("{} is not in the roster: no other node lets this one in", config.organisation);
        let hint = "give request.json to the stewards, and import the new roster";
        return Finding::fault(CHECK, Failure::new(why, hint));
    };
    if member.status != Status::Active {
        let why = format!(
            "the stewards have set this organisation to {:?}: no other node lets this one in",
            member.status
        );
        return Finding::fault(CHECK, Failure::new(why.to_lowercase(), "ask the stewards why"));
    }
    if let Some(uses) = keys.and_then(|keys| other_keys(keys, &member.keys)) {
        let why = format!("the roster lists other keys than this home has: {uses}");
        let hint = "restore the right keyring, or send a new request to the stewards";
        return Finding::fault(CHECK, Failure::new(why, hint));
    }
    if !announces(config, member) {
        let why = format!(
            "the roster says that this node is at {}, config.toml that it is at {}",
            listed(&member.addresses),
            listed(config.announced())
        );
        return Finding::warning(CHECK, Failure::new(why, request));
    }
    if (&config.name, config.kind, &config.region) != (&member.name, member.kind, &member.region) {
        let why =
            "the roster has another name, kind or region of this organisation than config.toml";
        return Finding::warning(CHECK, Failure::new(why, request));
    }
    let found = if keys.is_some() {
        "active, with the keys and addresses of this home"
    } else {
        "active, with the addresses of this home"
    };
    Finding::ok(CHECK, found)
}

/// The uses of the keys that differ.
fn other_keys(ours: &MemberKeys, listed: &MemberKeys) -> Option<String> {
    let pairs = ours.each().into_iter().zip(listed.each());
    let other = pairs.filter(|(ours, listed)| ours.1 != listed.1);
    let uses: Vec<String> =
        other.map(|((key_use, _), _)| format!("{key_use:?}").to_lowercase()).collect();
    (!uses.is_empty()).then(|| uses.join(", "))
}

/// Whether both have the same addresses, in whatever order.
fn announces(config: &Config, member: &Member) -> bool {
    let ours = config.announced();
    ours.len() == member.addresses.len()
        && ours.iter().all(|address| member.addresses.contains(address))
}

fn listed(addresses: &[impl ToString]) -> String {
    if addresses.is_empty() {
        return "no address".to_owned();
    }
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
