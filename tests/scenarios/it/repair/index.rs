//! The index is lost or damaged: it is built anew, and people see how far that has come.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use budstikke_scenarios::until::{PATIENCE, until};

use super::{Kept, repairs};

fn every_file(folder: &Path, harm: &dyn Fn(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { every_file(&path, harm) } else { harm(&path) }
    }
}

fn scramble(file: &Path) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, bytes.iter().map(|byte| byte ^ 0x5a).collect::<Vec<u8>>()).unwrap();
}

#[test]
fn an_index_that_is_lost_or_damaged_is_built_anew() {
    let mut kept = Kept::make();
    let db = kept.site().home.join("db");
    let harms: [&dyn Fn(&Path); 5] = [
        &|db| fs::remove_dir_all(db).unwrap(),
        &|db| every_file(db, &|file| fs::write(file, []).unwrap()),
        &|db| every_file(db, &scramble),
        &|db| every_file(db, &super::cut),
        &|db| {
            fs::remove_dir_all(db).unwrap();
            fs::write(db, "not a folder").unwrap();
        },
    ];
    for (at, harm) in harms.into_iter().enumerate() {
        harm(&db);
        kept.site().start();
        let lines = repairs(kept.site());
        assert!(
            lines.len() == 1 && lines[0].starts_with("the index was built anew from the journal: "),
            "case {at}: {lines:?}"
        );
        kept.serves_all_but(None);
        kept.site().stop();
    }
    kept.site().start();
    assert!(repairs(kept.site()).is_empty());
}

/// What a node shows on a terminal until it listens. `script`, of Debian's package `bsdutils`, gives it one.
fn shown(kept: &mut Kept) -> String {
    let screen = kept.cluster.path("screen");
    let run = kept.site().run_command();
    let words = [run.get_program()].into_iter().chain(run.get_args());
    let line = words.map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ");
    let mut script = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(File::create(&screen).unwrap())
        .spawn()
        .expect("script, which tests/setup installs");
    let shown = until("the node to listen", PATIENCE, || {
        let shown = String::from_utf8_lossy(&fs::read(&screen).unwrap()).into_owned();
        shown.contains("listening on ").then_some(shown)
    });
    // The node loses its terminal, and ends.
    script.kill().unwrap();
    script.wait().unwrap();
    until("the node to end", PATIENCE, || (!kept.site().run(&["status"]).is_success).then_some(()));
    shown
}

#[test]
fn a_terminal_shows_how_far_the_index_is_built() {
    let mut kept = Kept::make();
    assert!(!shown(&mut kept).contains("rebuilding the index"));
    fs::remove_dir_all(kept.site().home.join("db")).unwrap();
    let shown = shown(&mut kept);
    assert!(shown.contains("rebuilding the index"), "{shown}");
}
