//! Commands that see other mounts and processes than the rest of the machine, as those in a container do.

use std::process::{Command, Stdio};

use crate::program::Ended;

/// What runs a command behind some mounts.
pub type Run = Box<dyn Fn(Command) -> Ended>;

/// What runs commands after the shell has run `mounts` in a namespace of mounts and processes of its own; nothing, and a line that says so,
/// where the machine allows no namespaces.
pub fn mounted(mounts: &str) -> Option<Run> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "--pid", "--fork", "sh", "-ec", script, "sh"]);
        command
    };
    let mut trial = unshare("mount -t tmpfs none /tmp");
    if !trial.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        println!(
            "NOT RUN: this machine lets nobody make a namespace of mounts (unshare --map-root-user --mount --pid)"
        );
        return None;
    }
    let script = format!("{mounts}\nexec \"$@\"");
    Some(Box::new(move |command| {
        let mut behind = unshare(&script);
        behind.arg(command.get_program()).args(command.get_args());
        behind.stdin(Stdio::null()).output().unwrap().into()
    }))
}
