//! The dictionary: what commits, heads and news have in common, in the order in which they have it.
//!
//! Its bytes are a part of the form of the journal: to change one of them makes another form.

/// The bytes that a block may refer to as if they stood before it.
pub(crate) const DICTIONARY: &[u8] = b"\
    eyJhbGciOiJFZERTQSIsImtpZCI6I\
    ,\"author\":{\"hpr\":\",\"name\":\",\"role\":\"LE\"},\"blocks\":[\",\"relates_to\":[{\"kind\":\"replaces\",\"manifest\":\"\
    text/plain\",\"size\":application/xml\",\"size\":application/fhir+json\",\"size\":application/dicom\",\"size\":\
    \"R\",\"sharing\":\"federation\"}X@\"N\",\"sharing\":\"nobody\"}X@\
    \xa2av\x02dnews\xa5forigindtimet20dwhathcosigneddwhatdseendwhaticleareddwhatiwitnesseddhead\x82dtextx\n\n\xe2\x80\x94 \
    \xa2av\x02dhead\x83\x1b\x00\x00\x01\
    \xa1mfetch-started\xa3hmanifest\x83Xadfile\x90\x18\x18ckeyX \xa1kfetch-ended\x82i9\
    \xa1ferased\xa4dkindcowndcopyicustodiani9hdocumentx$01istatement\x83X`\
    \xa1jwithdrawal\x83Xc{\"alg\":\"EdDSA\",\"kid\":\"\",\"typ\":\"budstikke-withdrawal-v1\"}X\xbd{\"document\":\"01\
    \",\"typ\":\"budstikke-erasure-v1\"}X\xbd{\"document\":\"01\
    \xa1gsharing\x83X`{\"alg\":\"EdDSA\",\"kid\":\"\",\"typ\":\"budstikke-sharing-v1\"}X\xe1{\"document\":\"01\
    \",\"organisation\":\"9\",\"manifest\":\"\",\"sequence\":1,\"sharing\":\"\",\"created\":\"20Z\"}X@\
    factiondreadfactioncaskfactionefetchfactiondkeepfactiondlistfactionhquestionfactionesharefactionhwithdrawfactioneeraseeabout\x81\xa2\
    fpolicyisharing/1enonceP\x18hquestiony\x03fdeniedfreason\
    dpeeri9\
    \xa4av\x02frecord\xa5dtimet20Zfcaller\xa4lorganisationi9fpersonidrolebLEgpurposeeTREATfactiongpublisheabout\x81\xa2\
    hdocumentx$01a0gpatient\xa2fsystemu2.16.578.1.12.4.1.4.1evaluek\
    fpolicyisharing/1gchanges\x81\xa1hdocument\xa4dkindcownhmanifest\x83Xa{\"alg\":\"EdDSA\",\"kid\":\"\
    \",\"typ\":\"budstikke-manifest-v1\"}Y\x02{\"document\":\"01\
    \",\"patient\":{\"system\":\"2.16.578.1.12.4.1.4.1\",\"value\":\"\"},\"organisation\":\"9\
    \",\"type\":\"A03-2\",\"category\":\"A00-1\",\"title\":\"\",\"language\":\"nb\",\"created\":\"20\
    Z\",\"content_type\":\"application/pdf\",\"size\":\",\"sha256\":\"\",\"blake3\":\"\
    \",\"confidentiality\":\"N\",\"sharing\":{\"organisations\":[\"9\"]}}X@\
    eplace\xa1hattached\xa1bat\x00ckeyX clog\x81X@";
