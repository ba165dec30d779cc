//! Raises the process's limit of open files, since each connection is one.

/// An upper bound of the other descriptors of a run: standard streams, epoll, the JSON file.
const OTHER_FILES: u64 = 64;

/// The error for a hard limit of open files that is too low.
#[derive(Debug, thiserror::Error)]
#[error(
    "{connections} connections need about {needed} open files, and the limit of this process is \
     {limit}: raise `ulimit -Hn` or use fewer connections"
)]
pub struct TooFewDescriptors {
    connections: u64,
    needed: u64,
    limit: u64,
}

/// Raises the soft limit to the hard limit and checks that `connections` fit.
pub(crate) fn reserve(connections: u64) -> Result<(), TooFewDescriptors> {
    let needed = connections.saturating_add(OTHER_FILES);
    match raise() {
        Some(limit) if limit < needed => Err(TooFewDescriptors { connections, needed, limit }),
        _ => Ok(()),
    }
}

/// Raises the limit and returns it; `None` if it is unknown.
#[cfg(unix)]
fn raise() -> Option<u64> {
    rlimit::increase_nofile_limit(u64::MAX).ok()
}

#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}
