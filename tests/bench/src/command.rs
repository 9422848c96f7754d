//! Commands to a running node by its control socket, so that no start of a process is measured.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use budstikke::control::client::{Running, Step};
use budstikke::control::message::{Command, Order};
use budstikke::home::Home;
use budstikke::service::caller::{Which, Who};
use budstikke_scenarios::cluster::{ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;
use serde_json::{Value, json};
use tokio::sync::watch;

/// Gets a document of `from` at `site`, and gives the time to its last byte; `progress` sees how many bytes are fetched.
pub(crate) async fn get(
    site: &Site,
    from: &Site,
    document: &str,
    progress: watch::Sender<u64>,
) -> Duration {
    let began = Instant::now();
    let mut running = start_get(site, from, document).await;
    loop {
        match running.next().await.unwrap() {
            Step::Progress { done, .. } => drop(progress.send(done)),
            // The body follows when the fetch is over.
            Step::Data(_) => drop(progress.send(u64::MAX)),
            Step::News(_) => {}
            Step::Done(_) => return began.elapsed(),
        }
    }
}

/// Gets a document of `from` at `site`, and gives the time to the first byte that is handed out: by then the whole has come, is
/// verified against both digests, sealed, synced and kept, and that it is read is recorded. The rest is not waited for.
pub(crate) async fn fetch(site: &Site, from: &Site, document: &str) -> Duration {
    let began = Instant::now();
    let mut running = start_get(site, from, document).await;
    while !matches!(running.next().await.unwrap(), Step::Data(_)) {}
    began.elapsed()
}

async fn start_get(site: &Site, from: &Site, document: &str) -> Running {
    let which = Which {
        document: document.parse().unwrap(),
        from: Some(from.organisation.parse().unwrap()),
    };
    let command = Command::Document { order: Order::Get(which), who: Who::default() };
    Running::start(&Home::at(site.home.clone()), &command).await.unwrap()
}

/// Publishes a document at the node of this home, shared with the second organisation.
pub(crate) async fn publish(home: &Path, bytes: &[u8]) {
    publish_for(home, bytes, json!({"organisations": [ORGANISATIONS[1]]})).await;
}

/// The same for whoever `sharing` says; gives its id.
pub(crate) async fn publish_for(home: &Path, bytes: &[u8], sharing: Value) -> String {
    let form = json!({
        "patient": PATIENTS[0],
        "document_type": "A03-2",
        "title": "Epikrise etter innleggelse",
        "language": "nb",
        "content_type": "application/pdf",
        "confidentiality": "N",
        "blocks": [],
        "author": null,
        "sharing": sharing,
        "relates_to": [],
    });
    let order = Order::Publish(serde_json::from_value(form).unwrap());
    let command = Command::Document { order, who: Who::default() };
    let mut running = Running::start(&Home::at(home.to_owned()), &command).await.unwrap();
    running.send(bytes).await.unwrap();
    running.end().await.unwrap();
    let published = running.result().await.unwrap();
    published["document"].as_str().unwrap().to_owned()
}

/// Publishes documents, so many at a time, and gives the time until the last is durable.
pub(crate) async fn publish_all(
    home: &Path,
    documents: &Arc<Vec<Vec<u8>>>,
    at_a_time: usize,
) -> Duration {
    let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let publishing: Vec<_> = (0..at_a_time)
        .map(|_| {
            let (home, documents, next) =
                (home.to_owned(), Arc::clone(documents), Arc::clone(&next));
            tokio::spawn(async move {
                while let Some(bytes) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                    publish(&home, bytes).await;
                }
            })
        })
        .collect();
    for publisher in publishing {
        publisher.await.unwrap();
    }
    began.elapsed()
}
