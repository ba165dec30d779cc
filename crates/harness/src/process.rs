//! What the system says of a process (Linux: `/proc`; elsewhere nothing).

use std::fs;
use std::io;

/// Processor time is told in ticks of 10 ms on every Linux (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Bytes of memory that are resident. `smaps_rollup` is counted when it is read; the sums in `status`
/// lag behind.
///
/// # Errors
/// When the system does not tell.
pub fn resident_bytes(process_id: u32) -> io::Result<u64> {
    bytes(&format!("/proc/{process_id}/smaps_rollup"), "Rss:")
}

/// Bytes of memory that are mapped, resident or not: what a limit of address space counts.
///
/// # Errors
/// When the system does not tell.
pub fn virtual_bytes(process_id: u32) -> io::Result<u64> {
    bytes(&format!("/proc/{process_id}/status"), "VmSize:")
}

/// The most memory in bytes that was ever resident, to some hundred kilobytes; of a process that has
/// ended, nothing.
///
/// # Errors
/// When the system does not tell.
pub fn peak_resident_bytes(process_id: u32) -> io::Result<u64> {
    bytes(&format!("/proc/{process_id}/status"), "VmHWM:")
}

fn bytes(file: &str, name: &str) -> io::Result<u64> {
    let told = fs::read_to_string(file)?;
    let kilobytes = |line: &str| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok();
    let found: Option<u64> = told.lines().find_map(kilobytes);
    found
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| io::Error::other(format!("no {name} in {file}")))
}

/// Processor time in seconds that a process has taken since it began, all of its threads together.
///
/// # Errors
/// When the system does not tell.
pub fn cpu_seconds(process_id: u32) -> io::Result<f64> {
    ticks(&format!("/proc/{process_id}/stat"))
}

/// The same of its main thread alone, which has the number of its process.
///
/// # Errors
/// When the system does not tell.
pub fn main_thread_cpu_seconds(process_id: u32) -> io::Result<f64> {
    ticks(&format!("/proc/{process_id}/task/{process_id}/stat"))
}

fn ticks(stat: &str) -> io::Result<f64> {
    let ticks = fields(stat)?.into_iter().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS_PER_SECOND)
}

/// Whether a child process has ended and nobody has waited for it: its processor time is final then,
/// and can still be read.
///
/// # Errors
/// When the system does not tell.
pub fn has_ended(process_id: u32) -> io::Result<bool> {
    Ok(fields(&format!("/proc/{process_id}/stat"))?.first().is_some_and(|state| state == "Z"))
}

/// What proc(5) has from the third field on. The second is the program's name in parentheses, which
/// may contain anything.
fn fields(stat: &str) -> io::Result<Vec<String>> {
    let told = fs::read_to_string(stat)?;
    let fields = told.rsplit_once(')').map_or("", |(_, fields)| fields);
    Ok(fields.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Open file descriptors.
///
/// # Errors
/// When the system does not tell.
pub fn descriptors(process_id: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process_id}/fd"))?.count())
}

/// The names of its threads. A thread gives itself its name, a moment after it was started.
///
/// # Errors
/// When the system does not tell.
pub fn threads(process_id: u32) -> io::Result<Vec<String>> {
    let name = |task: io::Result<fs::DirEntry>| fs::read_to_string(task?.path().join("comm"));
    let names = fs::read_dir(format!("/proc/{process_id}/task"))?.map(name);
    names.map(|name| Ok(name?.trim_end().to_owned())).collect()
}
