//! The tables of docs/spec/referral.md say what the code does, for every pair.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use budstikke_conformance::formats::referral::step::{STATUSES, TABLE, expected, row};
use budstikke_conformance::thread::{Play, example};
use budstikke_conformance::vector::ROOT;
use budstikke_protocol::referral::said::Said;
use budstikke_protocol::referral::state::Side;

/// The cells of the rows of the table below a heading, without code marks.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(Path::new(ROOT).join("../../docs/spec/referral.md")).unwrap();
    let section = page.split_once(&format!("\n### {heading}\n")).unwrap().1;
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let lines = lines.take_while(|line| line.starts_with('|')).skip(2);
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    };
    lines.map(cells).collect()
}

#[test]
fn the_page_says_what_follows_in_every_status() {
    let page = table("What may follow");
    assert_eq!(page.len(), TABLE.len());
    for (cells, (name, written)) in page.iter().zip(TABLE) {
        assert_eq!(cells[0], name);
        for (cell, status) in cells[1..].iter().zip(STATUSES) {
            let cell = if cell == "=" { status } else { cell };
            assert_eq!(cell, expected(written, status), "{name} in {status}");
        }
        assert_eq!(cells.len(), 1 + STATUSES.len());
    }
}

/// What a referral is before a crossing: all that both sides know. On hold also when care had begun.
fn bases() -> Vec<(String, Play)> {
    let mut bases: Vec<_> =
        STATUSES.iter().map(|status| ((*status).to_owned(), Play::at(status))).collect();
    let begun = Play::at("started").then(Side::Receiver, example("on-hold"));
    bases.push(("on-hold, care begun".to_owned(), begun));
    bases
}

/// How the first column of the page names what the receiver's event alone leads to.
fn alone(play: &Play, said: &Said) -> String {
    let after = play.clone().then(Side::Receiver, said.clone()).state;
    let is_asked = matches!(said, Said::MoreInformationWanted { .. });
    match after.status().name() {
        "information-wanted" if is_asked => "information-wanted, asked now".to_owned(),
        "information-wanted" => "information-wanted, asked before".to_owned(),
        "on-hold" if after.is_begun() => "on-hold, care begun".to_owned(),
        "on-hold" => "on-hold, care not begun".to_owned(),
        name => name.to_owned(),
    }
}

#[test]
fn the_page_says_what_every_crossing_means() {
    let page = table("Crossings");
    let columns = ["withdrawn", "supplemented", "message", "acknowledged stored"];
    let mut used = BTreeSet::new();
    let mut crossings = 0;
    for (base, play) in bases() {
        for (name, _) in TABLE.iter().filter(|(name, _)| name.starts_with('>')) {
            let receivers = row(&play, name);
            if play.clone().with(receivers.clone()).is_err() {
                continue;
            }
            let alone = alone(&play, &receivers.statement().said);
            for kind in columns {
                let referrers = row(&play, &format!("< {kind}"));
                let Ok(one) = play.clone().with(referrers.clone()) else { continue };
                // The same two events, in either order, are the same state.
                let one = one.with(receivers.clone()).unwrap();
                let other = play.clone().with(receivers.clone()).unwrap().with(referrers).unwrap();
                assert_eq!(one.state, other.state, "{base}: < {kind} and {name}");
                let at = if kind == "withdrawn" {
                    1
                } else if kind == "supplemented" {
                    2
                } else {
                    3
                };
                let line = page.iter().position(|cells| cells[0] == alone);
                let line = line.unwrap_or_else(|| panic!("no row for {alone}"));
                let found = one.state.status().name();
                assert_eq!(page[line][at], found, "{base}: < {kind} and {name}: {alone}");
                used.insert((line, at));
                crossings += 1;
            }
        }
    }
    assert!(crossings > 200, "{crossings}");
    // What cannot happen has a dash, and nothing else has.
    for (line, cells) in page.iter().enumerate() {
        for (at, cell) in cells.iter().enumerate().skip(1) {
            assert_eq!(cell == "–", !used.contains(&(line, at)), "{} {at}: {cell}", cells[0]);
        }
    }
}
