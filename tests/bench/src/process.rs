//! What the kernel says of a process: the time it has computed, and its memory.

use std::fs;

/// The kernel tells computing time in hundredths of a second (`USER_HZ`, the same on every Linux that we run on).
const TICKS: f64 = 100.0;

/// How many seconds a process has computed so far, in itself and for it in the kernel.
pub(crate) fn computed(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name of the program may hold anything; what follows its parenthesis begins with the third field.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: u32 =
        fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u32>().unwrap()).sum();
    f64::from(ticks) / TICKS
}

/// Lets the most memory of a process count from now on.
pub(crate) fn forget_peak(process: u32) {
    fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

/// A line of the memory of a process, in MiB: `VmRSS` for what is resident now, `VmHWM` for the most that ever was.
pub(crate) fn memory(process: u32, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|found| found.starts_with(line)).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}
