//! A line that is long: every byte arrives later, and none is lost.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The most that a line takes at once.
const PART_BYTES: usize = 64 * 1024;

/// How many parts may be on their way in one direction: 64 MiB, more than a connection of ours has on its way.
const PARTS_MAX: usize = 1024;

/// Bytes, and when they arrive.
type Part = (Instant, Vec<u8>);

/// Leads what comes to `listener` to `port` on this machine, and back, each way taking `one_way`. Ends with the process.
pub fn lead(listener: TcpListener, port: u16, one_way: Duration) {
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            // Whoever is not there yet is not reached: the connection ends.
            let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            for (from, to) in [(&near, &far), (&far, &near)] {
                from.set_nodelay(true).unwrap();
                carry(from.try_clone().unwrap(), to.try_clone().unwrap(), one_way);
            }
        }
    });
}

/// Carries bytes one way until either side ends.
fn carry(mut from: TcpStream, to: TcpStream, one_way: Duration) {
    let (send, arriving) = mpsc::sync_channel::<Part>(PARTS_MAX);
    thread::spawn(move || {
        let mut buffer = vec![0; PART_BYTES];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if send.send((Instant::now() + one_way, buffer[..read].to_vec())).is_err() {
                break;
            }
        }
        from.shutdown(Shutdown::Read).ok();
    });
    thread::spawn(move || {
        deliver(&arriving, &to).ok();
        to.shutdown(Shutdown::Both).ok();
    });
}

fn deliver(arriving: &Receiver<Part>, mut to: &TcpStream) -> io::Result<()> {
    for (at, bytes) in arriving {
        while let Some(left) =
            at.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        {
            thread::park_timeout(left);
        }
        to.write_all(&bytes)?;
    }
    Ok(())
}
