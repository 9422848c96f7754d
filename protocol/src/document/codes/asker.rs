//! In which role a person looks, and what for: Volven 9060, and HL7 purposes of use.

use super::list::{Row, UnknownCode, code_as_text, code_list, find};

code_list!(
    /// The authorisation of health personnel: Volven 9060 (2.16.578.1.12.4.1.1.9060).
    Role,
    "Volven 9060 (health personnel)",
    ROLES
);

code_list!(
    /// What patient data are used for: HL7 v3 `PurposeOfUse` (2.16.840.1.113883.1.11.20448).
    ///
    /// Here are those that can be stated to a node that shares documents for care. Whether one of
    /// them is permitted is for the access decision.
    Purpose,
    "the HL7 purposes of use that are taken here",
    PURPOSES
);

/// All codes.
static ROLES: [Row; 36] = [
    ("AA", "Ambulansearbeider"),
    ("AT", "Apotektekniker"),
    ("AU", "Audiograf"),
    ("BI", "Bioingeniør"),
    ("ET", "Ergoterapeut"),
    ("FA1", "Provisorfarmasøyt"),
    ("FA2", "Reseptarfarmasøyt"),
    ("FB", "Fiskehelsebiolog"),
    ("FO", "Fotterapeut"),
    ("FT", "Fysioterapeut"),
    ("HE", "Helsesekretær"),
    ("HF", "Helsefagarbeider"),
    ("HP", "Hjelpepleier"),
    ("JO", "Jordmor"),
    ("KE", "Klinisk ernæringsfysiolog"),
    ("KI", "Kiropraktor"),
    ("LE", "Lege"),
    ("NP", "Naprapat"),
    ("OA", "Omsorgsarbeider"),
    ("OI", "Ortopediingeniør"),
    ("OP", "Optiker"),
    ("OR", "Ortoptist"),
    ("OS", "Osteopat"),
    ("PE", "Perfusjonist"),
    ("PM", "Paramedisiner"),
    ("PS", "Psykolog"),
    ("RA", "Radiograf"),
    ("SP", "Sykepleier"),
    ("TH", "Tannhelsesekretær"),
    ("TL", "Tannlege"),
    ("TP", "Tannpleier"),
    ("TT", "Tanntekniker"),
    ("VE", "Veterinær"),
    ("VP", "Vernepleier"),
    ("XX", "Ukjent/uspesifisert"),
    ("MT", "Manuellterapeut"),
];

const TREATMENT: Row = ("TREAT", "treatment");

impl Purpose {
    /// Treatment, the usual purpose.
    pub const TREAT: Self = Self(&TREATMENT);
}

/// Care first, then what citizens, administration and public health ask for.
static PURPOSES: [Row; 9] = [
    TREATMENT,
    ("ETREAT", "emergency treatment"),
    ("BTG", "break the glass"),
    ("COC", "coordination of care"),
    ("CAREMGT", "care management"),
    ("PATRQT", "patient requested"),
    ("HOPERAT", "healthcare operations"),
    ("HPAYMT", "healthcare payment"),
    ("PUBHLTH", "public health"),
];
