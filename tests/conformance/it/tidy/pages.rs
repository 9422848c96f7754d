//! Pages: what the specification must name, and links that must lead somewhere.

use std::fs;
use std::path::Path;

use super::house::{named, read, root, tell, tracked_files};

#[test]
fn the_specification_names_every_limit() {
    let specification = specification();
    let limits = read(&root().join("protocol/src/limits.rs"));
    let mut faults = Vec::new();
    for name in limits.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
    {
        if !has_word(&specification, name) {
            faults
                .push(format!("protocol/src/limits.rs: no page of docs/spec says what {name} is"));
        }
    }
    tell(&faults);
}

#[test]
fn the_specification_names_every_folder_of_vectors() {
    let specification = specification();
    let mut faults = Vec::new();
    for entry in fs::read_dir(root().join("tests/vectors")).expect("tests/vectors is there") {
        let folder = entry.unwrap();
        let name = folder.file_name().into_string().unwrap();
        if folder.path().is_dir() && !specification.contains(&format!("`{name}`")) {
            faults.push(format!("tests/vectors/{name}: no page of docs/spec names it"));
        }
    }
    tell(&faults);
}

#[test]
fn links_of_pages_lead_to_files() {
    let mut faults = Vec::new();
    for page in tracked_files().iter().filter(|file| has_extension(file, "md")) {
        for target in links(&read(page)) {
            if !page.with_file_name("").join(&target).exists() {
                faults.push(format!("{}: {target} is not there", named(page)));
            }
        }
    }
    tell(&faults);
}

/// All pages of `docs/spec`, one after the other.
fn specification() -> String {
    let folder = root().join("docs/spec");
    let pages =
        fs::read_dir(&folder).expect("docs/spec is there").map(|entry| entry.unwrap().path());
    pages.filter(|page| has_extension(page, "md")).map(|page| read(&page)).collect()
}

/// The relative targets of the links in a page, without their anchors.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("](").skip(1).filter_map(|after| after.split([')', '#', ' ']).next());
    targets
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .map(str::to_owned)
        .collect()
}

/// Whether `word` stands in `text` and is not the beginning or the end of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let in_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(in_name) && !text[start + word.len()..].starts_with(in_name)
    })
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension == wanted)
}
