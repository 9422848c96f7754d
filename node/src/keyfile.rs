//! The sealed key file of a home, and where its passphrase comes from.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use budstikke_keys::keyring::{Keyring, KeyringError, StewardKey};
use budstikke_keys::secret::Passphrase;
use zeroize::Zeroizing;

use crate::entropy;
use crate::failure::Failure;
use crate::home::{Home, HomeError, read_bounded};

/// The key file's name in the home folder.
pub const FILE: &str = "keyring";

/// The most bytes of a key file.
const BYTES_MAX: u64 = 64 * 1024;

/// The most bytes of a passphrase.
const PASSPHRASE_BYTES_MAX: u64 = 1024;

/// The name of the passphrase in the service manager's credential directory.
const CREDENTIAL: &str = "budstikke-passphrase";

/// Whether a passphrase is chosen now, and so asked for twice, or was chosen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// For a key file that is about to be written.
    Now,
    /// For a key file that is there.
    Before,
}

/// Takes the passphrase from `file`, else from the service manager, else from the person at the terminal.
///
/// # Errors
/// When there is none, or two that were typed differ.
pub fn passphrase(file: Option<&Path>, chosen: Chosen) -> Result<Passphrase, Failure> {
    if let Some(path) = passphrase_file(file) {
        let bytes = Zeroizing::new(read_bounded(&path, PASSPHRASE_BYTES_MAX)?);
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Failure::of(&error, "the passphrase must be UTF-8 text"))?;
        return checked(text.lines().next().unwrap_or("").to_owned());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            "there is no passphrase",
            "say --passphrase-file FILE, or run it at a terminal",
        ));
    }
    let typed = Zeroizing::new(prompt("Passphrase: ")?);
    if chosen == Chosen::Now && *typed != *Zeroizing::new(prompt("The same again: ")?) {
        return Err(Failure::new("the two passphrases differ", "try again"));
    }
    checked(typed.to_string())
}

/// The file that the passphrase is taken from: `file`, else that of the service manager.
pub fn passphrase_file(file: Option<&Path>) -> Option<PathBuf> {
    file.map(Path::to_owned).or_else(credential)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the credential directory of systemd is given in the environment, by its own rule"
)]
fn credential() -> Option<PathBuf> {
    let path = PathBuf::from(env::var("CREDENTIALS_DIRECTORY").ok()?).join(CREDENTIAL);
    path.exists().then_some(path)
}

fn prompt(text: &str) -> Result<String, Failure> {
    rpassword::prompt_password(text)
        .map_err(|error| Failure::of(&error, "say --passphrase-file FILE"))
}

fn checked(text: String) -> Result<Passphrase, Failure> {
    Passphrase::from_string(text)
        .map_err(|error| Failure::of(&error, "choose one of several words"))
}

/// Makes the keyring of a new node and seals it into its home.
///
/// # Errors
/// When there is one already, or the file cannot be written.
pub fn create(home: &Home, passphrase: &Passphrase) -> Result<Keyring, Failure> {
    let keyring = Keyring::from_entropy(draw()?);
    home.write_new(FILE, &keyring.seal(passphrase).map_err(failure)?)?;
    Ok(keyring)
}

/// Opens the keyring of a node.
///
/// # Errors
/// When others can read it, it is missing or damaged, or the passphrase is wrong.
pub fn open(home: &Home, passphrase: &Passphrase) -> Result<Keyring, Failure> {
    Keyring::open(&read(home)?, passphrase).map_err(failure)
}

/// Reads the sealed key file.
///
/// # Errors
/// When others can read it, or it is missing.
pub fn read(home: &Home) -> Result<Vec<u8>, Failure> {
    home.read_secret(FILE, BYTES_MAX).map_err(|error| match error {
        HomeError::Missing { .. } => Failure::of(
            &error,
            "put back the copy that budstikke keys backup wrote, or say the right --home",
        ),
        error => error.into(),
    })
}

/// Makes the key of a new steward and seals it into its home.
///
/// # Errors
/// As [`create`].
pub fn create_steward(home: &Home, passphrase: &Passphrase) -> Result<StewardKey, Failure> {
    let key = StewardKey::from_entropy(draw()?);
    home.write_new(FILE, &key.seal(passphrase).map_err(failure)?)?;
    Ok(key)
}

/// Opens the key of a steward.
///
/// # Errors
/// As [`open`].
pub fn open_steward(home: &Home, passphrase: &Passphrase) -> Result<StewardKey, Failure> {
    StewardKey::open(&read(home)?, passphrase).map_err(failure)
}

fn draw<const N: usize>() -> Result<Zeroizing<[u8; N]>, Failure> {
    entropy::draw()
        .map_err(|error| Failure::of(&error, "the operating system gives no random bytes"))
}

fn failure(error: KeyringError) -> Failure {
    let hint = match &error {
        KeyringError::WrongPassphrase => {
            "try again; without the passphrase the keys cannot be opened by anybody"
        }
        KeyringError::WrongKind { .. } => "a steward's home is not a node's; say the right --home",
        KeyringError::UnknownVersion(_) => {
            "use the version of budstikke that wrote it, or a newer one"
        }
        _ => "restore the file from a backup made with budstikke keys backup",
    };
    Failure::of(&error, hint)
}
