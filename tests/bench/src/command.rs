//! Commands to a running node by its control socket, so that no start of a process is measured.

use std::time::{Duration, Instant};

use budstikke::control::client::{Running, Step};
use budstikke::control::message::{Command, Order};
use budstikke::home::Home;
use budstikke::service::caller::{Which, Who};
use budstikke_scenarios::site::Site;
use tokio::sync::watch;

/// Gets a document of `from` at `site`, and gives the time to its last byte; `progress` sees how many bytes are fetched.
pub(crate) async fn get(
    site: &Site,
    from: &Site,
    document: &str,
    progress: watch::Sender<u64>,
) -> Duration {
    let which = Which {
        document: document.parse().unwrap(),
        from: Some(from.organisation.parse().unwrap()),
    };
    let command = Command::Document { order: Order::Get(which), who: Who::default() };
    let began = Instant::now();
    let mut running = Running::start(&Home::at(site.home.clone()), &command).await.unwrap();
    loop {
        match running.next().await.unwrap() {
            Step::Progress { done, .. } => drop(progress.send(done)),
            // The body follows when the fetch is over.
            Step::Data(_) => drop(progress.send(u64::MAX)),
            Step::Done(_) => return began.elapsed(),
        }
    }
}
