//! The member request of a home: what its organisation hands to the stewards.

use std::net::IpAddr;

use budstikke_keys::jws::SignedByMany;
use budstikke_keys::keyring::Keyring;
use budstikke_protocol::federation::request::MemberRequest;
use budstikke_protocol::federation::roster::MemberKeys;

use crate::clock;
use crate::config::Config;
use crate::failure::Failure;

/// The file's name in the home folder.
pub const FILE: &str = "request.json";

/// The public halves of a keyring.
pub fn public(keyring: &Keyring) -> MemberKeys {
    MemberKeys {
        node: keyring.node.public(),
        sign: keyring.sign.public(),
        log: keyring.log.public(),
        witness: keyring.witness.public(),
    }
}

/// Makes sure that others can reach this node at each address that it announces: none that only says where to listen.
///
/// # Errors
/// Names the first address of every interface or of any port.
pub fn check_announced(config: &Config) -> Result<(), Failure> {
    match config.announced().iter().find(|address| !can_be_dialled(address.as_str())) {
        None => Ok(()),
        Some(address) => Err(Failure::new(
            format!("nobody can reach this node at {address}"),
            "say --announce /dns4/your.name/tcp/8470, or announce in config.toml",
        )),
    }
}

fn can_be_dialled(address: &str) -> bool {
    let mut parts = address.split('/').skip(2).step_by(2);
    let (host, port) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_everywhere = host.parse().is_ok_and(|address: IpAddr| address.is_unspecified());
    !is_everywhere && port.parse() != Ok(0_u16)
}

/// Makes the request, signed with each key that it announces.
///
/// # Errors
/// When the configuration does not make a request, such as one with too many addresses, or with one that leads nowhere.
pub fn make(config: &Config, keyring: &Keyring) -> Result<String, Failure> {
    check_announced(config)?;
    let request = MemberRequest {
        organisation: config.organisation,
        name: config.name.clone(),
        kind: config.kind,
        region: config.region.clone(),
        keys: public(keyring),
        addresses: config.announced().to_vec(),
        created: clock::now(),
    };
    let hint = "check the addresses in config.toml";
    let mut signed = SignedByMany::new(request).map_err(|error| Failure::of(&error, hint))?;
    for key in [&keyring.node, &keyring.sign, &keyring.log, &keyring.witness] {
        signed.add(key).map_err(|error| Failure::of(&error, hint))?;
    }
    Ok(signed.to_json())
}
