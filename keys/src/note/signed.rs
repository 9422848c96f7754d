//! The note itself: a text with its signature lines, and what is left of it when they were checked.

use std::fmt;
use std::mem;
use std::str;

use super::key::VerifierKey;
use super::name::NoteName;
use super::signature::NoteSignature;
use crate::secret::SecretKey;
use crate::time::Timestamp;

/// The most bytes of a note: sixteen lines of ML-DSA, the largest kind in use at 3.3 kB each, and
/// some text. C2SP `signed-note` asks for sixteen signatures at least.
pub const NOTE_BYTES_MAX: usize = 65_536;

/// The most signature lines of a note: a log, its seven witnesses, keys in change and several
/// strangers; also a bound on the work that a stranger's note can ask for.
pub const NOTE_SIGNATURES_MAX: usize = 32;

/// A note as it arrived: well-formed, but nobody has checked who signed it. `Display` writes it
/// again to the byte.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Why bytes are no note, or a note cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// More than [`NOTE_BYTES_MAX`].
    #[error("a note has at most {NOTE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not UTF-8, or a control character other than the line feed.
    #[error("a note is UTF-8 without control characters")]
    NotText,
    /// No empty line, no signature below it, or no line feed at the end.
    #[error("a note is a text, an empty line and signature lines")]
    Form,
    /// A line below the text is no signature line: which, from 1.
    #[error("signature line {0} of the note is none")]
    SignatureLine(usize),
    /// More than [`NOTE_SIGNATURES_MAX`].
    #[error("a note has at most {NOTE_SIGNATURES_MAX} signatures")]
    TooManySignatures,
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTrusted {
    /// A line names a known key and does not verify; then nothing of the note counts.
    #[error("the signature of {0} does not verify")]
    BadSignature(NoteName),
    /// No line is by a known key.
    #[error("no known key has signed the note")]
    NoKnownKey,
}

impl Note {
    /// Reads a note, all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`NoteError`] when they are too many or have another form than C2SP `signed-note` says.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        let note = text_of(bytes)?;
        // The last empty line: the text may hold others.
        let (text, block) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let block = block.strip_suffix('\n').ok_or(NoteError::Form)?;
        if block.split('\n').count() > NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let line = |(number, line): (usize, &str)| {
            line.parse().ok().ok_or(NoteError::SignatureLine(number))
        };
        let signatures = (1..).zip(block.split('\n')).map(line).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Makes a note of `text`, one or more whole lines, with a signature by `key`.
    ///
    /// # Errors
    ///
    /// [`NoteError`] when it would not read back.
    pub fn sign(text: String, name: NoteName, key: &SecretKey) -> Result<Self, NoteError> {
        text_of(text.as_bytes())?;
        if !text.ends_with('\n') {
            return Err(NoteError::Form);
        }
        let signature = NoteSignature::sign(&text, name, key);
        let mut note = Self { text, signatures: Vec::new() };
        note.add(signature)?;
        Ok(note)
    }

    /// The text, a claim only, with the line feed at its end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order, at least one.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line, which is not checked here; one that is there already is not doubled.
    ///
    /// # Errors
    ///
    /// [`NoteError::TooManySignatures`] or [`NoteError::TooLarge`]; nothing has changed then.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        self.set([self.signatures.as_slice(), &[signature]].concat())
    }

    /// Puts `lines` in the place of all that name `key`; they are not checked here.
    ///
    /// # Errors
    ///
    /// As [`Note::add`], and [`NoteError::Form`] when no line would be left.
    pub fn replace(
        &mut self,
        key: &VerifierKey,
        lines: Vec<NoteSignature>,
    ) -> Result<(), NoteError> {
        let others = self.signatures.iter().filter(|line| !line.names(key)).cloned();
        self.set(others.chain(lines).collect())
    }

    /// Takes these signature lines when the note remains one.
    fn set(&mut self, signatures: Vec<NoteSignature>) -> Result<(), NoteError> {
        if signatures.is_empty() {
            return Err(NoteError::Form);
        }
        if signatures.len() > NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let before = mem::replace(&mut self.signatures, signatures);
        if self.to_string().len() > NOTE_BYTES_MAX {
            self.signatures = before;
            return Err(NoteError::TooLarge);
        }
        Ok(())
    }

    /// Checks the signature lines that name a key of `known`; others are ignored, and there may be
    /// none.
    ///
    /// Every such line must verify. That two known keys share name and id is not ruled out by four
    /// bytes of hash: then one of them must verify the line.
    ///
    /// # Errors
    ///
    /// [`NotTrusted::BadSignature`] when one does not verify.
    pub fn check(&self, known: &[VerifierKey]) -> Result<Vec<CheckedSignature>, NotTrusted> {
        let mut checked = Vec::new();
        for line in &self.signatures {
            let mut named = known.iter().filter(|key| line.names(key)).peekable();
            if named.peek().is_none() {
                continue;
            }
            let valid = named.find_map(|key| {
                let time = line.verify(&self.text, key).ok()?;
                Some(CheckedSignature { key: key.clone(), time })
            });
            checked.push(valid.ok_or_else(|| NotTrusted::BadSignature(line.name().clone()))?);
        }
        Ok(checked)
    }

    /// Believes the note for a signature by a key of `known`, checked as [`Note::check`] does.
    ///
    /// # Errors
    ///
    /// [`NotTrusted`] when one does not verify, or there is none.
    pub fn verify(self, known: &[VerifierKey]) -> Result<VerifiedNote, NotTrusted> {
        let checked = self.check(known)?;
        if checked.is_empty() {
            return Err(NotTrusted::NoKnownKey);
        }
        Ok(VerifiedNote { note: self, checked })
    }
}

/// The text that `bytes` are, in the alphabet of notes.
fn text_of(bytes: &[u8]) -> Result<&str, NoteError> {
    let text = str::from_utf8(bytes).ok().ok_or(NoteError::NotText)?;
    let is_control = |byte: u8| byte < b' ' && byte != b'\n';
    if text.bytes().any(is_control) { Err(NoteError::NotText) } else { Ok(text) }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// Shows who is said to have signed, not what.
impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note").field("signatures", &self.signatures).finish_non_exhaustive()
    }
}

/// A signature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSignature {
    /// The key that made it.
    pub key: VerifierKey,
    /// When the signer saw the text, as it says: of a cosignature only.
    pub time: Option<Timestamp>,
}

/// A note of which every signature by a known key was checked, and there is one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedNote {
    note: Note,
    checked: Vec<CheckedSignature>,
}

impl VerifiedNote {
    /// What was signed.
    pub fn text(&self) -> &str {
        &self.note.text
    }

    /// The signatures that were checked, in the order of their lines, at least one.
    pub fn signatures(&self) -> &[CheckedSignature] {
        &self.checked
    }

    /// The note as it arrived, with the lines that nobody here knows.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The note by itself.
    pub fn into_note(self) -> Note {
        self.note
    }
}
