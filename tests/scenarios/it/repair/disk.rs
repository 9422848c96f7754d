//! A disk that takes no more: what needs a record is refused with the reason, and goes on by itself when the disk does.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use budstikke_scenarios::cluster::PATIENTS;
use budstikke_scenarios::site::Site;

use super::{Kept, repairs, segments};

/// System calls of a running process that fail, from outside, until this is dropped.
struct Failing {
    strace: Child,
    /// Kept open, or strace would end with its next word.
    _said: BufReader<ChildStderr>,
}

impl Failing {
    fn make(site: &Site, calls: &str, error: &str) -> Self {
        let mut strace = Command::new("strace")
            .args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:error={error}")])
            .args(["-p", &site.process().to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace, which tests/setup installs");
        // From this line on every thread is held.
        let mut said = BufReader::new(strace.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "strace cannot attach: {line}");
        Self { strace, _said: said }
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        let id = self.strace.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        self.strace.wait().unwrap();
    }
}

/// The largest file that a process may write; what goes beyond fails as on a full disk.
pub(crate) fn limit_files(site: &Site, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let id = site.process().to_string();
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

/// Starts a node that is not ended by the signal that comes with that limit.
pub(crate) fn start_to_be_limited(site: &mut Site) {
    let run = site.run_command();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(run.get_program());
    command.args(run.get_args());
    site.start_as(command).unwrap();
}

impl Kept {
    /// Checks that nothing is published, and that this is said.
    fn refuses_to_publish(&mut self, why: &str) {
        let file = self.cluster.file("refused.txt", b"refused");
        let args = [file.to_str().unwrap(), "--patient", PATIENTS[0], "--type", "A03-2"];
        let refused = self.site().run(&[["document", "publish"].as_slice(), &args].concat());
        let refused = refused.failure();
        assert!(refused.contains(why) && refused.contains("the space on the disk"), "{refused}");
    }

    /// The same, and nothing is shown whose look cannot be recorded; what needs no record is.
    fn refuses(&mut self, why: &str) {
        self.refuses_to_publish(why);
        let id = self.documents[0].0.clone();
        let refused = self.site().run(&["document", "get", &id]).failure();
        assert!(refused.contains(why) && refused.contains("the space on the disk"), "{refused}");
        assert!(self.site().json(&["status"])["organisation"].is_string());
    }

    /// Checks that everything goes on, and that a start finds nothing to say.
    fn goes_on(&mut self) {
        let file = self.cluster.file("later.txt", b"later");
        let id = self.site().publish(&file, PATIENTS[0], &[]);
        self.documents.push((id, b"later".to_vec()));
        self.serves_all_but(None);
        self.site().stop();
        self.site().start();
        assert!(repairs(self.site()).is_empty(), "{:?}", repairs(self.site()));
        self.serves_all_but(None);
        self.site().stop();
    }
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_space() {
    let mut kept = Kept::make();
    start_to_be_limited(kept.site());
    kept.serves_all_but(None);
    // Not even the head of a segment fits.
    limit_files(kept.site(), "100");
    for _ in 0..3 {
        kept.refuses("cannot write ");
    }
    limit_files(kept.site(), "unlimited");
    kept.goes_on();
}

#[test]
fn half_a_commit_on_a_full_disk_is_taken_back() {
    let mut kept = Kept::make();
    let home = kept.site().home.clone();
    start_to_be_limited(kept.site());
    kept.serves_all_but(None);
    let segment = segments(&home).pop().unwrap();
    let before = fs::read(&segment).unwrap();
    limit_files(kept.site(), &(before.len() + 500).to_string());
    kept.refuses_to_publish("cannot write ");
    assert!(fs::read(&segment).unwrap() == before);
    limit_files(kept.site(), "unlimited");
    kept.goes_on();
}

#[test]
fn a_disk_that_fails_refuses_and_goes_on_when_it_works_again() {
    let mut kept = Kept::make();
    for (calls, error, why) in [
        ("pwrite64", "ENOSPC", "No space left on device"),
        // Nor can what was written be taken back.
        ("pwrite64,ftruncate,fdatasync", "EROFS", "Read-only file system"),
        ("fdatasync,ftruncate", "EIO", "Input/output error"),
    ] {
        kept.site().start();
        kept.serves_all_but(None);
        let failing = Failing::make(kept.site(), calls, error);
        for _ in 0..3 {
            kept.refuses(why);
        }
        drop(failing);
        kept.goes_on();
    }
}
