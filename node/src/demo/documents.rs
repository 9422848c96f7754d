//! The demo's documents; `documents/README.md` says what is in them. All of it is invented.

use super::organisations::Organisation;

/// A document of the demo.
#[derive(Debug)]
pub(super) struct Document {
    /// Its custodian.
    pub(super) custodian: Organisation,
    /// Its patient's synthetic person number.
    pub(super) patient: &'static str,
    /// What people see in a list.
    pub(super) title: &'static str,
    /// Volven 9602.
    pub(super) type_code: &'static str,
    /// Its media type.
    pub(super) content_type: &'static str,
    /// Who wrote it: HPR number, name, role.
    pub(super) author: (&'static str, &'static str, &'static str),
    /// Its bytes.
    pub(super) bytes: &'static [u8],
}

/// A discharge summary, HL7 CDA.
pub(super) const DISCHARGE: Document = Document {
    custodian: Organisation::Hospital,
    patient: "17834820994",
    title: "Epikrise, Hjertemedisinsk sengepost",
    type_code: "A03-2",
    content_type: "application/xml",
    author: ("999000101", "Grundig Steinbit", "LE"),
    bytes: include_bytes!("documents/epikrise.xml"),
};

/// A laboratory report, FHIR R4.
pub(super) const LABORATORY: Document = Document {
    custodian: Organisation::Hospital,
    patient: "02898721097",
    title: "Laboratoriesvar, medisinsk biokjemi",
    type_code: "C01-2",
    content_type: "application/fhir+json",
    author: ("999000404", "Nøyaktig Røyskatt", "BI"),
    bytes: include_bytes!("documents/labsvar.json"),
};

/// A medication list, FHIR R4.
pub(super) const MEDICATION: Document = Document {
    custodian: Organisation::Municipality,
    patient: "17834820994",
    title: "Legemiddelliste, Fjæra sykehjem",
    type_code: "F01-2",
    content_type: "application/fhir+json",
    author: ("999000202", "Omsorgsfull Multebær", "LE"),
    bytes: include_bytes!("documents/legemiddelliste.json"),
};

/// A note of the GP after the discharge.
pub(super) const NOTE: Document = Document {
    custodian: Organisation::Gp,
    patient: "17834820994",
    title: "Kontroll etter utskrivning",
    type_code: "B02-2",
    content_type: "text/plain",
    author: ("999000303", "Årvåken Tiriltunge", "LE"),
    bytes: include_bytes!("documents/notat.txt"),
};

/// What the GP has planned with the municipality, which the hospital may not read.
pub(super) const PLAN: Document = Document {
    custodian: Organisation::Gp,
    patient: "17834820994",
    title: "Avtale om oppfølging hjemme",
    type_code: "B02-2",
    content_type: "text/plain",
    author: ("999000303", "Årvåken Tiriltunge", "LE"),
    bytes: include_bytes!("documents/avtale.txt"),
};

/// A referral letter, PDF.
pub(super) const REFERRAL: Document = Document {
    custodian: Organisation::Gp,
    patient: "24867120714",
    title: "Henvisning til hudpoliklinikk",
    type_code: "I01-2",
    content_type: "application/pdf",
    author: ("999000303", "Årvåken Tiriltunge", "LE"),
    bytes: include_bytes!("documents/henvisning.pdf"),
};

/// The picture that the referral speaks of, PNG.
pub(super) const PICTURE: Document = Document {
    custodian: Organisation::Gp,
    patient: "24867120714",
    title: "Hudforandring, rygg",
    type_code: "E02-2",
    content_type: "image/png",
    author: ("999000303", "Årvåken Tiriltunge", "LE"),
    bytes: include_bytes!("documents/hudforandring.png"),
};

/// The discharge summary that answers the referral, a message of the message network.
pub(super) const ANSWER: Document = Document {
    custodian: Organisation::Hospital,
    patient: "24867120714",
    title: "Epikrise, hudpoliklinikken",
    type_code: "A03-2",
    content_type: "application/xml",
    author: ("999000101", "Grundig Steinbit", "LE"),
    bytes: include_bytes!("documents/hudepikrise.xml"),
};
