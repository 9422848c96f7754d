//! Watching referrals: a line for each event, as it comes.

use serde_json::Value;

use crate::cli::output::print;
use crate::cli::table::member;
use crate::cli::terminal::{Terminal, wait};
use crate::control::client::{Running, Step};
use crate::control::message::{Command, ReferralOrder};
use crate::failure::Failure;
use crate::service::caller::Who;

/// Prints every event from now on: as JSON lines, or as text for people.
pub(super) fn watch(terminal: &Terminal) -> Result<(), Failure> {
    let command = Command::Referral { order: ReferralOrder::Watch, who: Who::default() };
    wait(async {
        let mut running = Running::start(&terminal.home, &command).await?;
        loop {
            match running.next().await? {
                Step::News(news) => print(&terminal.output.line(&news, || text(&news)))?,
                Step::Progress { .. } => terminal.output.note("watching; Ctrl-C ends it"),
                Step::Data(_) => {}
                Step::Done(_) => {
                    return Err(Failure::new("the node has stopped", "watch again when it runs"));
                }
            }
        }
    })
}

fn text(news: &Value) -> String {
    if let Some(missed) = news.get("missed") {
        return format!("{missed} events were missed: budstikke referral list shows how all stand");
    }
    let text = |name| member(news, name).as_str().unwrap_or_default();
    let arrow = if member(news, "own").as_bool() == Some(true) { "→" } else { "←" };
    format!(
        "{}  {arrow} {}  {:<24} {}  now {}",
        text("time"),
        text("referral"),
        text("kind"),
        text("author"),
        text("status")
    )
}
