//! The operator's guide explains every line that the store can say.

use std::fs;
use std::path::{Path, PathBuf};

use super::fixture::id;
use crate::store::{Damage, LostFile, Progress, Report};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What stands in code in the first cell of a row of a table.
fn explained() -> Vec<String> {
    let guide = read("../docs/operate.md");
    let cells = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let phrases = cells.flat_map(|cell| cell.trim_end_matches('`').split("`, `"));
    phrases.map(str::to_owned).collect()
}

/// Whether a line is one of a phrase in which `…` stands for anything.
fn is_of(line: &str, phrase: &str) -> bool {
    let mut rest = Some(line);
    for part in phrase.split('…') {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
    }
    rest.is_some()
}

#[test]
fn every_line_of_a_report_is_explained() {
    let damage = |file| Damage { file: PathBuf::from(file), bytes: 10..20 };
    let lost = |found| LostFile { file: PathBuf::from("file"), document: id(1), found };
    let report = Report {
        replayed: 1,
        torn: Some(damage("1")),
        damaged: vec![damage("2")],
        missing: vec![3..=4],
        lost: vec![lost(None), lost(Some(7))],
        more: 5,
        rebuilt: Some("there was no index".to_owned()),
        strays: 6,
        log_rebuilt: Some("tiles and rows give another root than that of the last head".to_owned()),
        log_stopped: Some("the tile 8 is damaged".to_owned()),
        scrubbed: Progress::default(),
    };
    let (lines, explained) = (report.lines(), explained());
    assert_eq!(lines.len(), 10);
    for line in lines {
        assert!(explained.iter().any(|phrase| is_of(&line, phrase)), "{line}");
    }
}

/// What the product code below a folder says as a warning or an error.
fn warnings(folder: &Path) -> Vec<String> {
    let mut said = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            said.extend(if path.ends_with("tests") { Vec::new() } else { warnings(&path) });
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        let calls = ["warn!(", "error!("].iter().flat_map(|call| source.split(call).skip(1));
        said.extend(
            calls
                .map(|call| call.split(';').next().unwrap().rsplit('"').nth(1).unwrap().to_owned()),
        );
    }
    said
}

#[test]
fn every_warning_of_the_store_is_explained() {
    let mut warnings = warnings(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store"));
    // That is a line of the report.
    warnings.retain(|said| said != "{line}");
    assert!(warnings.len() > 5);
    for said in warnings {
        assert!(explained().contains(&said), "{said}");
    }
}
