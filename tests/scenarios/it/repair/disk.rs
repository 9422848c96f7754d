//! A disk that takes no more: what needs a record is refused with the reason, and goes on by itself when the disk does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use budstikke_scenarios::cluster::PATIENTS;
use budstikke_scenarios::site::Site;

use super::{Kept, repairs, segments};

/// System calls of a running process that fail, from outside, until this is dropped.
struct Failing(Child);

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
        let line = BufReader::new(strace.stderr.take().unwrap()).lines().next();
        let line = line.expect("strace says something").unwrap();
        assert!(line.contains("attached"), "strace cannot attach: {line}");
        Self(strace)
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        let id = self.0.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        self.0.wait().unwrap();
    }
}

/// The largest file that a process may write; what goes beyond fails as on a full disk.
fn limit_files(site: &Site, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let id = site.process().to_string();
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

/// Starts a node that is not ended by the signal that comes with that limit.
fn start_to_be_limited(site: &mut Site) {
    let run = site.run_command();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(run.get_program());
    command.args(run.get_args());
    site.start_as(command).unwrap();
}

impl Kept {
    /// Checks that nothing is recorded, and so nothing is served that must be, and that this is said.
    fn refuses(&mut self, why: &str) {
        let id = self.documents[0].0.clone();
        let file = self.cluster.file("refused.txt", b"refused");
        let site = self.site();
        let publish = [
            "document",
            "publish",
            file.to_str().unwrap(),
            "--patient",
            PATIENTS[0],
            "--type",
            "A03-2",
        ];
        for args in [publish.as_slice(), &["document", "get", &id]] {
            let refused = site.run(args).failure();
            assert!(
                refused.contains(why) && refused.contains("the space on the disk"),
                "{refused}"
            );
        }
        assert!(site.json(&["status"])["organisation"].is_string());
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
    let home = kept.site().home.clone();
    // No room for a segment; and none for a commit, or for half of one, behind what is there.
    for room in [0, 160, 700] {
        start_to_be_limited(kept.site());
        kept.serves_all_but(None);
        let written = segments(&home).last().unwrap().metadata().unwrap().len();
        let limit = if room == 0 { 100 } else { written + room - 160 };
        limit_files(kept.site(), &limit.to_string());
        for _ in 0..3 {
            kept.refuses("cannot write ");
        }
        limit_files(kept.site(), "unlimited");
        kept.goes_on();
    }
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
