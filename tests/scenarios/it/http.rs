//! The log over HTTP, to programs on the same machine.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use budstikke_scenarios::cluster::{Cluster, PATIENTS, free_port};
use budstikke_scenarios::go;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::PATIENCE;
use serde_json::Value;

use crate::program;

/// Adds a line to the configuration of a node, which must not run.
fn configure(site: &Site, line: &str) {
    let path = site.home.join("config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}\n{line}\n")).unwrap();
}

/// A node alone that serves HTTP, and where.
fn serving() -> (Cluster, String) {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    configure(&cluster.sites[0], "http = \"127.0.0.1:0\"");
    cluster.sites[0].start();
    let status = cluster.sites[0].json(&["status"]);
    let address = status["http"].as_str().unwrap();
    let address = address.strip_prefix("http://").unwrap().strip_suffix("/index/").unwrap();
    let address = address.to_owned();
    (cluster, address)
}

/// Sends a request as it stands, and takes everything that comes until the other side closes.
fn sent(address: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The other side may close before it has taken all of it.
    stream.write_all(request).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    answer
}

/// The status of an answer, its head and its body.
fn asked(address: &str, method: &str, path: &str) -> (u16, String, Vec<u8>) {
    asked_as(address, "localhost", method, path)
}

fn asked_as(address: &str, host: &str, method: &str, path: &str) -> (u16, String, Vec<u8>) {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = sent(address, request.as_bytes());
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
    (head[9..12].parse().unwrap(), head, answer[end + 4..].to_vec())
}

#[test]
fn reviewers_read_the_log_over_http_with_tools_of_others() {
    let (cluster, address) = serving();
    let site = &cluster.sites[0];
    let (status, _, body) = asked(&address, "GET", "/index/checkpoint");
    assert_eq!((status, body.as_slice()), (404, &b"nothing is signed yet\n"[..]));
    let file = cluster.file("document.xml", b"a document\n");
    // Once with a first tile that is partial, and once with one that is full.
    for publishes in [3, 256] {
        for _ in 0..publishes {
            site.publish(&file, PATIENTS[0], &[]);
        }
        let key = site.wait_for_head()["key"].as_str().unwrap().to_owned();
        let printed = go::accepts("verify_log.go", &[&format!("http://{address}/index"), &key]);
        assert!(printed.ends_with("all good\n"), "{printed}");
    }
    let folder = cluster.path("export");
    site.run(&["index", "export", folder.to_str().unwrap()]).ok();
    let exported = |path: &str| fs::read(folder.join(path)).unwrap();
    for path in ["checkpoint", "tile/0/000", "tile/entries/000"] {
        let (status, head, body) = asked(&address, "GET", &format!("/index/{path}"));
        assert_eq!((status, &body), (200, &exported(path)), "{path}");
        assert_eq!(head.contains("cache-control: no-cache"), path == "checkpoint", "{head}");
        assert_eq!(head.contains("immutable"), path != "checkpoint", "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        let (status, _, body) = asked(&address, "HEAD", &format!("/index/{path}"));
        assert_eq!((status, body.len()), (200, 0));
    }
    // What an earlier head had of a tile that has grown since.
    let (status, _, body) = asked(&address, "GET", "/index/tile/0/000.p/2");
    assert_eq!((status, body.as_slice()), (200, &exported("tile/0/000")[..64]));
}

#[test]
fn what_is_no_file_of_the_log_is_refused_over_http() {
    let (mut cluster, address) = serving();
    let site = &cluster.sites[0];
    let file = cluster.file("document.xml", b"a document\n");
    site.publish(&file, PATIENTS[0], &[]);
    let entries = site.wait_for_head()["size"].as_u64().unwrap();
    let beyond = format!("/index/tile/0/000.p/{}", entries + 1);
    let paths = [
        "/",
        "/index",
        "/index/",
        "/index/presence",
        "/index/checkpoint/",
        "/index/tile/0/000",
        "/index/tile/0/000.p/0",
        "/index/tile/0/000.p/01",
        "/index/tile/0/001.p/1",
        "/index/tile/8/000.p/1",
        "/index/tile/entries/../../checkpoint",
        "/index/tile/%30/000.p/1",
        "/index/tile/0/x999/x999/x999/x999/x999/x999/999",
        "/index/../config.toml",
        "/index/tile/0/000.p/1/",
        &beyond,
    ];
    for path in paths {
        let (status, _, body) = asked(&address, "GET", path);
        assert_eq!(status, 404, "{path}: {}", String::from_utf8_lossy(&body));
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(asked(&address, method, "/index/checkpoint").0, 405, "{method}");
    }
    // A page in a browser whose own name was made to lead here.
    assert_eq!(asked_as(&address, "example.no", "GET", "/index/checkpoint").0, 421);
    let long = vec![b'x'; 100_000];
    let tls = b"\x16\x03\x01\x02\x00".as_slice();
    for malformed in [tls, b"GET\r\n\r\n", &long, b"GET / HTTP/9.9\r\n\r\n"] {
        let answer = sent(&address, &[malformed, b"\r\n\r\n"].concat());
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    }
    // Some that say nothing do not keep others out, and do not hold up the end of the node.
    let silent: Vec<_> = (0..30).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert_eq!(asked(&address, "GET", "/index/checkpoint").0, 200);
    cluster.sites[0].stop();
    drop(silent);
}

#[test]
fn http_is_for_this_machine_only_and_off_by_default() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    cluster.sites[0].start();
    assert_eq!(cluster.sites[0].json(&["status"])["http"], Value::Null);
    cluster.sites[0].stop();
    let path = cluster.sites[0].home.join("config.toml");
    let before = fs::read_to_string(&path).unwrap();
    for address in
        ["0.0.0.0:8480", "[::]:8480", "192.0.2.1:8480", "localhost:8480", "127.0.0.1", "8480"]
    {
        configure(&cluster.sites[0], &format!("http = \"{address}\""));
        let refused = cluster.sites[0].run(&["run"]).failure();
        assert!(refused.contains("HTTP is for this machine only"), "{refused}");
        fs::write(&path, &before).unwrap();
    }
    let taken = std::net::TcpListener::bind(("127.0.0.1", free_port())).unwrap();
    let taken_at = taken.local_addr().unwrap();
    configure(&cluster.sites[0], &format!("http = \"{taken_at}\""));
    let refused = cluster.sites[0].run(&["run"]).failure();
    assert!(refused.contains("for HTTP") && refused.contains("choose another port"), "{refused}");
}

#[test]
fn prometheus_reads_the_numbers_of_the_node_and_finds_no_patient() {
    let (cluster, address) = serving();
    let site = &cluster.sites[0];
    let file = cluster.file("document.xml", b"a document\n");
    site.publish(&file, PATIENTS[0], &[]);
    site.wait_for_head();
    let (status, head, body) = asked(&address, "GET", "/metrics");
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    let body = String::from_utf8(body).unwrap();
    for line in [
        "budstikke_roster_version 1",
        "budstikke_peers 0",
        "budstikke_log_records 1",
        "budstikke_log_stopped 0",
        "budstikke_referrals{status=\"sent\"} 0",
        "budstikke_outbox_dead 0",
    ] {
        assert!(body.lines().any(|it| it == line), "{line} is not in\n{body}");
    }
    let rows = body.lines().filter(|line| !line.starts_with('#'));
    for row in rows {
        let (_, number) = row.rsplit_once(' ').unwrap();
        number.parse::<f64>().unwrap();
    }
    assert!(!body.contains(PATIENTS[0]) && !body.contains(&site.organisation), "{body}");
}
