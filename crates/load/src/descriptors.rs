//! The process's limit of open files: every connection is one.

/// Standard streams, epoll and event descriptors, the JSON file: what a run opens beside its
/// connections, generously.
const OTHER_FILES: u64 = 64;

/// The limit is too low, even raised as far as this process may.
#[derive(Debug, thiserror::Error)]
#[error(
    "{connections} connections need about {needed} open files and this process may have {limit}: \
     raise `ulimit -Hn` or ask for fewer connections"
)]
pub struct TooFewDescriptors {
    connections: u64,
    needed: u64,
    limit: u64,
}

/// Raises the soft limit to the hard one and says whether `connections` fit.
pub(crate) fn reserve(connections: u64) -> Result<(), TooFewDescriptors> {
    let needed = connections.saturating_add(OTHER_FILES);
    match raise() {
        Some(limit) if limit < needed => Err(TooFewDescriptors { connections, needed, limit }),
        _ => Ok(()),
    }
}

/// The limit that now holds; `None` where it cannot be told.
#[cfg(unix)]
fn raise() -> Option<u64> {
    rlimit::increase_nofile_limit(u64::MAX).ok()
}

#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}
