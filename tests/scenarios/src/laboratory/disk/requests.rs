//! What the kernel asks of the disk: the few requests of FUSE that a single file needs (Linux, `include/uapi/linux/fuse.h`).
//!
//! The file is the root of its file system, so there are no names to look up. It is opened for direct access: no page of it is
//! kept by the kernel, and every write of the loop device arrives here at once.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::sync::{Mutex, PoisonError};

use super::Platters;

/// The most bytes of one write, and what stands before them.
const WRITE_BYTES_MAX: usize = 1024 * 1024;
const BEFORE_BYTES_MAX: usize = 4096;

const HEADER_BYTES: usize = 40;
const READ_OR_WRITE_BYTES: usize = 40;

const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const SETATTR: u32 = 4;
const OPEN: u32 = 14;
const READ: u32 = 15;
const WRITE: u32 = 16;
const STATFS: u32 = 17;
const RELEASE: u32 = 18;
const FSYNC: u32 = 20;
const FLUSH: u32 = 25;
const INIT: u32 = 26;
const INTERRUPT: u32 = 36;
const DESTROY: u32 = 38;
const BATCH_FORGET: u32 = 42;

const BIG_WRITES: u32 = 1 << 5;
const MAX_PAGES: u32 = 1 << 22;
const DIRECT_IO: u32 = 1;

const IO: i32 = 5;
const NOT_IMPLEMENTED: i32 = 38;

/// What is answered to a request.
enum Reply {
    Bytes(Vec<u8>),
    Fault(i32),
    Nothing,
}

/// Serves the disk until it is unmounted.
pub(super) fn serve(mut channel: File, platters: &Mutex<Platters>) {
    let mut buffer = vec![0; WRITE_BYTES_MAX + BEFORE_BYTES_MAX];
    loop {
        let read = match channel.read(&mut buffer) {
            Ok(read) => read,
            // A request that was given up before it was read.
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::NotFound) => {
                continue;
            }
            Err(_) => return,
        };
        let request = &buffer[..read];
        let reply = answer(
            &mut platters.lock().unwrap_or_else(PoisonError::into_inner),
            word(request, 4),
            &request[HEADER_BYTES..],
        );
        let (fault, bytes) = match reply {
            Reply::Bytes(bytes) => (0, bytes),
            Reply::Fault(fault) => (-fault, Vec::new()),
            Reply::Nothing => continue,
        };
        let length = u32::try_from(16 + bytes.len()).unwrap();
        let unique = &request[8..16];
        let head = [&length.to_ne_bytes(), &fault.to_ne_bytes(), unique].concat();
        // Nobody waits for the answer to a request that was given up.
        drop(channel.write(&[head, bytes].concat()));
    }
}

fn answer(platters: &mut Platters, request: u32, body: &[u8]) -> Reply {
    let bytes = match request {
        INIT => init(body),
        GETATTR | SETATTR => attributes(platters.size()),
        OPEN => [0_u64.to_ne_bytes().as_slice(), &DIRECT_IO.to_ne_bytes(), &[0; 4]].concat(),
        READ => platters.read(place(body), count(body)).to_owned(),
        WRITE => {
            let bytes = &body[READ_OR_WRITE_BYTES..][..count(body)];
            if !platters.write(place(body), bytes) {
                return Reply::Fault(IO);
            }
            [word(body, 16).to_ne_bytes(), [0; 4]].concat()
        }
        FSYNC => {
            platters.flush();
            Vec::new()
        }
        STATFS => vec![0; 80],
        RELEASE | FLUSH | DESTROY => Vec::new(),
        FORGET | BATCH_FORGET | INTERRUPT => return Reply::Nothing,
        _ => return Reply::Fault(NOT_IMPLEMENTED),
    };
    Reply::Bytes(bytes)
}

/// The version that we speak, and the size of a write.
fn init(body: &[u8]) -> Vec<u8> {
    let (major, minor) = (7_u32, 31_u32);
    let ahead = word(body, 8);
    let flags = word(body, 12) & (BIG_WRITES | MAX_PAGES);
    let mut reply = Vec::new();
    for field in [major, minor, ahead, flags] {
        reply.extend(field.to_ne_bytes());
    }
    let (background, congested) = (16_u16, 12_u16);
    reply.extend([background.to_ne_bytes(), congested.to_ne_bytes()].concat());
    let (write, nanoseconds) = (u32::try_from(WRITE_BYTES_MAX).unwrap(), 1_u32);
    reply.extend([write.to_ne_bytes(), nanoseconds.to_ne_bytes()].concat());
    let pages = u16::try_from(WRITE_BYTES_MAX / 4096).unwrap();
    reply.extend(pages.to_ne_bytes());
    reply.resize(64, 0);
    reply
}

/// A file of so many bytes that only its owner may use; good for a day, so that nobody asks twice.
fn attributes(size: usize) -> Vec<u8> {
    let size = u64::try_from(size).unwrap();
    let (inode, day) = (1_u64, 86_400_u64);
    let (mode, links, block) = (0o100_600_u32, 1_u32, 4096_u32);
    let mut reply = [day.to_ne_bytes(), [0; 8]].concat();
    for field in [inode, size, size / 512, 0, 0, 0] {
        reply.extend(field.to_ne_bytes());
    }
    for field in [0, 0, 0, mode, links, 0, 0, 0, block, 0] {
        reply.extend(field.to_ne_bytes());
    }
    reply
}

/// Where a read or a write begins.
fn place(body: &[u8]) -> usize {
    let offset = u64::from_ne_bytes(body[8..16].try_into().unwrap());
    usize::try_from(offset).unwrap()
}

/// How many bytes a read or a write has.
fn count(body: &[u8]) -> usize {
    usize::try_from(word(body, 16)).unwrap()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
}
