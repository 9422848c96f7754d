//! Two organisations at the ends of a long line: what the roster names is the near end of it, and the node listens at the far one.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use super::delay;
use crate::cluster::{Cluster, ORGANISATIONS, free_port};
use crate::program::Program;

/// Starts two nodes; every byte between them takes `one_way`.
pub fn start(program: Program, one_way: Duration) -> Cluster {
    let mut cluster = Cluster::made(program, 0);
    let lines = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    for (organisation, line) in ORGANISATIONS.iter().zip(&lines) {
        cluster.init_at(organisation, "127.0.0.1", line.local_addr().unwrap().port());
    }
    cluster.enrol_all();
    cluster.join_all();
    for (site, line) in cluster.sites.iter_mut().zip(lines) {
        let (config, port) = (site.home.join("config.toml"), free_port());
        let near = format!("tcp/{}", line.local_addr().unwrap().port());
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace(&near, &format!("tcp/{port}"))).unwrap();
        site.start();
        delay::lead(line, port, one_way);
    }
    cluster
}
