//! The national codes that referrals carry (Volven).

use crate::document::codes::{Row, UnknownCode, code_as_text, code_list, find};

code_list!(
    /// How urgent the referrer thinks it is: Volven 8304, of which 8306 in newer messages is a part.
    Priority,
    "Volven 8304 (priority of a referral)",
    PRIORITIES
);

code_list!(
    /// What is asked for: Volven 8455.
    ReferralKind,
    "Volven 8455 (kind of referral)",
    KINDS
);

code_list!(
    /// What the assessment came to: Volven 8485.
    Outcome,
    "Volven 8485 (outcome of the assessment)",
    OUTCOMES
);

code_list!(
    /// Why the patient waits no more: Volven 8445.
    WaitEnd,
    "Volven 8445 (end of waiting)",
    WAIT_ENDS
);

code_list!(
    /// What is wrong with what was received: Volven 8221, the errors of application receipts.
    AppRecCode,
    "Volven 8221 (errors of application receipts)",
    APP_REC_CODES
);

impl WaitEnd {
    /// Whether it says that care has begun: then nothing was rejected.
    #[must_use]
    pub fn is_begun(self) -> bool {
        self.code() == "1"
    }
}

/// The most urgent first, then those without a number of hours or days.
static PRIORITIES: [Row; 17] = [
    ("0", "Øyeblikkelig hjelp"),
    ("1H", "Innen en time"),
    ("2H", "Innen to timer"),
    ("4H", "Innen fire timer"),
    ("8H", "Innen åtte timer"),
    ("1", "Innen tjuefire timer"),
    ("2", "Innen to døgn"),
    ("7", "Innen en uke"),
    ("14", "Innen to uker"),
    ("21", "Innen tre uker"),
    ("30", "Innen en måned"),
    ("90", "Innen tre måneder"),
    ("180", "Innen seks måneder"),
    ("360", "Innen tolv måneder"),
    ("3", "Haster (elektiv)"),
    ("N", "Elektiv/Ordinær (elektiv)"),
    ("PK", "Pakkeforløp for kreft (elektiv)"),
];

/// All codes.
static KINDS: [Row; 3] =
    [("10", "Utredning/behandling"), ("11", "Råd til henviser"), ("99", "Øvrige henvisninger")];

/// All codes.
static OUTCOMES: [Row; 7] = [
    ("1", "Utredning"),
    ("2", "Behandling (eventuelt også inkludert videre utredning)"),
    ("3", "Kontroll"),
    ("4", "Generert for Ø-hjelpspasient"),
    ("5", "Friskt nyfødt barn"),
    ("6", "Graviditet"),
    ("7", "Opplæring, kurs, attester og rådgivning"),
];

/// All codes.
static WAIT_ENDS: [Row; 6] = [
    ("1", "Helsehjelp er påbegynt"),
    ("2", "Pasienten ønsker ikke helsehjelp"),
    ("3", "Pasienten er henvist til et annet sykehus/institusjon (unntatt fritt behandlingsvalg)"),
    ("4", "Pasienten har valgt annet sykehus/institusjon"),
    ("5", "Pasienten mottar helsehjelp ved annet sykehus/institusjon rekvirert av HELFO"),
    ("9", "Annen årsak til ventetid slutt/helsehjelp uaktuelt"),
];

/// All codes.
static APP_REC_CODES: [Row; 21] = [
    ("E10", "Ugyldig meldingsidentifikator"),
    ("E20", "Lege finnes ikke"),
    ("E21", "Mottaker finnes ikke"),
    ("E30", "Pasientens fødselsnummer mangler"),
    ("E31", "Pasientens fødselsnummer er feil"),
    ("E32", "Pasientens navn mangler"),
    ("E33", "Pasientens etternavn mangler"),
    ("E34", "Pasientens fornavn mangler"),
    ("E35", "Pasienten finnes ikke i mottakersystemet"),
    ("E36", "Pasientopplysninger er utilstrekkelige"),
    ("E53", "Pasientens fødselsnummer eller D-nummer finnes ikke registrert i Folkeregisteret."),
    ("E54", "Pasientens fødselsnummer er ikke registrert i mottagersystemet"),
    ("S01", "Feil på signatur"),
    ("S02", "Ugyldig sertifikat"),
    ("S03", "Tilbaketrukket sertifikat"),
    ("S99", "Annen feil på signatur eller sertifikat"),
    ("T01", "Ikke XML / ikke 'well formed' / uleselig"),
    ("T02", "XML validerer ikke"),
    ("T10", "Støtter ikke meldingsformatet"),
    ("T99", "Annen feil på format"),
    ("X99", "Annen feil"),
];
