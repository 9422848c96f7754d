//! The writer: takes a document's bytes in order, hashes and seals them, and gives what the commit needs that names it.

use std::fs;
use std::path::{Path, PathBuf};

use budstikke_keys::seal::{Last, Sealer};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::ContentHasher;
use tokio::task::spawn_blocking;
use tracing::warn;

use super::body::{Body, MAGIC, SMALL_BYTES_MAX, Sealed, Written};
use super::bulk;
use super::name::FileName;
use super::sink::Sink;
use super::source::DocumentError;
use super::subtree::Subtree;
use crate::entropy;
use crate::store::files::FileError;

/// Takes the bytes of a document whose size nobody needs to know before its end.
///
/// Memory stays at one subtree. A writer that is dropped before it has finished leaves no file behind.
#[derive(Debug)]
pub struct DocumentWriter {
    /// Away while a thread for blocking work has it; a call that is given up in the meantime loses it.
    work: Option<Box<Work>>,
}

#[derive(Debug)]
struct Work {
    documents: PathBuf,
    name: FileName,
    key: SymmetricKey,
    hasher: ContentHasher,
    /// The subtree that is being filled.
    subtree: Subtree,
    /// There is no file before there is more than one subtree, or the end of more than one chunk.
    sink: Option<(Sink, Unfinished)>,
}

/// Removes the file of a document that is not finished.
#[derive(Debug)]
struct Unfinished(Option<PathBuf>);

impl DocumentWriter {
    /// Begins a document, of which there will be a file below `documents` if it is not small.
    pub(crate) fn new(documents: &Path) -> Result<Self, DocumentError> {
        let drawn = FileName::draw()
            .and_then(|name| Ok((name, SymmetricKey::from_bytes(entropy::draw()?))));
        let (name, key) = drawn.map_err(FileError::on("draw a name for a file in", documents))?;
        Ok(Self {
            work: Some(Box::new(Work {
                documents: documents.to_owned(),
                name,
                key,
                hasher: ContentHasher::default(),
                subtree: Subtree::default(),
                sink: None,
            })),
        })
    }

    /// Takes the next bytes, however many.
    ///
    /// # Errors
    /// When the document grows too large, or the disk says no; the writer is of no use then.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), DocumentError> {
        loop {
            bytes = self.work.as_mut().ok_or(DocumentError::Interrupted)?.subtree.append(bytes);
            if bytes.is_empty() {
                return Ok(());
            }
            let mut work = self.work.take().ok_or(DocumentError::Interrupted)?;
            let flushed = bulk::run(move || work.flush(Last::More).map(|()| work)).await?;
            self.work = Some(flushed?);
        }
    }

    /// Ends the document. What is in a file is on the disk then, under its name.
    ///
    /// # Errors
    /// When there was no byte, or the disk says no.
    pub async fn finish(mut self) -> Result<Written, DocumentError> {
        let work = self.work.take().ok_or(DocumentError::Interrupted)?;
        if work.sink.is_none() && work.subtree.len() <= SMALL_BYTES_MAX {
            return work.finish_small();
        }
        spawn_blocking(move || work.finish()).await.ok().ok_or(DocumentError::Interrupted)?
    }
}

impl Work {
    /// Hashes, seals and writes the subtree; it is the `last` of the document or not.
    fn flush(&mut self, last: Last) -> Result<(), DocumentError> {
        let (sink, _) = if let Some(sink) = &mut self.sink {
            sink
        } else {
            let sink = Sink::create(&self.documents, self.name, &self.key)?;
            self.sink.insert((sink, Unfinished(Some(self.name.path(&self.documents)))))
        };
        for chunk in self.subtree.chunks() {
            self.hasher.update(chunk)?;
        }
        sink.write(last, &mut self.subtree)?;
        self.subtree.resize(0);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, DocumentError> {
        self.flush(Last::Final)?;
        let Self { name, key, hasher, sink, .. } = *self;
        let content = hasher.finish()?;
        if let Some((sink, mut unfinished)) = sink {
            sink.finish(&key, &content.subtrees)?;
            unfinished.0 = None;
        }
        Ok(Written { content, body: Body { key, bytes: Sealed::File(name) } })
    }

    /// A document of one chunk is sealed into memory; there is no file.
    fn finish_small(mut self: Box<Self>) -> Result<Written, DocumentError> {
        let mut chunk = self.subtree.chunks().collect::<Vec<_>>().concat();
        self.hasher.update(&chunk)?;
        let content = self.hasher.finish()?;
        let sealed = Sealer::new(&self.key).seal(0, Last::Final, &[], &mut chunk);
        sealed.ok().ok_or(DocumentError::Interrupted)?;
        let bytes = Sealed::Attached([MAGIC, chunk.as_slice()].concat());
        Ok(Written { content, body: Body { key: self.key, bytes } })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = fs::remove_file(&path)
        {
            // It is a stray file then, which the next start removes.
            warn!(%error, "an unfinished document file stays behind");
        }
    }
}
