//! Documents come back as they were written, to those who may read them, or not at all.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use budstikke_protocol::access::decide::Permit;
use budstikke_protocol::document::content::ContentError;
use budstikke_protocol::document::sharing::Sharing;

use super::fixture::{Home, bytes, held, here, id, list_permit, publish, read, read_permit, write};
use crate::store::{DocumentError, SMALL_BYTES_MAX, StoreError, Subtree};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn documents_of_every_size_come_back() {
    let home = Home::new();
    let (store, _) = home.open();
    let sizes = [1, 65_535, 65_536, 65_537, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 3];
    for (number, size) in (1..).zip(sizes) {
        let signed = publish(&store, id(number), &bytes(size), &Sharing::Nobody).await;
        assert_eq!(signed.statement().blake3.as_bytes(), blake3::hash(&bytes(size)).as_bytes());
        assert_eq!(
            signed.statement().sha256,
            budstikke_keys::digest::Sha256Digest::of(&bytes(size))
        );
    }
    let files = home.files("documents").len();
    assert_eq!(files, sizes.iter().filter(|size| **size > SMALL_BYTES_MAX).count());
    drop(store);
    let (store, report) = home.open();
    assert_eq!(report.strays, 0);
    for (number, size) in (1..).zip(sizes) {
        let entry = store.entry(here(), id(number)).unwrap().unwrap();
        assert_eq!(read(&store, &entry).await.unwrap(), bytes(size), "{size} bytes");
    }
}

#[tokio::test]
async fn an_empty_document_is_refused() {
    let home = Home::new();
    let (store, _) = home.open();
    let refused = store.document_writer().unwrap().finish().await;
    assert!(matches!(refused, Err(DocumentError::Content(ContentError::Size))));
}

#[tokio::test]
async fn a_document_is_read_with_the_permit_for_it_and_no_other() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    publish(&store, id(2), b"two", &Sharing::Nobody).await;
    let [one, two] = [1, 2].map(|number| store.entry(here(), id(number)).unwrap().unwrap());
    let refused =
        |permit: &Permit| matches!(store.read(&one, permit), Err(StoreError::NotPermitted));
    assert!(refused(&read_permit(&two)) && refused(&list_permit(here())));
    assert!(!refused(&read_permit(&one)));
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_no_file() {
    let home = Home::new();
    let (store, _) = home.open();
    let mut writer = store.document_writer().unwrap();
    writer.push(&bytes(3 * MIB)).await.unwrap();
    assert_eq!(home.files("documents").len(), 1);
    drop(writer);
    assert!(home.files("documents").is_empty());
}

#[tokio::test]
async fn no_damaged_byte_of_a_file_is_read() {
    let home = Home::new();
    let (store, _) = home.open();
    let whole = bytes(2 * MIB + 5);
    publish(&store, id(1), &whole, &Sharing::Nobody).await;
    let entry = store.entry(here(), id(1)).unwrap().unwrap();
    let (path, sealed) = home.files("documents").into_iter().next().unwrap();
    let permit = read_permit(&entry);
    let stands_in = |part: &[u8], whole: &[u8]| whole.chunks(MIB).any(|subtree| subtree == part);
    // The magic, the first and the second subtree, the last one, the list.
    for at in [3, 100, MIB + 9000, 2 * MIB + 550, sealed.len() - 1] {
        let mut file = fs::File::options().read(true).write(true).open(&path).unwrap();
        flip(&mut file, at);
        let mut failed = 0;
        match store.read(&entry, &permit) {
            Err(StoreError::Document(DocumentError::Damaged { file, .. })) => {
                assert_eq!(file, path);
            }
            Err(error) => panic!("{error}"),
            Ok(reader) => {
                for index in 0..3 {
                    match reader.subtree(index, Subtree::default()).await {
                        Ok(subtree) => assert!(stands_in(&held(&subtree), &whole)),
                        Err(DocumentError::Damaged { .. }) => failed += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                assert_eq!(failed, 1, "byte {at}");
            }
        }
        flip(&mut file, at);
    }
    fs::File::options().write(true).open(&path).unwrap().set_len(100_000).unwrap();
    assert!(matches!(
        read(&store, &entry).await,
        Err(StoreError::Document(DocumentError::Damaged { .. }))
    ));
    fs::remove_file(&path).unwrap();
    assert!(read(&store, &entry).await.is_err());
}

fn flip(file: &mut fs::File, at: usize) {
    let at = SeekFrom::Start(at.try_into().unwrap());
    let mut byte = [0];
    file.seek(at).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(at).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

#[tokio::test]
async fn a_written_document_that_no_commit_names_is_removed_at_the_next_start() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), &bytes(MIB), &Sharing::Nobody).await;
    drop(write(&store, &bytes(MIB)).await);
    assert_eq!(home.files("documents").len(), 2);
    let others = home.path("documents/notes.txt");
    fs::write(&others, "not ours").unwrap();
    drop(store);
    let (store, report) = home.open();
    assert_eq!(report.strays, 1);
    assert!(others.exists());
    let entry = store.entry(here(), id(1)).unwrap().unwrap();
    assert_eq!(read(&store, &entry).await.unwrap(), bytes(MIB));
}
