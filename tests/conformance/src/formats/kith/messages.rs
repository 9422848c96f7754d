//! Messages made for the vectors. Organisations, people and numbers are those of the other vectors; nothing is taken from anywhere.

use data_encoding::HEXLOWER;

use super::Raw;

/// Who sends them.
pub const SENDER: &str = "974760673";

/// Whom they are about: a synthetic number.
pub const PATIENT: &str = "17834820994";

/// Another synthetic patient.
pub const OTHER_PATIENT: &str = "02898721097";

const ID: &str = "0c0e0a52-8a5b-4c1e-9f0a-1d4bb0a1c7de";

/// A message in a header.
pub struct Message {
    function: &'static str,
    content: String,
    department: Option<&'static str>,
}

impl Message {
    /// A message whose content says nothing.
    pub fn of(function: &'static str, namespace: &str) -> Self {
        let content = format!("<Content xmlns=\"{namespace}\">Blåbærsyltetøy</Content>");
        Self { function, content, department: None }
    }

    /// A referral whose content names the patient again.
    pub fn referral(namespace: &str) -> Self {
        let content = format!(
            "<Message xmlns=\"{namespace}\"><ServReq><Patient><OffId>{PATIENT}</OffId>\
             <TypeOffId V=\"FNR\"/></Patient><ReqServ><Priority V=\"3\"/></ReqServ></ServReq></Message>"
        );
        Self { function: "HENVISNING", content, department: None }
    }

    /// The same from a department with this organisation number.
    pub fn with_department(&self, number: &'static str) -> Self {
        Self { function: self.function, content: self.content.clone(), department: Some(number) }
    }

    /// The message.
    pub fn xml(&self) -> String {
        let department = self.department.map_or(String::new(), |number| {
            format!("<Organisation>{}</Organisation>", ident(number, "ENH"))
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <MsgHead xmlns=\"http://www.kith.no/xmlstds/msghead/2006-05-24\"><MsgInfo>\
             <Type V=\"{}\" DN=\"x\"/><MIGversion>v1.2 2006-05-24</MIGversion><MsgId>{ID}</MsgId>\
             <ConversationRef><RefToParent>p-1</RefToParent><RefToConversation>c-1</RefToConversation></ConversationRef>\
             <Sender><Organisation>{}{}{department}</Organisation></Sender>\
             <Receiver><Organisation>{}</Organisation></Receiver>\
             <Patient>{}</Patient></MsgInfo>\
             <Document><RefDoc><MsgType V=\"XML\"/><Content>{}</Content></RefDoc></Document></MsgHead>",
            self.function,
            ident(SENDER, "ENH"),
            ident("8094866", "HER"),
            ident("983974910", "ENH"),
            ident(PATIENT, "FNR"),
            self.content,
        )
    }

    /// The message without any patient.
    pub fn without_patient(&self) -> String {
        let xml = self.xml().replacen(&ident(PATIENT, "FNR"), "", 1);
        xml.replacen(&format!("<OffId>{PATIENT}</OffId>"), "", 1)
    }
}

fn ident(number: &str, kind: &str) -> String {
    format!("<Ident><Id>{number}</Id><TypeId V=\"{kind}\" S=\"2.16.578.1.12.4.1.1.9051\"/></Ident>")
}

/// The same message, each code where its list should stand.
pub fn swapped(xml: &str) -> String {
    let list = "2.16.578.1.12.4.1.1.9051";
    xml.replace(&format!("V=\"ENH\" S=\"{list}\""), &format!("V=\"{list}\" S=\"ENH\""))
}

/// A referral of version 1.0, which has no header.
pub fn referral_1_0() -> String {
    let (requester, provider) = (institution(SENDER), institution("983974910"));
    format!(
        "<Message xmlns=\"http://www.kith.no/xmlstds/henvisning/2005-07-08\"><Type V=\"H\"/><MsgId>{ID}</MsgId>\
         <ServReq><Priority V=\"14\"/><ServProvider>{provider}</ServProvider><Requester>{requester}</Requester>\
         <Patient><OffId>{PATIENT}</OffId><TypeOffId V=\"FNR\"/></Patient></ServReq></Message>"
    )
}

/// A discharge summary of version 1.1, which has no header.
pub fn discharge_1_1() -> String {
    let (requester, provider) = (institution("983974910"), institution(SENDER));
    format!(
        "<Message xmlns=\"http://www.kith.no/xmlstds/epikrise/2006-09-23\"><MsgId>{ID}</MsgId>\
         <ServRprt><ServProvider>{provider}</ServProvider><Requester>{requester}</Requester>\
         <Patient><OffId>{PATIENT}</OffId><TypeOffId V=\"FNR\"/></Patient></ServRprt></Message>"
    )
}

/// An application receipt.
pub fn receipt(namespace: &str) -> String {
    let (sender, receiver) = (institution(SENDER), institution("983974910"));
    format!(
        "<a:AppRec xmlns:a=\"{namespace}\"><a:MsgType V=\"APPREC\"/><a:Id>{ID}</a:Id>\
         <a:Sender>{sender}</a:Sender><a:Receiver>{receiver}</a:Receiver><a:Status V=\"1\"/>\
         <a:OriginalMsgId><a:MsgType V=\"HENVISNING\"/><a:Id>o-1</a:Id></a:OriginalMsgId></a:AppRec>"
    )
}

fn institution(number: &str) -> String {
    format!(
        "<HCP><Inst><Id>{number}</Id><TypeId V=\"ENH\"/><Dept><Id>8143060</Id><TypeId V=\"HER\"/></Dept>\
         <AdditionalId><Id>79768</Id><Type V=\"HER\"/></AdditionalId></Inst></HCP>"
    )
}

/// A message in NAV's envelope.
pub fn enveloped(xml: &str) -> String {
    let message = xml.split_once("?>").map_or(xml, |(_, rest)| rest);
    format!(
        "<EI_fellesformat xmlns=\"http://www.nav.no/xml/eiff/2/\">{message}<MottakenhetBlokk/></EI_fellesformat>"
    )
}

/// A clinical document, whose custodian is not the one who signs here.
pub fn clinical_document() -> String {
    format!(
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id root=\"2.16.578.1.12.4.5.1\" extension=\"{ID}\"/>\
         <code code=\"A03-2\"/><recordTarget><patientRole><id root=\"2.16.578.1.12.4.1.4.1\" extension=\"{PATIENT}\"/>\
         </patientRole></recordTarget><custodian/></ClinicalDocument>"
    )
}

/// A header without its first part.
pub fn empty_header() -> String {
    "<MsgHead xmlns=\"http://www.kith.no/xmlstds/msghead/2006-05-24\"/>".to_owned()
}

/// XML that only mentions the namespace of headers.
pub fn mentioned() -> String {
    "<a>http://www.kith.no/xmlstds/msghead/2006-05-24</a>".to_owned()
}

/// The message in UTF-16 behind its byte order mark.
pub fn utf_16(xml: &str, bytes: fn(u16) -> [u8; 2]) -> Raw {
    let xml = xml.replacen("UTF-8", "UTF-16", 1);
    let units = ['\u{feff}'].into_iter().chain(xml.chars()).collect::<String>();
    Raw::Hex(HEXLOWER.encode(&units.encode_utf16().flat_map(bytes).collect::<Vec<_>>()))
}

/// The message in ISO-8859-1.
pub fn latin_1(xml: &str) -> Raw {
    let xml = xml.replacen("UTF-8", "ISO-8859-1", 1);
    let bytes: Vec<u8> = xml.chars().map(|c| u8::try_from(c).unwrap()).collect();
    Raw::Hex(HEXLOWER.encode(&bytes))
}
