//! Scenarios: real nodes, each a process of its own, on real sockets.

mod accused;
mod addresses;
mod announcements;
mod asked;
mod clock;
mod colluding;
mod completions;
mod corpus;
mod crash;
mod demo;
mod doctor;
mod documents;
mod erase;
mod evidence;
mod fault_points;
mod federation;
mod find;
mod fork;
mod formats;
mod hand_over;
mod home;
mod hostile_asker;
mod hostile_custodian;
mod hosts;
mod http;
mod index;
mod interop;
mod kith;
mod large;
mod log_forks;
mod privacy;
mod publish;
mod readme;
mod referral_commands;
mod referral_delays;
mod referral_evidence;
mod referrals;
mod refuse;
mod repair;
mod restored;
mod share;
mod transfer;
mod verify;
mod volume;
mod witnesses;

use budstikke_scenarios::program::Program;

/// The program under test.
fn program() -> Program {
    Program::at(env!("CARGO_BIN_EXE_budstikke-under-test"))
}
