//! Making the homes of nodes and stewards, and looking after their keys.

use budstikke_keys::keyring::Keyring;
use budstikke_protocol::federation::roster::{Kind, Steward as Public};
use serde_json::{Value, json};

use super::args::{Init, Keys, KindArg, Steward};
use super::output::print;
use super::table;
use super::terminal::Terminal;
use crate::config::{self, Config, DEFAULT_LISTEN, default_purpose};
use crate::failure::Failure;
use crate::home::{read_bounded, write_durably};
use crate::keyfile::{self, Chosen};
use crate::net::check_address;
use crate::place::Place;
use crate::request;
use crate::runtime::read_config;

/// The file with the public part of a steward, in its home.
const STEWARD: &str = "steward.json";

/// The most bytes of a steward's public part.
pub(super) const STEWARD_BYTES_MAX: u64 = 4096;

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Municipality => Self::Municipality,
            KindArg::Hospital => Self::Hospital,
            KindArg::Gp => Self::Gp,
            KindArg::Authority => Self::Authority,
            KindArg::Other => Self::Other,
        }
    }
}

pub(super) fn init(terminal: &Terminal, args: Init) -> Result<(), Failure> {
    let listen = if args.listen.is_empty() {
        DEFAULT_LISTEN.parse().into_iter().collect()
    } else {
        args.listen
    };
    for address in listen.iter().chain(&args.announce) {
        check_address(address.as_str())
            .map_err(|error| Failure::of(&error, "write it like /ip4/192.0.2.1/tcp/8470"))?;
    }
    let passphrase_file = terminal.passphrase_file.as_deref().map(std::path::absolute).transpose();
    let config = Config {
        organisation: args.organisation,
        name: args.name,
        kind: args.kind.into(),
        region: args.region,
        listen,
        announce: (!args.announce.is_empty()).then_some(args.announce),
        passphrase_file: passphrase_file
            .map_err(|error| Failure::of(&error, "name the file by its full path"))?,
        person: args.person,
        purpose: default_purpose(),
    };
    // Before anything is made: the request goes to the stewards.
    request::check_announced(&config)?;
    let home = &terminal.home;
    home.create()?;
    let passphrase = terminal.passphrase(terminal.passphrase_file.as_deref(), Chosen::Now)?;
    // Before the first file is written: the home of a steward has a keyring and no configuration.
    home.check_vacant(keyfile::FILE)?;
    home.write_new(config::FILE, config.to_file().as_bytes())?;
    let keyring = keyfile::create(home, &passphrase)?;
    write_durably(&home.path(request::FILE), request::make(&config, &keyring)?.as_bytes())?;
    Place::of(home).note()?;
    let dir = home.dir().display();
    terminal.output.result(&json!({"home": home.dir(), "organisation": config.organisation, "request": home.path(request::FILE)}), || {
        format!("made {dir}\n\nnext: give {dir}/request.json to the stewards of the federation,\n      then join with the roster they sign: budstikke join --federation FINGERPRINT roster.json")
    })?;
    terminal.output.note("\nkeep a copy of the keys away from this machine: budstikke keys backup FILE\nwithout the keys and their passphrase nobody can ever open the documents of this node");
    Ok(())
}

pub(super) fn keys(terminal: &Terminal, verb: Keys) -> Result<(), Failure> {
    let home = &terminal.home;
    match verb {
        Keys::Request { output } => {
            let config = read_config(home)?;
            let text = request::make(&config, &open(terminal, &config)?)?;
            match output {
                Some(path) => write_durably(&path, text.as_bytes())?,
                None => print(&text)?,
            }
        }
        Keys::Show => {
            let config = read_config(home)?;
            let keys = request::public(&open(terminal, &config)?);
            let shown: Value = keys.each().into_iter().map(|(key_use, key)| json!({"use": key_use, "thumbprint": key.thumbprint(), "key": key})).collect();
            terminal.output.result(&shown, || table::rows(&shown, &["use", "thumbprint"]))?;
        }
        Keys::Backup { file } => {
            if file.exists() {
                return Err(Failure::new(
                    format!("{} exists already", file.display()),
                    "name another file",
                ));
            }
            // Opened first: a copy of a damaged file, or one whose passphrase nobody knows, is no backup.
            drop(open(terminal, &read_config(home)?)?);
            write_durably(&file, &keyfile::read(home)?)?;
            terminal.output.result(&json!({"backup": file}), || {
                format!(
                    "wrote {}; it is sealed by the same passphrase, and opens with nothing else",
                    file.display()
                )
            })?;
        }
    }
    Ok(())
}

pub(super) fn steward(terminal: &Terminal, verb: Steward) -> Result<(), Failure> {
    let home = &terminal.home;
    match verb {
        Steward::Init { name } => {
            home.create()?;
            let passphrase =
                terminal.passphrase(terminal.passphrase_file.as_deref(), Chosen::Now)?;
            let key = keyfile::create_steward(home, &passphrase)?;
            let public = json!(Public { name, key: key.key.public() });
            write_durably(&home.path(STEWARD), format!("{public:#}\n").as_bytes())?;
            let path = home.path(STEWARD);
            terminal.output.result(&public, || {
                format!(
                    "made {}\n\nnext: give {} to whoever makes the roster",
                    home.dir().display(),
                    path.display()
                )
            })?;
            Ok(())
        }
        Steward::Show => {
            let public = read_steward(&home.path(STEWARD))?;
            let shown = json!({"name": public.name, "thumbprint": public.key.thumbprint(), "key": public.key});
            terminal
                .output
                .result(&shown, || format!("{}  {}", public.key.thumbprint(), public.name))?;
            Ok(())
        }
    }
}

/// The public part of a steward, from its file.
pub(super) fn read_steward(path: &std::path::Path) -> Result<Public, Failure> {
    let bytes = read_bounded(path, STEWARD_BYTES_MAX)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(
            format!("{} is not a steward.json: {error}", path.display()),
            "use the file that budstikke steward init wrote",
        )
    })
}

fn open(terminal: &Terminal, config: &Config) -> Result<Keyring, Failure> {
    let file = terminal.passphrase_file.as_deref().or(config.passphrase_file.as_deref());
    keyfile::open(&terminal.home, &terminal.passphrase(file, Chosen::Before)?)
}
