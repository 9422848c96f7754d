//! Which message it is, by the namespace of its content.

use std::fmt;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// *Henvisning*: a referral.
    Referral,
    /// *Epikrise*: a discharge summary.
    DischargeSummary,
    /// *Dialogmelding*: questions, answers and notes between those who treat a patient.
    Dialogue,
    /// *Applikasjonskvittering*: what the receiving application says of a message.
    Receipt,
    /// HL7 CDA, which carries the same content elsewhere. It is a document and no message: nobody sends it.
    ClinicalDocument,
    /// Another message of the network.
    Other,
}

/// A message and the version of its standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What it is for.
    pub what: What,
    /// The version, such as `1.1`; absent when the namespace is none of those that are known here.
    pub version: Option<&'static str>,
}

/// Where the standards of the network have their namespaces.
const HOMES: [&str; 2] = ["http://www.kith.no/xmlstds/", "http://ehelse.no/xmlstds/"];

/// Where the header of the network's messages, *hodemelding*, has its namespaces.
const HEADER: &str = "http://www.kith.no/xmlstds/msghead/";

/// The container of attachments; it is around content and is none.
const CONTAINER: &str = "http://www.kith.no/xmlstds/base64container";

/// HL7 version 3, whose documents are CDA.
const HL7: &str = "urn:hl7-org:v3";

/// What NAV puts around messages.
const ENVELOPE: &str = "http://www.nav.no/xml/eiff/2/";

/// The standards, by what stands behind [`HOMES`].
const STANDARDS: [(&str, What, &str); 9] = [
    ("henvisning/2005-07-08", What::Referral, "1.0"),
    ("henvisning/2012-02-15", What::Referral, "1.1"),
    ("henvisning/2017-11-30", What::Referral, "2.0"),
    ("epikrise/2006-09-23", What::DischargeSummary, "1.1"),
    ("epikrise/2012-02-15", What::DischargeSummary, "1.2"),
    ("dialog/2006-10-11", What::Dialogue, "1.0"),
    ("dialog/2013-01-23", What::Dialogue, "1.1"),
    ("apprec/2004-11-21", What::Receipt, "1.0"),
    ("apprec/2012-02-15", What::Receipt, "1.1"),
];

impl Kind {
    /// HL7 CDA.
    pub(super) const DOCUMENT: Self = Self { what: What::ClinicalDocument, version: None };

    /// A message whose content is of no standard that is known here.
    pub(super) const OTHER: Self = Self { what: What::Other, version: None };

    /// The kind of what stands in a namespace of the network; none for other namespaces, for headers and for containers.
    pub(super) fn of(namespace: &str) -> Option<Self> {
        if namespace.starts_with(HEADER) || namespace == CONTAINER {
            return None;
        }
        let standard = HOMES.iter().find_map(|home| namespace.strip_prefix(home))?;
        let known = STANDARDS.iter().find(|(name, _, _)| *name == standard);
        if let Some((_, what, version)) = known {
            return Some(Self { what: *what, version: Some(version) });
        }
        // A version that is not known here is still the same kind of message.
        let family = standard.split('/').next().unwrap_or_default();
        let mut standards = STANDARDS.iter();
        let found = standards.find(|(name, _, _)| name.split('/').next() == Some(family));
        Some(found.map_or(Self::OTHER, |(_, what, _)| Self { what: *what, version: None }))
    }
}

pub(super) fn is_header(namespace: &str) -> bool {
    namespace.starts_with(HEADER)
}

pub(super) fn is_document(namespace: &str) -> bool {
    namespace == HL7
}

pub(super) fn is_envelope(namespace: &str) -> bool {
    namespace == ENVELOPE
}

/// Whether a text names one of the namespaces that are recognised here.
pub(super) fn claims_to_be_one(text: &str) -> bool {
    HOMES.iter().any(|home| text.contains(home))
        || (text.contains(HL7) && text.contains("ClinicalDocument"))
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.what {
            What::Referral => "Henvisning",
            What::DischargeSummary => "Epikrise",
            What::Dialogue => "Dialogmelding",
            What::Receipt => "AppRec",
            What::ClinicalDocument => "CDA",
            What::Other => "message",
        };
        match self.version {
            Some(version) => write!(f, "{name} {version}"),
            None => f.write_str(name),
        }
    }
}
