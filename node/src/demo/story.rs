//! The demo's story: what the organisations do, told as they do it.

use std::path::Path;

use budstikke_protocol::document::judge::Expected;
use budstikke_protocol::ids::DocumentId;
use serde_json::Value;

use super::documents::{DISCHARGE, Document, LABORATORY, MEDICATION};
use super::find;
use super::orders::{body, order, publish};
use super::organisations::{Organisation, Running, evidence_path, number, referral_path};
use super::referral;
use crate::clock;
use crate::control::client::Running as Exchange;
use crate::control::message::{AccessOrder, Command, Order};
use crate::failure::Failure;
use crate::home::write_durably;
use crate::service::caller::Which;
use crate::verify::{Trust, verify};

use Organisation::{Gp, Hospital, Municipality};

/// Plays the story on the running nodes.
pub(super) async fn tell(
    folder: &Path,
    running: &mut Running,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    say(
        "\n1. The hospital discharges a patient. It signs the discharge summary and shares it with the municipality and the GP.",
    );
    let discharge = publish(folder, &DISCHARGE, &[Municipality, Gp], say).await?;
    let laboratory = publish(folder, &LABORATORY, &[Gp], say).await?;

    say(
        "\n2. The municipality asks what the hospital has shared with it, fetches the summary, and checks it bit by bit.",
    );
    list(folder, Municipality, Hospital, say).await?;
    fetch(folder, Municipality, &DISCHARGE, discharge, say).await?;
    publish(folder, &MEDICATION, &[Gp, Hospital], say).await?;

    referral::tell(folder, running, say).await?;

    find::tell(folder, say).await?;

    say("\n8. The municipality asks for a laboratory report that was shared with the GP alone.");
    match get(folder, Municipality, Hospital, laboratory).await {
        Err(failure) => say(&format!("   refused: {}", failure.error)),
        Ok(_) => {
            return Err(Failure::new(
                "the report was handed out",
                "this is a fault of the program",
            ));
        }
    }

    say("\n9. The hospital sees every look at its documents, also the one it refused.");
    accesses(folder, Hospital, say).await?;

    say(
        "\n10. The municipality makes evidence of the summary. It is verified with nothing but the file and the fingerprint.",
    );
    evidence(folder, running, discharge, say).await
}

/// Says what a person can try on the running nodes.
pub(super) fn suggest(folder: &Path, running: &Running, say: &dyn Fn(&str)) {
    let home = |organisation: Organisation| organisation.home(folder).dir().display().to_string();
    let (gp, hospital) = (home(Gp), home(Hospital));
    say("\nThe nodes keep running until Ctrl-C. In another terminal, try:\n");
    say(&format!("  budstikke --home {gp} document list --from {}", Hospital.number()));
    say(&format!(
        "  budstikke --home {gp} document get ID --from {} -o summary.xml",
        Hospital.number()
    ));
    say(&format!("  budstikke --home {hospital} find {}", MEDICATION.patient));
    say(&format!("  budstikke --home {hospital} access list"));
    say(&format!("  budstikke --home {hospital} peer list"));
    say(&format!("  budstikke --home {hospital} status"));
    say(&format!(
        "  budstikke verify {} --federation {}",
        evidence_path(folder).display(),
        running.federation
    ));
    say(&format!("  budstikke --home {gp} referral list"));
    say(&format!(
        "  budstikke verify {} --federation {}",
        referral_path(folder).display(),
        running.federation
    ));
    say("\n(without an installed budstikke, say `cargo run --quiet --` instead)");
}

async fn list(
    folder: &Path,
    at: Organisation,
    from: Organisation,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    let order = order(Order::List(Some(number(from)?)));
    let value = Exchange::start(&at.home(folder), &order).await?.result().await?;
    for row in value.get("documents").and_then(Value::as_array).into_iter().flatten() {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        say(&format!("   {} has shared: {}  {}", from.name(), text("document"), text("title")));
    }
    Ok(())
}

async fn fetch(
    folder: &Path,
    at: Organisation,
    document: &Document,
    id: DocumentId,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    let bytes = get(folder, at, document.custodian, id).await?;
    if bytes != document.bytes {
        return Err(Failure::new("the document arrived changed", "this is a fault of the program"));
    }
    say(&format!(
        "   {} fetched “{}”: signature and both digests are good, all {} bytes are the same",
        at.name(),
        document.title,
        bytes.len()
    ));
    Ok(())
}

async fn get(
    folder: &Path,
    at: Organisation,
    from: Organisation,
    document: DocumentId,
) -> Result<Vec<u8>, Failure> {
    let which = Which { document, from: Some(number(from)?) };
    body(Exchange::start(&at.home(folder), &order(Order::Get(which))).await?).await
}

async fn accesses(folder: &Path, at: Organisation, say: &dyn Fn(&str)) -> Result<(), Failure> {
    let order = Command::Access { order: AccessOrder::List { patient: None, limit: 20 } };
    let value = Exchange::start(&at.home(folder), &order).await?.result().await?;
    let rows =
        value.get("accesses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for row in rows.iter().rev() {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("organisation").is_empty() || text("organisation") == at.number() {
            continue;
        }
        let person = format!("{} ({}) for {}", text("person"), text("role"), text("purpose"));
        say(&format!(
            "   {}  {} by {person} of {}: {}",
            text("time"),
            text("action"),
            text("organisation"),
            text("outcome")
        ));
    }
    Ok(())
}

async fn evidence(
    folder: &Path,
    running: &Running,
    document: DocumentId,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    let which = Which { document, from: Some(number(Hospital)?) };
    let order = order(Order::Evidence(which));
    let bytes = body(Exchange::start(&Municipality.home(folder), &order).await?).await?;
    let path = evidence_path(folder);
    write_durably(&path, &bytes)?;
    let expected =
        Expected { patient: Some(DISCHARGE.patient), organisation: Some(number(Hospital)?) };
    let trust = Trust { federation: running.federation, newer: None };
    let judgement = verify(&path, trust, &expected, clock::now(), &mut |_, _| {});
    for check in &judgement.checks {
        say(&format!(
            "   {} {:<22} {}",
            if check.failure.is_none() { "✓" } else { "✗" },
            check.check,
            check.found
        ));
    }
    if judgement.is_good() {
        Ok(())
    } else {
        Err(Failure::new("the evidence does not verify", "this is a fault of the program"))
    }
}
