//! The arguments of every command, and the help that is made from them.

mod find;
mod looking;
mod referral;

use std::path::PathBuf;

use budstikke_keys::note::VerifierKey;
use budstikke_keys::time::{Date, Timestamp};
use budstikke_protocol::document::codes::{BlockCode, Confidentiality, Role, TypeCode};
use budstikke_protocol::federation::roster::FederationName;
use budstikke_protocol::ids::{
    DocumentId, Environment, Fingerprint, HprNumber, OrganisationNumber,
};
use budstikke_protocol::text::{Language, MediaType, Text};
use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};

pub(super) use self::find::Find;
pub(super) use self::looking::Looking;
pub(super) use self::referral::{Content, Outbox, Referral, Send, Which};
use crate::config::Person;

/// Share signed clinical documents between organisations, without a central record store.
#[derive(Debug, Parser)]
#[command(name = "budstikke", version, arg_required_else_help = true, propagate_version = true)]
pub(super) struct Args {
    /// The home folder of the node or steward [default: ~/.budstikke]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) home: Option<PathBuf>,
    /// Write JSON for machines instead of tables
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Read the passphrase of the key file from the first line of this file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the home folder of a node: its configuration, its keys and its request to the stewards
    Init(Init),
    /// The keys of a node
    #[command(subcommand)]
    Keys(Keys),
    /// The key of a steward, kept offline in a home of its own
    #[command(subcommand)]
    Steward(Steward),
    /// The roster: the signed list of members
    #[command(subcommand)]
    Roster(Roster),
    /// Join a federation, whose fingerprint you got from somebody you trust
    Join {
        /// The federation's fingerprint
        #[arg(long)]
        federation: Fingerprint,
        /// The roster file
        roster: PathBuf,
    },
    /// Run the node until it is told to stop
    Run(Run),
    /// Show how the running node is
    Status,
    /// Look at everything that a node needs, running or not, and say what to do
    Doctor,
    /// The other members
    #[command(subcommand)]
    Peer(Peer),
    /// Documents
    #[command(subcommand)]
    Document(Document),
    /// Find a patient's records at every member: of each all open ones with proof, or that it has none, or why that is not known
    Find(Find),
    /// What is known of patients themselves
    #[command(subcommand)]
    Patient(Patient),
    /// Referrals: a patient is referred, assessed, treated and discharged, in one thread of both sides
    #[command(subcommand)]
    Referral(Referral),
    /// What waits for other organisations
    #[command(subcommand)]
    Outbox(Outbox),
    /// Who looked at what
    #[command(subcommand)]
    Access(Access),
    /// The log of this organisation: what it has shared, and proofs that nothing of it was changed
    #[command(subcommand)]
    Index(Index),
    /// Evidence of documents and referrals
    #[command(subcommand)]
    Evidence(Evidence),
    /// Verify an evidence file of a document or a referral, or the proof of a fork, offline and without a home folder
    Verify(Verify),
    /// Start five organisations on this machine and play an exchange through them
    Demo(Demo),
    /// Write a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct Init {
    /// The organisation number (9 digits)
    #[arg(long)]
    pub(super) organisation: OrganisationNumber,
    /// The organisation's name
    #[arg(long)]
    pub(super) name: Text<128>,
    /// What kind of organisation it is
    #[arg(long)]
    pub(super) kind: KindArg,
    /// The county or health region
    #[arg(long)]
    pub(super) region: Option<Text<64>>,
    /// Where to listen (can be repeated) [default: /ip4/0.0.0.0/tcp/8470, which needs --announce]
    #[arg(long, value_name = "MULTIADDR")]
    pub(super) listen: Vec<Text<256>>,
    /// Where others reach it, when it listens on every interface or they see another address (can be repeated)
    #[arg(long, value_name = "MULTIADDR")]
    pub(super) announce: Vec<Text<256>>,
    /// Who looks when a command does not say
    #[arg(long = "as", value_name = "HPR:ROLE")]
    pub(super) person: Option<Person>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KindArg {
    Municipality,
    Hospital,
    Gp,
    Authority,
    Other,
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Write the request to the stewards anew, signed with each key
    Request {
        /// Where to [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show the public keys
    Show,
    /// Write a copy of the sealed key file; keep it away from this machine
    Backup {
        /// Where to
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Steward {
    /// Make a steward's home: a sealed key, and steward.json to give to whoever makes the roster
    Init {
        /// Who the steward is
        #[arg(long)]
        name: Text<128>,
    },
    /// Show the steward's public part
    Show,
}

#[derive(Debug, Subcommand)]
pub(super) enum Roster {
    /// Begin a federation: write its first roster, unsigned, and print its fingerprint
    Create {
        /// The federation's name (a-z, 0-9, '.', '-')
        #[arg(long)]
        name: FederationName,
        /// Whether patients are real
        #[arg(long)]
        environment: Environment,
        /// A steward's steward.json (can be repeated)
        #[arg(long = "steward", required = true, value_name = "FILE")]
        stewards: Vec<PathBuf>,
        /// How many stewards must sign
        #[arg(long)]
        threshold: u8,
        /// A first member's request.json (can be repeated)
        #[arg(long = "member", value_name = "FILE")]
        members: Vec<PathBuf>,
        /// For how many days each roster counts
        #[arg(long, default_value_t = 365)]
        days: u32,
        /// The roster file to write
        #[arg(default_value = "roster.json")]
        roster: PathBuf,
    },
    /// Add members, or give members new keys, from their request.json files
    Add {
        /// The request.json files
        #[arg(required = true)]
        requests: Vec<PathBuf>,
        /// The replaced keys were lost to somebody else, at this time or after it
        #[arg(long, value_name = "TIME")]
        lost_since: Option<Timestamp>,
        /// The roster file
        #[arg(long, default_value = "roster.json")]
        roster: PathBuf,
    },
    /// Keep a member out for now
    Suspend {
        /// The member
        organisation: OrganisationNumber,
        /// The roster file
        #[arg(long, default_value = "roster.json")]
        roster: PathBuf,
    },
    /// Say how much a member may ask of each other; what is not named goes back to what the program has
    Limit {
        /// The member
        organisation: OrganisationNumber,
        /// Questions in a minute
        #[arg(long, value_name = "NUMBER")]
        questions_per_minute: Option<u32>,
        /// Patients asked for blindly in a day
        #[arg(long, value_name = "NUMBER")]
        blind_per_day: Option<u32>,
        /// The roster file
        #[arg(long, default_value = "roster.json")]
        roster: PathBuf,
    },
    /// Put a member out for good; what it signed fails from then on, unless witnesses saw it before
    Revoke {
        /// The member
        organisation: OrganisationNumber,
        /// The roster file
        #[arg(long, default_value = "roster.json")]
        roster: PathBuf,
    },
    /// Sign the newest roster of the file as the steward of --home
    Sign {
        /// The roster file
        #[arg(default_value = "roster.json")]
        roster: PathBuf,
    },
    /// Show the rosters of a file, or those of this home
    Show {
        /// The roster file
        roster: Option<PathBuf>,
    },
    /// Give newer rosters to the node; it tells the others
    Import {
        /// The roster file
        roster: PathBuf,
    },
    /// Write every roster of this home into one file
    Export {
        /// Where to [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Decide which of two rosters of one version is right
    Settle {
        /// The version
        #[arg(id = "number", value_name = "VERSION")]
        version: u64,
        /// The digest of the right one, as `status` shows it
        #[arg(long, value_name = "DIGEST")]
        keep: String,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct Run {
    /// Write the log as JSON lines
    #[arg(long)]
    pub(super) log_json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Peer {
    /// List the members
    List,
    /// Show one member
    Show {
        /// The member
        organisation: OrganisationNumber,
    },
    /// Reach a member and measure the way
    Ping {
        /// The member
        organisation: OrganisationNumber,
    },
}

/// With whom a document is shared.
#[derive(Debug, Clone, Arguments)]
#[group(multiple = false)]
pub(super) struct SharedWith {
    /// Share with these organisations
    #[arg(long, num_args = 1.., value_name = "ORG")]
    pub(super) to: Vec<OrganisationNumber>,
    /// Share with every member, or with nobody
    #[arg(long)]
    pub(super) share: Option<ShareArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShareArg {
    Nobody,
    Federation,
}

#[derive(Debug, Subcommand)]
pub(super) enum Document {
    /// Sign a document and keep it for others to fetch
    Publish(Box<Publish>),
    /// List the documents here, or those that another organisation has shared with this one by name
    List {
        /// The other organisation
        #[arg(long, value_name = "ORG")]
        from: Option<OrganisationNumber>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Show one document that is here
    Show {
        /// The document
        document: DocumentId,
        /// Its custodian, when that is another organisation
        #[arg(long, value_name = "ORG")]
        from: Option<OrganisationNumber>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Change who may read a document
    Share {
        /// The document
        document: DocumentId,
        #[command(flatten)]
        with: SharedWith,
        #[command(flatten)]
        looking: Looking,
    },
    /// Withdraw a document: it is no longer listed or served
    Withdraw {
        /// The document
        document: DocumentId,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Erase a document of this organisation, or the copy of another's, for good
    Erase {
        /// The document
        document: DocumentId,
        /// Its custodian, when it is a copy
        #[arg(long, value_name = "ORG")]
        from: Option<OrganisationNumber>,
        /// Do not ask whether it is meant
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        looking: Looking,
    },
    /// Read a document, fetching it first when another organisation has it
    Get {
        /// The document
        document: DocumentId,
        /// Its custodian, when that is another organisation
        #[arg(long, value_name = "ORG")]
        from: Option<OrganisationNumber>,
        /// Where to [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        looking: Looking,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct Publish {
    /// The document
    pub(super) file: PathBuf,
    /// The patient's person number
    #[arg(long, value_name = "NR")]
    pub(super) patient: String,
    /// The type of document, Volven 9602, such as A03-2
    #[arg(long = "type", value_name = "CODE")]
    pub(super) document_type: TypeCode,
    /// What people see in a list [default: the name of the type]
    #[arg(long)]
    pub(super) title: Option<Text<256>>,
    /// The language
    #[arg(long, default_value = "nb")]
    pub(super) language: Language,
    /// The media type [default: from the file's name]
    #[arg(long)]
    pub(super) content_type: Option<MediaType>,
    /// HL7 confidentiality: N, R or V
    #[arg(long, default_value = "N")]
    pub(super) confidentiality: Confidentiality,
    /// A block or denial, Volven 9603 (can be repeated)
    #[arg(long = "block", value_name = "CODE")]
    pub(super) blocks: Vec<BlockCode>,
    #[command(flatten)]
    pub(super) with: SharedWith,
    /// A document of this organisation that this one replaces (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(super) replaces: Vec<DocumentId>,
    /// A document of this organisation that this one is another form of (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(super) transforms: Vec<DocumentId>,
    /// A document of this organisation that this one adds to (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(super) appends: Vec<DocumentId>,
    /// A document of this organisation that this one signs (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(super) signs: Vec<DocumentId>,
    /// Who wrote it: number in the register of health personnel
    #[arg(long, value_name = "HPR")]
    pub(super) author_hpr: Option<HprNumber>,
    /// Who wrote it: name
    #[arg(long, requires = "author_hpr")]
    pub(super) author_name: Option<Text<128>>,
    /// Who wrote it: role, Volven 9060
    #[arg(long, requires = "author_hpr")]
    pub(super) author_role: Option<Role>,
    /// Write the receipt of the log here, as soon as a head with the document is signed
    #[arg(long, value_name = "FILE")]
    pub(super) receipt: Option<PathBuf>,
    #[command(flatten)]
    pub(super) looking: Looking,
}

#[derive(Debug, Subcommand)]
pub(super) enum Patient {
    /// Say that two person numbers are one patient's: records of both are listed under each, and searches here ask for both
    Link {
        /// The one
        #[arg(value_name = "NR")]
        one: String,
        /// The other
        #[arg(value_name = "NR")]
        other: String,
        #[command(flatten)]
        looking: Looking,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Access {
    /// List the looks at patient data, newest first
    List {
        /// At one patient's data only
        #[arg(long, value_name = "NR")]
        patient: Option<String>,
        /// How many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Open the tickets of the searches of a day, and say which do not open
    Audit {
        /// The day, in UTC
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Date,
        #[command(flatten)]
        looking: Looking,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Evidence {
    /// Write an evidence file of a document or a referral that is here
    Export {
        /// The document or the referral
        #[arg(value_name = "ID")]
        document: DocumentId,
        /// The document's custodian or the referrer, when that is another organisation
        #[arg(long, value_name = "ORG")]
        from: Option<OrganisationNumber>,
        /// Where to
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        looking: Looking,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Index {
    /// Show how the log is
    Status,
    /// Show what the log holds of a document of this organisation, and verify it
    Prove {
        /// The document
        document: DocumentId,
    },
    /// Write the receipt of a document: proof that the log holds its manifest
    Receipt {
        /// The document
        document: DocumentId,
        /// Where to
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Write the whole log for reviewers and their tools, or what is new in it
    Export {
        /// The folder; one with an earlier export is brought up to date
        folder: PathBuf,
    },
    /// Show what is known of the logs of the other members
    Peers {
        /// Write the proof that the log of this member has forked, or what it is accused of
        #[arg(long, value_name = "ORG", requires = "output")]
        against: Option<OrganisationNumber>,
        /// Where to
        #[arg(short, long, value_name = "FILE", requires = "against")]
        output: Option<PathBuf>,
    },
    /// Verify an export or a receipt, offline and without a home folder
    Verify(Box<VerifyIndex>),
}

#[derive(Debug, Arguments)]
pub(super) struct VerifyIndex {
    /// The folder of an export, or the file of a receipt
    pub(super) path: PathBuf,
    /// The key of the log, as `index status` shows it
    #[arg(long, value_name = "VKEY", conflicts_with_all = ["federation", "roster"])]
    pub(super) key: Option<VerifierKey>,
    /// The federation's fingerprint, got from somebody you trust
    #[arg(long, requires = "roster")]
    pub(super) federation: Option<Fingerprint>,
    /// The rosters of the federation, which name the key and the witnesses
    #[arg(long, value_name = "FILE", requires = "federation")]
    pub(super) roster: Option<PathBuf>,
    /// Of a receipt: the statement that it is for, such as manifest.jws of the evidence
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: Option<PathBuf>,
    /// Of a receipt: the salt in hexadecimal [default: the one in the receipt]
    #[arg(long, value_name = "HEX", value_parser = salt)]
    pub(super) salt: Option<[u8; 32]>,
    /// Of a receipt: the document itself
    #[arg(long, value_name = "FILE", requires = "manifest")]
    pub(super) document: Option<PathBuf>,
}

fn salt(text: &str) -> Result<[u8; 32], String> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| "a salt is 64 hexadecimal digits".to_owned())
}

#[derive(Debug, Arguments)]
pub(super) struct Verify {
    /// The evidence file
    pub(super) file: PathBuf,
    /// The federation's fingerprint, got from somebody you trust
    #[arg(long)]
    pub(super) federation: Fingerprint,
    /// Rosters that are newer than the evidence
    #[arg(long, value_name = "NEWER")]
    pub(super) roster: Option<PathBuf>,
    /// Fail unless it is this patient's
    #[arg(long, value_name = "NR")]
    pub(super) patient: Option<String>,
    /// Fail unless this organisation signed it
    #[arg(long, value_name = "NR")]
    pub(super) organisation: Option<OrganisationNumber>,
}

#[derive(Debug, Arguments)]
pub(super) struct Demo {
    /// The folder that holds all of the demo; made, and removed at the end; one that is there is refused
    #[arg(long, default_value = "demo", value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Stop after the story instead of waiting for Ctrl-C
    #[arg(long)]
    pub(super) exit: bool,
}
