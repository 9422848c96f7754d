//! What is noted of a home, and what a copy makes of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{FILE, Place};
use crate::home::Home;

fn made(dir: &Path) -> (Home, Place) {
    let home = Home::at(dir.join("home"));
    home.create().unwrap();
    let place = Place::of(&home);
    place.note().unwrap();
    (home, place)
}

#[test]
fn a_home_is_where_it_was_made_and_a_copy_is_not() {
    let dir = TempDir::new().unwrap();
    let (home, place) = made(dir.path());
    assert!(place.is_noted().unwrap());
    let copy = dir.path().join("copy");
    let copied = Command::new("cp").arg("-a").args([home.dir(), &copy]).status().unwrap();
    assert!(copied.success());
    assert!(!Place::of(&Home::at(&copy)).is_noted().unwrap());
    // Moved, it is the same.
    let moved = dir.path().join("moved");
    fs::rename(home.dir(), &moved).unwrap();
    assert!(Place::of(&Home::at(&moved)).is_noted().unwrap());
    // The copy in its stead is not, until that is noted.
    fs::rename(&copy, home.dir()).unwrap();
    assert!(!place.is_noted().unwrap());
    place.note().unwrap();
    assert!(place.is_noted().unwrap());
}

#[test]
fn a_note_that_is_missing_or_says_something_else_is_none() {
    let dir = TempDir::new().unwrap();
    let (home, place) = made(dir.path());
    let path = home.path(FILE);
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("{\"version\":1,\"created\":") || text.contains("\"inode\":"),
        "{text}"
    );
    let changed = [
        String::new(),
        text.replace("\"version\":1", "\"version\":2"),
        text.replace('}', ",\"more\":1}"),
        text.replacen("\":1,", "\":1,\"inode\":0,", 1),
        format!("{text}{text}"),
        "x".repeat(300),
    ];
    for other in changed {
        fs::write(&path, &other).unwrap();
        assert!(!place.is_noted().unwrap(), "{other}");
    }
    fs::write(&path, &text).unwrap();
    assert!(place.is_noted().unwrap());
    fs::remove_file(&path).unwrap();
    assert!(!place.is_noted().unwrap());
    fs::remove_dir(home.path("journal")).unwrap();
    assert!(place.is_noted().is_err());
}
