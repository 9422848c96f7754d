//! The configuration: that it can be read, and that its addresses are such.

use crate::config::Config;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::home::Home;
use crate::net::check_address;
use crate::request::check_announced;
use crate::runtime::read_config;

const CHECK: &str = "configuration";

/// The configuration, if it can be read, and what is found of it.
pub(super) fn findings(home: &Home) -> (Option<Config>, Finding) {
    let config = match read_config(home) {
        Ok(config) => config,
        Err(why) => return (None, Finding::fault(CHECK, why)),
    };
    let finding = match checked(&config) {
        Ok(()) => {
            Finding::ok(CHECK, format!("the node of {} ({})", config.organisation, config.name))
        }
        Err(why) => Finding::fault(CHECK, why),
    };
    (Some(config), finding)
}

fn checked(config: &Config) -> Result<(), Failure> {
    for address in config.listen.iter().chain(config.announced()) {
        check_address(address.as_str()).map_err(|error| {
            Failure::new(
                format!("{address} in config.toml: {error}"),
                "write it like /ip4/192.0.2.1/tcp/8470 or /dns4/node.example.no/tcp/8470",
            )
        })?;
    }
    check_announced(config)
}
