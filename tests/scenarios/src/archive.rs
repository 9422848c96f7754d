//! Evidence files taken apart, and put together again in whatever wrong way a test needs.

use std::io::Read;
use std::ops::Range;

use tar::{Builder, EntryType, Header};

/// Bytes of a tar block.
pub const BLOCK: usize = 512;

/// The members of an evidence file.
#[derive(Debug, Clone)]
pub struct Archive {
    /// Name and content, in order.
    pub members: Vec<(String, Vec<u8>)>,
}

impl Archive {
    /// Takes a file apart.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut archive = tar::Archive::new(bytes);
        let members = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), content)
        });
        Self { members: members.collect() }
    }

    /// Puts a file together.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (name, content) in &self.members {
            builder
                .append_data(
                    &mut header(EntryType::Regular, content.len()),
                    name,
                    content.as_slice(),
                )
                .unwrap();
        }
        builder.into_inner().unwrap()
    }

    /// The content of a member.
    pub fn content(&self, name: &str) -> &[u8] {
        &self.members.iter().find(|member| member.0 == name).unwrap().1
    }

    /// The content of a member that is text.
    pub fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.content(name)).unwrap()
    }

    /// The same with another content of a member.
    #[must_use]
    pub fn with(&self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        let mut changed = self.clone();
        changed.members.iter_mut().find(|member| member.0 == name).unwrap().1 = content.into();
        changed
    }

    /// The same without a member.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut fewer = self.clone();
        fewer.members.retain(|member| member.0 != name);
        assert_eq!(fewer.members.len() + 1, self.members.len(), "there is no {name}");
        fewer
    }

    /// Where the contents of the members stand in the file, by their names.
    pub fn places(bytes: &[u8]) -> Vec<(String, Range<usize>)> {
        let mut archive = tar::Archive::new(bytes);
        let places = archive.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let begin = usize::try_from(entry.raw_file_position()).unwrap();
            let end = begin + usize::try_from(entry.size()).unwrap();
            (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), begin..end)
        });
        places.collect()
    }
}

/// A header without a name.
pub fn header(kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_size(u64::try_from(size).unwrap());
    header
}
