//! What the log costs whoever publishes: the same documents with and without it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use budstikke::clock;
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::log::tile::{TILE_WIDTH, Tile, TileKind};
use budstikke_scenarios::until::{PATIENCE, until};
use zeroize::Zeroizing;

use super::statements::read_back;
use crate::finding::Finding;
use crate::publish::signer;
use crate::publisher::{Publisher, documents, runtime};
use crate::rounds::rounds;
use crate::setting::Setting;

const PUBLISHERS: usize = 32;

/// How often a node makes a head while documents are published.
const HEADS_APART: Duration = Duration::from_secs(1);

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let logged = Arc::new(publisher(&folder.path().join("logged")));
    let plain = Arc::new(publisher(&folder.path().join("plain")).without_log());
    let (documents, runtime) = (documents(setting.least(10_000, 300), 1), runtime());
    let per_second = |time: Duration| documents.len() as f64 / time.as_secs_f64();
    let [with, whole, without] = rounds("log-publish", setting.rounds(9), || {
        let without = runtime.block_on(plain.publish_all(&documents, PUBLISHERS));
        let began = Instant::now();
        let with = runtime.block_on(async {
            let heads = tokio::spawn(keep_heads(Arc::clone(&logged)));
            let with = logged.publish_all(&documents, PUBLISHERS).await;
            heads.abort();
            read_back(&logged).await;
            with
        });
        let whole = began.elapsed();
        // Else what is left to be done would disturb the next round.
        until_tiled(&logged, &folder.path().join("logged"));
        [with, whole, without].map(per_second)
    });
    let finding = |what, values| {
        Finding::new(what, "a second", values).beside("the same without the log", &without)
    };
    vec![
        finding("of 10 kB with the log, 32 publishers, acknowledged", with).at_least_times(0.8),
        finding("the same until all is read back under a head", whole),
    ]
}

/// A store in this folder, for documents that are shared with nobody: an own one then takes the same rows as a copy.
pub(crate) fn publisher(home: &Path) -> Publisher {
    std::fs::create_dir_all(home).unwrap();
    let storage = SymmetricKey::from_bytes(Zeroizing::new([1; 32]));
    Publisher::open(home, &storage, signer().for_nobody())
}

/// Makes heads as a node does, until it is given up.
async fn keep_heads(publisher: Arc<Publisher>) {
    loop {
        publisher.store.log().checkpoint(clock::unix_milliseconds()).await.unwrap();
        tokio::time::sleep(HEADS_APART).await;
    }
}

/// Waits until every tile that is full is on the disk.
fn until_tiled(publisher: &Publisher, home: &Path) {
    let full = publisher.store.log().committed().unwrap() / u64::from(TILE_WIDTH);
    let Some(last) = full.checked_sub(1) else { return };
    let tile = Tile::new(TileKind::Hashes(0), last, TILE_WIDTH).unwrap();
    let path = home.join("tiles").join(tile.to_string());
    until("full tiles on the disk", PATIENCE, || path.is_file().then_some(()));
}
