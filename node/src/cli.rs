//! The command line: `budstikke <noun> <verb>`.

mod access;
mod args;
mod doctor;
mod document;
mod federation;
mod find;
mod index;
mod init;
mod node;
mod offline;
mod output;
mod patient;
mod referral;
mod table;
mod terminal;
mod transfer;

use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use self::args::{Args, Command};
use self::output::Output;
use self::terminal::Terminal;
use crate::demo::{Then, demo};
use crate::failure::Failure;
use crate::home::Home;

/// The exit code of a command whose arguments are wrong, as most programs have it.
const USAGE: u8 = 2;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return without_command(&error),
    };
    let output = Output::new(args.json);
    let home = args.home.or_else(|| std::env::home_dir().map(|dir| dir.join(".budstikke")));
    let terminal = Terminal {
        home: Home::at(home.unwrap_or_else(|| ".budstikke".into())),
        passphrase_file: args.passphrase_file,
        output,
    };
    match dispatch(&terminal, args.command) {
        Ok(code) => code,
        Err(failure) => {
            terminal.output.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Prints the help or the version that was asked for, or what is wrong with the arguments.
fn without_command(error: &clap::Error) -> ExitCode {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || !error.use_stderr() {
        let is_told =
            error.print().err().is_none_or(|error| error.kind() == io::ErrorKind::BrokenPipe);
        return match (is_help, is_told) {
            (true, _) => ExitCode::from(USAGE),
            (false, true) => ExitCode::SUCCESS,
            (false, false) => ExitCode::FAILURE,
        };
    }
    let text = error.to_string();
    let mut paragraphs =
        text.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" "));
    let what = paragraphs.next().unwrap_or_default();
    let tip = paragraphs.find_map(|line| line.strip_prefix("tip: ").map(str::to_owned));
    let hint = tip.unwrap_or_else(|| "say --help to see what the command takes".to_owned());
    let is_json = std::env::args_os().any(|arg| arg == "--json");
    Output::new(is_json)
        .failure(&Failure::new(what.strip_prefix("error: ").unwrap_or(&what), hint));
    ExitCode::from(USAGE)
}

fn dispatch(terminal: &Terminal, command: Command) -> Result<ExitCode, Failure> {
    let done = match command {
        Command::Init(args) => init::init(terminal, args),
        Command::Keys(verb) => init::keys(terminal, verb),
        Command::Steward(verb) => init::steward(terminal, verb),
        Command::Roster(verb) => federation::roster(terminal, verb),
        Command::Join { federation, roster } => federation::join(terminal, federation, &roster),
        Command::Run(args) => node::run(terminal, &args),
        Command::Status => node::status(terminal),
        Command::Doctor => return doctor::doctor(terminal),
        Command::Peer(verb) => node::peer(terminal, verb),
        Command::Document(verb) => document::document(terminal, verb),
        Command::Find(args) => find::find(terminal, args),
        Command::Referral(verb) => referral::referral(terminal, verb),
        Command::Outbox(verb) => referral::outbox(terminal, verb),
        Command::Patient(verb) => patient::patient(terminal, verb),
        Command::Access(verb) => access::access(terminal, verb),
        Command::Index(verb) => return index::index(terminal, verb),
        Command::Evidence(verb) => document::evidence(terminal, verb),
        Command::Verify(args) => return offline::verify(terminal, args),
        Command::Demo(args) => {
            let then = if args.exit { Then::Exit } else { Then::Wait };
            demo(&args.folder, then, &|line| {
                // The nodes end in order also when nobody reads the story.
                drop(output::print(&format!("{line}\n")));
            })
        }
        Command::Completions { shell } => {
            // Not straight to standard output: that would panic when it is full or closed.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "budstikke", &mut script);
            output::print(&String::from_utf8_lossy(&script))
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}
