//! What Linux tells of this process: memory and processor time.

use std::io;
use std::time::Duration;

/// Of `/proc/self/stat`, in every Linux that people run.
const TICK: Duration = Duration::from_millis(10);

pub fn resident_mb() -> io::Result<f64> {
    megabytes("VmRSS:")
}

/// The most that it ever was.
pub fn resident_at_most_mb() -> io::Result<f64> {
    megabytes("VmHWM:")
}

fn megabytes(name: &str) -> io::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes
        .map(|kilobytes| kilobytes / 1024.0)
        .ok_or_else(|| io::Error::other(format!("no {name} in /proc")))
}

/// Processor time of all threads since the start.
pub fn processor_time() -> io::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program comes first, in brackets, and may hold spaces; user and system time are the twelfth
    // and thirteenth fields after it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}
