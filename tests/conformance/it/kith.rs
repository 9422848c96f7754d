//! Messages as they are in the world, and bytes that pretend to be some.

use std::fs;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};

use budstikke_conformance::formats::kith::Messages;
use budstikke_conformance::vector::{files, read};
use budstikke_protocol::kith::{What, recognise};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Where third-party collections lie, beside the workspace; they are not ours to copy.
const COLLECTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// The folders of messages, and what is in them. Referrals and discharge summaries are there as CDA documents.
const FOLDERS: [(&str, &[What]); 4] = [
    ("apprec", &[What::Receipt]),
    ("dialogmelding", &[What::Dialogue]),
    ("epikrise", &[What::ClinicalDocument, What::DischargeSummary]),
    ("henvisning", &[What::ClinicalDocument, What::Referral]),
];

/// A stub that shows a part of a document. It names no namespace, and so is nothing to recognise: it is carried as it stands.
const STUB: &str = "Planned_Encounter_-_Reason_for_Referral_C-CDAR2.1_.xml";

fn folder(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(COLLECTIONS).join(name)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

#[test]
fn every_message_of_the_collections_is_recognised() {
    if !Path::new(COLLECTIONS).is_dir() {
        // Not `eprintln!`: the harness would swallow it, and the test would look as if it had run.
        stderr().write_all(b"NOT RUN: shared/data is not beside the workspace\n").unwrap();
        return;
    }
    for (name, kinds) in FOLDERS {
        let files = folder(name);
        assert!(!files.is_empty(), "{name} is empty");
        for file in files {
            let header = recognise(&fs::read(&file).unwrap());
            let header = header.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            if file.ends_with(STUB) {
                assert_eq!(header, None);
                continue;
            }
            let header = header.unwrap_or_else(|| panic!("{} is not recognised", file.display()));
            let kind = header.kind.what;
            assert!(kinds.contains(&kind), "{} is {}", file.display(), header.kind);
            assert!(
                kind == What::ClinicalDocument || !header.sender.is_empty(),
                "{}",
                file.display()
            );
        }
    }
}

/// The documents of the vectors: messages, and what comes close.
fn documents() -> Vec<Vec<u8>> {
    files("kith").iter().map(|file| read::<Messages>(file).input.document.bytes()).collect()
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fall(bytes in vec(any::<u8>(), 0..2048)) {
        drop(recognise(&bytes));
    }

    #[test]
    fn no_change_of_a_message_makes_the_reader_fall(
        document in select(documents()),
        changes in vec((any::<Index>(), any::<u8>()), 1..8),
        end in any::<Index>(),
    ) {
        let mut bytes = document;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        drop(recognise(&bytes));
        drop(recognise(&bytes[..end.index(bytes.len())]));
    }

    #[test]
    fn pieces_of_xml_put_together_do_not_make_the_reader_fall(
        pieces in vec(select(vec![
            "<MsgHead xmlns=\"http://www.kith.no/xmlstds/msghead/2006-05-24\">", "</MsgHead>", "<MsgInfo>", "</MsgInfo>",
            "<Sender>", "</Sender>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "\"", "'", ">", "<", "&amp;", "&#x0;", "/>",
            " V=\"1.2.3.4\" S=\"ENH\"", "xmlns:a='b'", "<a:b", "\u{feff}", "<!DOCTYPE a>",
        ]), 1..64),
    ) {
        drop(recognise(pieces.concat().as_bytes()));
    }
}
