//! What evidence of a search shows, for machines and for people.

use budstikke_protocol::document::judge::Check;
use budstikke_protocol::index::judge::{Judgement, MemberJudgement};
use budstikke_protocol::index::outcome::Outcome;
use serde_json::{Value, json};

/// The judgement for machines.
pub(super) fn value(judgement: &Judgement) -> Value {
    let members = judgement.members.iter().map(|member| {
        let records = member.records.iter().map(|record| {
            let manifest = record.statement();
            json!({
                "document": manifest.document,
                "title": manifest.title,
                "type": manifest.document_type,
                "created": manifest.created,
            })
        });
        json!({
            "organisation": member.member,
            "outcome": member.outcome.name(),
            "as_of": member.basis.map(|basis| basis.as_of),
            "witnessed": member.basis.map(|basis| basis.is_witnessed),
            "records": records.collect::<Vec<_>>(),
            "checks": member.checks,
        })
    });
    json!({
        "verified": judgement.is_good(),
        "checks": judgement.checks,
        "members": members.collect::<Vec<_>>(),
    })
}

/// The judgement for people; `line` and `verdict` are those of all evidence.
pub(super) fn text(
    judgement: &Judgement,
    line: fn(&Check) -> String,
    verdict: fn(bool) -> String,
) -> String {
    let mut lines: Vec<String> = judgement.checks.iter().map(line).collect();
    for member in &judgement.members {
        lines.push(asserted(member));
        lines.extend(member.checks.iter().map(|check| format!("  {}", line(check))));
        lines.extend(member.records.iter().map(|record| {
            let manifest = record.statement();
            format!("    {}  {} ({})", manifest.document, manifest.title, manifest.document_type)
        }));
    }
    lines.push(verdict(judgement.is_good()));
    lines.join("\n")
}

/// What a member is shown to have asserted, and when.
fn asserted(member: &MemberJudgement) -> String {
    let organisation = member.member;
    let Some(basis) = member.basis else {
        return format!("{organisation}: {}, and nothing is shown", member.outcome.name());
    };
    let as_of = basis.as_of;
    match member.outcome {
        Outcome::Records { listed, .. } => {
            format!("{organisation}: at {as_of} it asserted exactly these {listed} open records")
        }
        Outcome::None(_) => {
            format!(
                "{organisation}: at {as_of} it asserted that it had none among its open records"
            )
        }
        Outcome::Fault(_) => {
            format!("{organisation}: at {as_of} it asserted that it had records, and showed none")
        }
        Outcome::Refused(_) | Outcome::Unknown(_) => {
            format!("{organisation}: {}", member.outcome.name())
        }
    }
}
