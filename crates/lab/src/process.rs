//! What the system says of a running process (Linux: `/proc`; elsewhere nothing).

use std::fs;
use std::io;

/// Bytes of memory that are resident. `smaps_rollup` is counted when it is read; the sums in `status`
/// lag behind.
///
/// # Errors
/// When the system does not tell.
pub fn resident_bytes(process_id: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process_id}/smaps_rollup"))?;
    let kilobytes =
        |line: &str| line.strip_prefix("Rss:")?.trim().strip_suffix(" kB")?.parse().ok();
    let resident: Option<u64> = status.lines().find_map(kilobytes);
    resident.map(|kilobytes| kilobytes * 1024).ok_or_else(|| io::Error::other("no Rss in /proc"))
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
