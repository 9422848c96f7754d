//! Printing what the doctor found.

use std::process::ExitCode;

use serde_json::json;

use super::terminal::{Terminal, wait};
use crate::doctor::doctor as look;
use crate::failure::Failure;
use crate::finding::{Finding, Verdict};

pub(super) fn doctor(terminal: &Terminal) -> Result<ExitCode, Failure> {
    let bar = terminal.output.count("asking the members");
    let findings = wait(async {
        let progress = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        Ok(look(&terminal.home, terminal.passphrase_file.as_deref(), progress).await)
    });
    bar.finish_and_clear();
    let findings = findings?;
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (faults, warnings) = (count(Verdict::Fault), count(Verdict::Warning));
    let value = json!({"faults": faults, "warnings": warnings, "findings": findings});
    terminal.output.result(&value, || {
        let mut lines: Vec<String> = findings.iter().map(line).collect();
        lines.push(format!("\nfaults: {faults}, warnings: {warnings}"));
        lines.join("\n")
    })?;
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "WARNING",
        Verdict::Fault => "FAULT",
    };
    let line = format!("{mark:<8} {:<14} {}", finding.check, finding.found);
    match &finding.hint {
        None => line,
        Some(hint) => format!("{line}\n{:<24}to do: {hint}", ""),
    }
}
