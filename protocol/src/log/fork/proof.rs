//! The fork proof.
//!
//! ```text
//! budstikke/fork/v1
//! same-size                          or: subtree <level> <index>
//! hash <base64>                      of a subtree: its hash in the first tree,
//! <hash, base64>                     the way from there to the first root,
//! hash <base64>                      its hash in the second tree,
//! <hash, base64>                     the way from there to the second root
//!
//! <note>
//!
//! <note>
//! ```

use std::fmt;

use budstikke_keys::note::{Note, VerifierKey};

use super::notes::{ForkError, open, read};
use crate::log::checkpoint::SignedCheckpoint;
use crate::log::lines::{hashes, number};
use crate::log::origin::Origin;
use crate::log::tree::{Nodes, ProveError, Subtree, TreeHash, prove_subtree, verify_subtree};

/// The first line.
const VERSION: &str = "budstikke/fork/v1";

/// The second line, when both trees have one size.
const SAME_SIZE: &str = "same-size";

/// Two checkpoints of one log that no single log can have, as they arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkProof {
    difference: Difference,
    notes: [Note; 2],
}

/// Where the two trees differ.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Difference {
    /// They have one size and two roots.
    Roots,
    /// They have another hash for a complete subtree that both contain.
    Subtree { subtree: Subtree, branches: [Branch; 2] },
}

/// A complete subtree as one of the trees has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its hash.
    pub hash: TreeHash,
    /// The proof that it is in the tree.
    pub proof: Vec<TreeHash>,
}

/// A fork that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The two heads, both signed by the log.
    pub checkpoints: [SignedCheckpoint; 2],
    /// Where they differ.
    pub kind: ForkKind,
}

/// How a log has forked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForkKind {
    /// Two roots for one size.
    SameSize(u64),
    /// Two contents for one part of the log.
    Subtree(Subtree),
}

impl Fork {
    /// The log that has forked.
    pub fn origin(&self) -> &Origin {
        let [first, _] = &self.checkpoints;
        &first.checkpoint().origin
    }
}

impl ForkProof {
    /// Proof by two checkpoints of one size; none when their sizes differ, their roots do not, or they are of two logs.
    pub fn same_size(first: &SignedCheckpoint, second: &SignedCheckpoint) -> Option<Self> {
        let [a, b] = [first.checkpoint(), second.checkpoint()];
        let differ =
            a.origin == b.origin && a.head.size == b.head.size && a.head.root != b.head.root;
        let notes = [first.note().clone(), second.note().clone()];
        differ.then_some(Self { difference: Difference::Roots, notes })
    }

    /// Looks for a complete subtree that two checkpoints of one log do not have in common, in what is known of the tree of
    /// each; none when the larger tree begins with the smaller one.
    ///
    /// # Errors
    /// [`ProveError`] when a hash that is needed cannot be had.
    pub fn find<A: Nodes, B: Nodes<Error = A::Error>>(
        first: (&SignedCheckpoint, &A),
        second: (&SignedCheckpoint, &B),
    ) -> Result<Option<Self>, ProveError<A::Error>> {
        let ((first, first_nodes), (second, second_nodes)) = (first, second);
        if let Some(proof) = Self::same_size(first, second) {
            return Ok(Some(proof));
        }
        if first.checkpoint().origin != second.checkpoint().origin {
            return Ok(None);
        }
        let (first_size, second_size) = (first.head().size, second.head().size);
        for subtree in Subtree::all_of(first_size.min(second_size)) {
            let Subtree { level, index } = subtree;
            let hash = first_nodes.node(level, index).map_err(ProveError::Node)?;
            let other = second_nodes.node(level, index).map_err(ProveError::Node)?;
            if hash != other {
                let first_branch =
                    Branch { hash, proof: prove_subtree(first_nodes, subtree, first_size)? };
                let second_branch = Branch {
                    hash: other,
                    proof: prove_subtree(second_nodes, subtree, second_size)?,
                };
                let difference =
                    Difference::Subtree { subtree, branches: [first_branch, second_branch] };
                return Ok(Some(Self {
                    difference,
                    notes: [first.note().clone(), second.note().clone()],
                }));
            }
        }
        Ok(None)
    }

    /// Reads a fork proof, all of `bytes`.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ForkError> {
        let (lines, notes) = read(bytes, VERSION)?;
        let difference = match lines.as_slice() {
            [SAME_SIZE] => Difference::Roots,
            [subtree, branches @ ..] => difference(subtree, branches).ok_or(ForkError::Form)?,
            [] => return Err(ForkError::Form),
        };
        Ok(Self { difference, notes })
    }

    /// The two notes.
    pub fn notes(&self) -> &[Note; 2] {
        &self.notes
    }

    /// Checks that the log whose key is `log` has forked.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn verify(&self, log: &VerifierKey) -> Result<Fork, ForkError> {
        let checkpoints = open(&self.notes, log)?;
        let [first, second] = &checkpoints;
        let kind = match &self.difference {
            Difference::Roots => {
                if first.head().size != second.head().size
                    || first.head().root == second.head().root
                {
                    return Err(ForkError::NoContradiction);
                }
                ForkKind::SameSize(first.head().size)
            }
            Difference::Subtree { subtree, branches: [first_branch, second_branch] } => {
                verify_subtree(*subtree, &first_branch.hash, &first_branch.proof, first.head())?;
                verify_subtree(*subtree, &second_branch.hash, &second_branch.proof, second.head())?;
                if first_branch.hash == second_branch.hash {
                    return Err(ForkError::NoContradiction);
                }
                ForkKind::Subtree(*subtree)
            }
        };
        Ok(Fork { checkpoints, kind })
    }
}

/// Reads `subtree <level> <index>` and the two branches.
fn difference(subtree: &str, branches: &[&str]) -> Option<Difference> {
    let (level, index) = subtree.strip_prefix("subtree ")?.split_once(' ')?;
    let subtree = Subtree { level: u8::try_from(number(level)?).ok()?, index: number(index)? };
    let (first, rest) = branches.split_first()?;
    let end = rest.iter().position(|line| line.starts_with("hash "))?;
    let (first_proof, second) = rest.split_at_checked(end)?;
    let (second, second_proof) = second.split_first()?;
    let branches = [branch(first, first_proof)?, branch(second, second_proof)?];
    Some(Difference::Subtree { subtree, branches })
}

fn branch(hash: &str, proof: &[&str]) -> Option<Branch> {
    let hash = hash.strip_prefix("hash ")?.parse().ok()?;
    Some(Branch { hash, proof: hashes(proof.iter().copied())? })
}

impl fmt::Display for ForkProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{VERSION}")?;
        match &self.difference {
            Difference::Roots => writeln!(f, "{SAME_SIZE}")?,
            Difference::Subtree { subtree, branches } => {
                writeln!(f, "subtree {} {}", subtree.level, subtree.index)?;
                for Branch { hash, proof } in branches {
                    writeln!(f, "hash {hash}")?;
                    proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
                }
            }
        }
        let [first, second] = &self.notes;
        write!(f, "\n{first}\n{second}")
    }
}
