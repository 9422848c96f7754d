//! From bytes to the header of a message: which it is, from whom, to whom, about whom.

use roxmltree::{Document, Node, ParsingOptions};

use super::encoding::decode;
use super::error::KithError;
use super::header::{Conversation, Header, PartyId, PatientId, Scheme};
use super::kind::{Kind, What, claims_to_be_one, is_document, is_envelope, is_header};
use super::scan::scan;
use super::tree::{attribute, child, children, code, code_of, descend, text};
use crate::limits::MESSAGE_DOCUMENT_BYTES_MAX;

/// Numbers of one party or patient; messages have at most ten.
const NUMBERS_MAX: usize = 64;

/// Reads the header of a message of the network, or of a CDA document; `None` when the bytes are something else.
///
/// # Errors
/// When the bytes claim to be a message, by its namespace, and cannot be read as one.
pub fn recognise(bytes: &[u8]) -> Result<Option<Header>, KithError> {
    if bytes.len() > MESSAGE_DOCUMENT_BYTES_MAX {
        return Err(KithError::TooLong);
    }
    let Ok(text) = decode(bytes) else {
        let raw: String = bytes.iter().copied().filter(|byte| *byte != 0).map(char::from).collect();
        return if is_claimed(&raw) { Err(KithError::Encoding) } else { Ok(None) };
    };
    if !is_claimed(&text) {
        return Ok(None);
    }
    scan(&text)?;
    let document = Document::parse_with_options(&text, ParsingOptions::default())
        .map_err(|error| KithError::NotWellFormed(error.pos().row))?;
    root(document.root_element())
}

/// Whether it is XML, and names a namespace that is recognised here.
fn is_claimed(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<') && claims_to_be_one(text)
}

fn root(root: Node<'_, '_>) -> Result<Option<Header>, KithError> {
    let namespace = root.tag_name().namespace().unwrap_or_default();
    if is_envelope(namespace) {
        let mut inside = root.children().filter(|child| has_header(*child));
        let message = inside.next();
        if inside.next().is_some() {
            return Err(KithError::Twice("message"));
        }
        return message.map_or(Ok(None), message_of);
    }
    message_of(root)
}

fn has_header(node: Node<'_, '_>) -> bool {
    ["MsgHead", "AppRec"].contains(&node.tag_name().name())
}

fn message_of(root: Node<'_, '_>) -> Result<Option<Header>, KithError> {
    let tag = root.tag_name();
    let namespace = tag.namespace().unwrap_or_default();
    match (tag.name(), Kind::of(namespace)) {
        ("MsgHead", None) if is_header(namespace) => with_header(root).map(Some),
        ("AppRec", Some(kind)) if kind.what == What::Receipt => receipt(root, kind).map(Some),
        ("ClinicalDocument", None) if is_document(namespace) => clinical_document(root).map(Some),
        (_, Some(kind)) => without_header(root, kind).map(Some),
        (_, None) => Ok(None),
    }
}

/// A message with a header, *hodemelding*.
fn with_header(root: Node<'_, '_>) -> Result<Header, KithError> {
    let info = child(root, "MsgInfo")?.ok_or(KithError::Missing("MsgInfo"))?;
    let mut header = Header::of(Kind::OTHER);
    header.function = code(info, "Type")?;
    header.id = text(info, "MsgId")?;
    header.conversation = child(info, "ConversationRef")?.map(conversation).transpose()?;
    header.sender = child(info, "Sender")?.map_or(Ok(Vec::new()), organisations)?;
    header.receiver = child(info, "Receiver")?.map_or(Ok(Vec::new()), organisations)?;
    header.patient = child(info, "Patient")?.map_or(Ok(Vec::new()), patient)?;
    if let Some((content, kind)) = content(root)? {
        header.kind = kind;
        header.patient_in_content =
            service(content)?.map_or(Ok(Vec::new()), |service| patient_of(service))?;
        header.priority = priority(content)?;
    }
    Ok(header)
}

/// The first document of a message that is of a standard of the network: the message itself; the others are attached to it.
fn content<'a, 'i>(root: Node<'a, 'i>) -> Result<Option<(Node<'a, 'i>, Kind)>, KithError> {
    for document in children(root, "Document") {
        let Some(content) = descend(document, &["RefDoc", "Content"])? else { continue };
        let mut elements = content.children().filter(Node::is_element);
        let found = elements
            .find_map(|element| Some((element, Kind::of(element.tag_name().namespace()?)?)));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A message of the years before the header: sender and receiver are those of the service that it asks for or reports.
fn without_header(root: Node<'_, '_>, kind: Kind) -> Result<Header, KithError> {
    let mut header = Header::of(kind);
    header.function = code(root, "Type")?;
    header.id = text(root, "MsgId")?;
    header.priority = priority(root)?;
    if let Some(service) = service(root)? {
        let is_request = service.tag_name().name() == "ServReq";
        let (from, to) =
            if is_request { ("Requester", "ServProvider") } else { ("ServProvider", "Requester") };
        header.sender = institution(child(service, from)?)?;
        header.receiver = institution(child(service, to)?)?;
        header.patient = patient_of(service)?;
    }
    Ok(header)
}

/// An application receipt.
fn receipt(root: Node<'_, '_>, kind: Kind) -> Result<Header, KithError> {
    let mut header = Header::of(kind);
    header.function = code(root, "MsgType")?;
    header.id = text(root, "Id")?;
    header.sender = institution(child(root, "Sender")?)?;
    header.receiver = institution(child(root, "Receiver")?)?;
    let answered =
        child(root, "OriginalMsgId")?.map(|original| text(original, "Id")).transpose()?;
    header.conversation = answered.map(|parent| Conversation { conversation: None, parent });
    Ok(header)
}

/// A document of HL7 CDA. Its custodian keeps it, and sends nothing.
fn clinical_document(root: Node<'_, '_>) -> Result<Header, KithError> {
    let mut header = Header::of(Kind::DOCUMENT);
    header.function = child(root, "code")?.map_or(Ok(None), |code| attribute(code, "code"))?;
    if let Some(id) = child(root, "id")? {
        header.id = match attribute(id, "extension")? {
            Some(extension) => Some(extension),
            None => attribute(id, "root")?,
        };
    }
    for target in children(root, "recordTarget") {
        for role in children(target, "patientRole") {
            for id in children(role, "id") {
                let (system, value) = (attribute(id, "root")?, attribute(id, "extension")?);
                add(
                    &mut header.patient,
                    system.zip(value).map(|(system, value)| PatientId { system, value }),
                )?;
            }
        }
    }
    Ok(header)
}

fn conversation(reference: Node<'_, '_>) -> Result<Conversation, KithError> {
    Ok(Conversation {
        conversation: text(reference, "RefToConversation")?,
        parent: text(reference, "RefToParent")?,
    })
}

/// The numbers of the organisation in a header, and of the departments in it.
fn organisations(party: Node<'_, '_>) -> Result<Vec<PartyId>, KithError> {
    let mut numbers = Vec::new();
    let mut organisation = child(party, "Organisation")?;
    let mut level: u8 = 0;
    while let Some(node) = organisation {
        for ident in children(node, "Ident") {
            add(&mut numbers, party_id(text(ident, "Id")?, code(ident, "TypeId")?, level))?;
        }
        organisation = child(node, "Organisation")?;
        level = level.saturating_add(1);
    }
    Ok(numbers)
}

/// The numbers of the institution in a receipt or an older message, and of its departments.
fn institution(party: Option<Node<'_, '_>>) -> Result<Vec<PartyId>, KithError> {
    let mut numbers = Vec::new();
    let Some(party) = party else { return Ok(numbers) };
    let Some(institution) = descend(party, &["HCP", "Inst"])? else { return Ok(numbers) };
    let departments = children(institution, "Dept").map(|department| (department, 1));
    for (node, level) in [(institution, 0)].into_iter().chain(departments) {
        add(&mut numbers, party_id(text(node, "Id")?, code(node, "TypeId")?, level))?;
        for more in children(node, "AdditionalId") {
            add(&mut numbers, party_id(text(more, "Id")?, code(more, "Type")?, level))?;
        }
    }
    Ok(numbers)
}

/// A number of a party. Organisation numbers are often written in groups of three.
fn party_id(value: Option<String>, scheme: Option<String>, level: u8) -> Option<PartyId> {
    let value = value?.split_whitespace().collect();
    Some(PartyId { scheme: Scheme::of(&scheme.unwrap_or_default()), value, level })
}

/// What a message asks for, or reports.
fn service<'a, 'i>(content: Node<'a, 'i>) -> Result<Option<Node<'a, 'i>>, KithError> {
    match child(content, "ServReq")? {
        Some(request) => Ok(Some(request)),
        None => child(content, "ServRprt"),
    }
}

fn patient_of(service: Node<'_, '_>) -> Result<Vec<PatientId>, KithError> {
    child(service, "Patient")?.map_or(Ok(Vec::new()), patient)
}

/// The numbers of a patient, in the form of headers and in that of older messages.
fn patient(patient: Node<'_, '_>) -> Result<Vec<PatientId>, KithError> {
    let mut numbers = Vec::new();
    for ident in children(patient, "Ident") {
        add(&mut numbers, patient_id(text(ident, "Id")?, code(ident, "TypeId")?))?;
    }
    add(&mut numbers, patient_id(text(patient, "OffId")?, code(patient, "TypeOffId")?))?;
    Ok(numbers)
}

fn patient_id(value: Option<String>, system: Option<String>) -> Option<PatientId> {
    let value = value?.split_whitespace().collect();
    Some(PatientId { system: system.unwrap_or_default(), value })
}

/// How urgent what the content asks for is. Its place differs between versions, its name does not.
fn priority(content: Node<'_, '_>) -> Result<Option<String>, KithError> {
    let mut elements = content.descendants().filter(Node::is_element);
    let found = elements.find(|element| element.tag_name().name() == "Priority");
    found.map_or(Ok(None), |element| code_of(element, "Priority"))
}

fn add<T>(numbers: &mut Vec<T>, number: Option<T>) -> Result<(), KithError> {
    if numbers.len() >= NUMBERS_MAX {
        return Err(KithError::TooMany);
    }
    numbers.extend(number);
    Ok(())
}
