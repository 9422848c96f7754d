//! Rosters that no command makes: with any change, and signed by whom one likes.

use std::fs;
use std::path::Path;

use budstikke_keys::jws::SignedByMany;
use budstikke_keys::keyring::StewardKey;
use budstikke_keys::secret::{Passphrase, SecretKey};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::Roster;

use crate::cluster::Cluster;

/// The newest roster of the cluster's file.
pub fn newest(cluster: &Cluster) -> SignedByMany<Roster> {
    let text = fs::read_to_string(cluster.roster()).unwrap();
    Chain::parse(&text).unwrap().into_rosters().pop().unwrap()
}

/// The roster that follows the newest, with a change, unsigned.
pub fn following(cluster: &Cluster, change: impl FnOnce(&mut Roster)) -> Roster {
    let newest = newest(cluster);
    let mut roster = newest.statement().clone();
    roster.version += 1;
    roster.previous = Some(newest.payload_digest());
    change(&mut roster);
    roster
}

/// A roster with the signatures of these keys.
pub fn signed_by<'a>(
    roster: Roster,
    keys: impl IntoIterator<Item = &'a SecretKey>,
) -> SignedByMany<Roster> {
    let mut signed = SignedByMany::new(roster).unwrap();
    for key in keys {
        signed.add(key).unwrap();
    }
    signed
}

/// Changes the roster in a way that no command can, signed by two stewards, in the cluster's file.
pub fn amend(cluster: &Cluster, change: impl FnOnce(&mut Roster)) {
    let keys = [steward(cluster, 1), steward(cluster, 2)];
    let signed = signed_by(following(cluster, change), &keys);
    let before = fs::read_to_string(cluster.roster()).unwrap();
    fs::write(cluster.roster(), format!("{before}{}", signed.to_json())).unwrap();
}

/// The key of a steward.
pub fn steward(cluster: &Cluster, number: u8) -> SecretKey {
    let file = fs::read(cluster.path(&format!("steward-{number}/keyring"))).unwrap();
    StewardKey::open(&file, &passphrase(&cluster.path(""))).unwrap().key
}

/// The passphrase of every key file in the folder of a federation.
pub fn passphrase(dir: &Path) -> Passphrase {
    let text = fs::read_to_string(dir.join("passphrase")).unwrap();
    Passphrase::from_string(text.trim_end().to_owned()).unwrap()
}
