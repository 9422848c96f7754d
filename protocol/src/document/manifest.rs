//! The manifest: the custodian's signed statement about a document.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Statement;
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::codes::{BlockCode, CategoryCode, Confidentiality, Role, TypeCode};
use super::sharing::Sharing;
use crate::ids::{ContentRoot, DocumentId, HprNumber, ManifestDigest, OrganisationNumber};
use crate::limits::{DOCUMENT_BYTES_MAX, RELATIONS_MAX};
use crate::patient::Identifier;
use crate::text::{Language, MediaType, Text};

/// The payload of a manifest, version 1 of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Chosen by the custodian, unique together with its organisation number.
    pub document: DocumentId,
    /// Whom the document is about.
    pub patient: Identifier,
    /// The custodian.
    pub organisation: OrganisationNumber,
    /// Who wrote the document, when a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// Volven 9602, level 2.
    #[serde(rename = "type")]
    pub document_type: TypeCode,
    /// Volven 9602, level 1.
    pub category: CategoryCode,
    /// What people see in a list.
    pub title: Text<256>,
    /// BCP 47.
    pub language: Language,
    /// When the manifest was made, as the custodian claims.
    pub created: Timestamp,
    /// The media type of the bytes.
    pub content_type: MediaType,
    /// How many bytes.
    pub size: u64,
    /// What `sha256sum` prints of the bytes.
    pub sha256: Sha256Digest,
    /// What `b3sum` prints of the bytes.
    pub blake3: ContentRoot,
    /// HL7 confidentiality.
    pub confidentiality: Confidentiality,
    /// Volven 9603: blocks and denials that concern this document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<BlockCode>,
    /// The documents that this one replaces, transforms, appends or signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relates_to: Vec<Relation>,
    /// Who may read it, until a sharing statement says otherwise.
    pub sharing: Sharing,
}

impl Statement for Manifest {
    const TYP: &'static str = "budstikke-manifest-v1";

    fn check(&self) -> Result<(), &'static str> {
        if self.size == 0 {
            return Err("the document is empty");
        }
        if self.size > DOCUMENT_BYTES_MAX {
            return Err("the document is larger than a document can be");
        }
        if self.category != self.document_type.category() {
            return Err("the category is not that of the type");
        }
        if self.relates_to.len() > RELATIONS_MAX || self.blocks.len() > RELATIONS_MAX {
            return Err("more relations or blocks than a document can have");
        }
        self.sharing.check()
    }
}

/// The person who wrote a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Number in the register of health personnel.
    pub hpr: HprNumber,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<128>>,
    /// Volven 9060.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// How one document relates to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// In which way.
    pub kind: RelationKind,
    /// The manifest of the other document.
    pub manifest: ManifestDigest,
}

/// The relations of FHIR R4 `DocumentRelationshipType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationKind {
    /// It takes the other's place.
    Replaces,
    /// It is the other in another form.
    Transforms,
    /// It adds to the other.
    Appends,
    /// It signs the other.
    Signs,
}
