//! Reads figures of a process from `/proc`; on other systems than Linux they are errors.

use std::fs;
use std::io;

/// The unit of CPU times on Linux (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Returns the resident memory in bytes. Reads `smaps_rollup`, since the sums in `status` lag
/// behind.
///
/// # Errors
/// When the figure is not available.
pub fn resident_bytes(process_id: u32) -> io::Result<u64> {
    bytes(&format!("/proc/{process_id}/smaps_rollup"), "Rss:")
}

/// Returns the mapped memory in bytes, which a limit of address space applies to.
///
/// # Errors
/// When the figure is not available.
pub fn virtual_bytes(process_id: u32) -> io::Result<u64> {
    bytes(&format!("/proc/{process_id}/status"), "VmSize:")
}

/// Returns the peak of the resident memory in bytes, to within some hundred kilobytes. It is not
/// available once the process has ended.
///
/// # Errors
/// When the figure is not available.
pub fn peak_resident_bytes(process_id: u32) -> io::Result<u64> {
    bytes(&format!("/proc/{process_id}/status"), "VmHWM:")
}

fn bytes(file: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(file)?;
    let kilobytes = |line: &str| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok();
    let found: Option<u64> = text.lines().find_map(kilobytes);
    found
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| io::Error::other(format!("no {name} in {file}")))
}

/// Returns the CPU time of a process in seconds, the sum of all threads.
///
/// # Errors
/// When the figure is not available.
pub fn cpu_seconds(process_id: u32) -> io::Result<f64> {
    ticks(&format!("/proc/{process_id}/stat"))
}

/// Returns the CPU time of the main thread in seconds.
///
/// # Errors
/// When the figure is not available.
pub fn main_thread_cpu_seconds(process_id: u32) -> io::Result<f64> {
    ticks(&format!("/proc/{process_id}/task/{process_id}/stat"))
}

fn ticks(stat: &str) -> io::Result<f64> {
    let fields = fields(stat)?;
    let ticks = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS_PER_SECOND)
}

/// Returns true if a process has ended and not been waited for. Its CPU time is then final and can
/// still be read.
///
/// # Errors
/// When the figure is not available.
pub fn has_ended(process_id: u32) -> io::Result<bool> {
    Ok(fields(&format!("/proc/{process_id}/stat"))?.first().is_some_and(|state| state == "Z"))
}

/// Reads the fields of a `stat` file from the third on (see proc(5)). The second is the program's
/// name in parentheses, which may contain any character.
fn fields(stat: &str) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(stat)?;
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    Ok(fields.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Returns the number of open file descriptors.
///
/// # Errors
/// When the figure is not available.
pub fn descriptors(process_id: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process_id}/fd"))?.count())
}

/// Returns the names of the threads. A thread sets its name only after its start.
///
/// # Errors
/// When the figure is not available.
pub fn threads(process_id: u32) -> io::Result<Vec<String>> {
    let name = |task: io::Result<fs::DirEntry>| fs::read_to_string(task?.path().join("comm"));
    let names = fs::read_dir(format!("/proc/{process_id}/task"))?.map(name);
    names.map(|name| Ok(name?.trim_end().to_owned())).collect()
}
