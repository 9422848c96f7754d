//! A bare libp2p stream to compare with: libp2p's TCP, Noise and Yamux in their own settings, and nothing of ours on top. A
//! process that sends from memory, and this one, which takes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use budstikke_keys::secret::SecretKey;
use budstikke_scenarios::hostile::link::{Link, refuse};
use budstikke_scenarios::hostile::streams::{agreed, proposal};
use futures::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _};
use libp2p::core::muxing::SubstreamBox;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::publisher::runtime;

/// The name of the part that sends.
pub(crate) const SENDER: &str = "bare-sender";

/// The protocol of the stream: its opener says how many bytes it wants, eight bytes big-endian, and gets them.
const PROTOCOL: &str = "/budstikke/bench/1";

/// How many bytes each side passes on at a time, as a node does.
const PART: u64 = 1 << 20;

/// How many bytes are synced before an answer, where they are.
const SYNCED: usize = 512;

/// Parts that may wait for the disk.
const PARTS_WAITING: usize = 4;

/// A connection to the process that sends.
pub(crate) struct Bare {
    sender: Child,
    port: u16,
    link: Link,
}

impl Bare {
    /// Starts the process and connects to it.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with a process that before each answer appends to the file `path` and syncs it.
    pub(crate) async fn start_synced(path: PathBuf) -> Self {
        Self::start_with(&[&path]).await
    }

    async fn start_with(args: &[&Path]) -> Self {
        let mut sender = Command::new(std::env::current_exe().unwrap())
            .args(["part", SENDER])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(sender.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port = port.trim().parse().unwrap();
        Self { sender, port, link: dial(port).await }
    }

    /// The processes that send and take.
    pub(crate) fn processes(&self) -> [u32; 2] {
        [self.sender.id(), std::process::id()]
    }

    /// Takes so many bytes into a new file, and gives the time until they are synced. They are written on a thread of its
    /// own, so that network and disk work at the same time.
    pub(crate) async fn to_file(&self, mut bytes: u64, path: &Path) -> Duration {
        let began = Instant::now();
        let mut file = File::create_new(path).unwrap();
        let (parts, mut waiting) = mpsc::channel::<Vec<u8>>(PARTS_WAITING);
        let written = spawn_blocking(move || {
            while let Some(part) = waiting.blocking_recv() {
                file.write_all(&part).unwrap();
            }
            file.sync_data().unwrap();
        });
        let mut stream = open(&self.link, bytes).await;
        while bytes > 0 {
            let mut part = vec![0; usize::try_from(bytes.min(PART)).unwrap()];
            stream.read_exact(&mut part).await.unwrap();
            bytes -= part.len() as u64;
            parts.send(part).await.unwrap();
        }
        drop(parts);
        written.await.unwrap();
        began.elapsed()
    }

    /// Takes so many bytes and drops them, and gives the time to the last.
    pub(crate) async fn to_nowhere(&self, mut bytes: u64) -> Duration {
        let began = Instant::now();
        let mut stream = open(&self.link, bytes).await;
        let mut part = vec![0; usize::try_from(PART).unwrap()];
        while bytes > 0 {
            let now = usize::try_from(bytes.min(PART)).unwrap();
            stream.read_exact(&mut part[..now]).await.unwrap();
            bytes -= now as u64;
        }
        began.elapsed()
    }

    /// The time to the first of so many bytes on the connection that is there.
    pub(crate) async fn warm(&self, bytes: u64) -> Duration {
        let began = Instant::now();
        open(&self.link, bytes).await.read_exact(&mut [0]).await.unwrap();
        began.elapsed()
    }

    /// The time to the first of so many bytes on a connection of its own.
    pub(crate) async fn cold(&self, bytes: u64) -> Duration {
        let began = Instant::now();
        let link = dial(self.port).await;
        open(&link, bytes).await.read_exact(&mut [0]).await.unwrap();
        began.elapsed()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.sender.kill().ok();
        self.sender.wait().ok();
    }
}

/// The process that sends: prints its port, and sends to whoever comes until it is killed. Where a file is named, an append to
/// it is synced before each answer.
pub(crate) fn send(args: &[String]) {
    let synced = args.first().map(|path| Arc::new(File::create_new(path).unwrap()));
    let part: Arc<[u8]> = (0..PART).map(|at| (at % 251) as u8).collect();
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (part, synced) = (Arc::clone(&part), synced.clone());
            tokio::spawn(async move {
                let serve =
                    move |_, stream| serve(stream, Arc::clone(&part), synced.clone()).boxed();
                let serve = Arc::new(serve);
                Link::accept(socket, &key(1), serve).await.unwrap().closed().await;
            });
        }
    });
}

async fn serve(
    mut stream: SubstreamBox,
    part: Arc<[u8]>,
    synced: Option<Arc<File>>,
) -> std::io::Result<()> {
    let mut wanted = [0; 8];
    stream.read_exact(&mut wanted).await?;
    if let Some(file) = synced {
        let append = move || (&*file).write_all(&[0x2e; SYNCED]).and_then(|()| file.sync_data());
        spawn_blocking(append).await??;
    }
    let mut rest = u64::from_be_bytes(wanted);
    while rest > 0 {
        let now = rest.min(PART);
        stream.write_all(&part[..usize::try_from(now).unwrap()]).await?;
        rest -= now;
    }
    stream.close().await
}

async fn dial(port: u16) -> Link {
    Link::dial(port, &key(2), refuse()).await.unwrap()
}

/// Opens a stream and asks for so many bytes, in one packet.
async fn open(link: &Link, bytes: u64) -> SubstreamBox {
    let mut stream = link.open().await.unwrap();
    let asked = [proposal(PROTOCOL), bytes.to_be_bytes().to_vec()].concat();
    stream.write_all(&asked).await.unwrap();
    stream.flush().await.unwrap();
    agreed(&mut stream, PROTOCOL).await.unwrap();
    stream
}

/// The key of a process.
fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([number; 32]))
}
