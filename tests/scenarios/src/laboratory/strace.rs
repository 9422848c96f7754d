//! Faults from outside: the same program under `strace`, which stays in the background, so that the process is still the node.

use std::process::Command;

/// What brings bytes to the disk.
const SYNCS: &str = "fdatasync,fsync,sync_file_range,syncfs,sync,msync";

/// The command, killed when one of its threads makes a system call for the nth time, before that is carried out.
pub fn killed_at(command: &Command, call: &str, nth: u64) -> Command {
    injected(command, call, &format!("signal=KILL:when={nth}"))
}

/// The command, whose every sync succeeds without being carried out.
pub fn without_syncs(command: &Command) -> Command {
    injected(command, SYNCS, "retval=0")
}

fn injected(command: &Command, calls: &str, what: &str) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={calls}:{what}"), "--"]);
    strace.arg(command.get_program()).args(command.get_args());
    strace
}
