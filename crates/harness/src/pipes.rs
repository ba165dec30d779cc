//! The output of a process, in bounded memory.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::mem::take;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The maximum number of bytes that are read as one line.
const LINE_MAX: u64 = 64 * 1024;
/// The number of bytes that are kept of the end of a long output.
const TAIL: usize = 64 * 1024;

/// Reads a pipe to its end, so that the writer never waits, and keeps its beginning and its end.
#[derive(Debug)]
pub(crate) struct Pipe {
    kept: Arc<Mutex<Kept>>,
    /// Has the first line if the pipe was asked for it, and ends with the pipe.
    first: Mutex<Receiver<String>>,
}

#[derive(Debug, Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    skipped: u64,
}

impl Pipe {
    /// Reads a pipe, and keeps the first `most` bytes. The first line is kept apart if
    /// `has_first_line`.
    pub fn read(pipe: impl Read + Send + 'static, most: usize, has_first_line: bool) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (line_read, first) = channel();
        let reader_kept = kept.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(pipe);
            let mut line = Vec::new();
            let mut is_first = has_first_line;
            while matches!((&mut lines).take(LINE_MAX).read_until(b'\n', &mut line), Ok(1..)) {
                if take(&mut is_first) {
                    let text = String::from_utf8_lossy(&line);
                    // Ignore errors: the receiver may be dropped.
                    let _ = line_read.send(text.trim_end_matches(['\r', '\n']).to_owned());
                    line.clear();
                } else {
                    lock(&reader_kept).append(&mut line, most);
                }
            }
        });
        Self { kept, first: Mutex::new(first) }
    }

    /// Waits for the first line.
    pub fn first_line(&self, limit: Duration) -> Result<String, RecvTimeoutError> {
        lock(&self.first).recv_timeout(limit)
    }

    /// Returns the output so far, without the first line if that is kept apart.
    pub fn text(&self) -> String {
        lock(&self.kept).text()
    }

    /// Waits for the end of the pipe, and returns the output with a first line that was not read
    /// before.
    pub fn rest(&self, limit: Duration) -> String {
        let first = lock(&self.first).recv_timeout(limit);
        if first.is_ok() {
            let _ = lock(&self.first).recv_timeout(limit);
        }
        let first = first.map_or_else(|_| String::new(), |line| line + "\n");
        first + &self.text()
    }
}

impl Kept {
    fn append(&mut self, bytes: &mut Vec<u8>, most: usize) {
        if self.skipped == 0 && self.tail.is_empty() && self.head.len() + bytes.len() <= most {
            self.head.append(bytes);
            return;
        }
        self.tail.extend(bytes.drain(..));
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
        self.skipped += excess as u64;
    }

    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.skipped > 0 {
            text += &format!("\n… {} bytes left out …\n", self.skipped);
        }
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        text + &String::from_utf8_lossy(&tail)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, repeat};

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn the_first_line_is_apart_unless_nobody_reads_it() {
        let output = "one\ntwo\nthree";
        let pipe = Pipe::read(Cursor::new(output), 100, true);
        assert_eq!(pipe.first_line(LIMIT).as_deref(), Ok("one"));
        assert_eq!(pipe.rest(LIMIT), "two\nthree");
        assert_eq!(Pipe::read(Cursor::new(output), 100, true).rest(LIMIT), output);
        assert_eq!(Pipe::read(Cursor::new(output), 100, false).rest(LIMIT), output);
    }

    #[test]
    fn a_long_output_keeps_its_beginning_and_its_end() {
        let output = Cursor::new("begin\n").chain(repeat(b'x').take(10_000_000));
        let pipe = Pipe::read(output.chain(Cursor::new("\nend")), 1000, false);
        let text = pipe.rest(LIMIT);
        assert!(text.starts_with("begin\n") && text.ends_with("x\nend"), "{}", text.len());
        assert!(text.contains(" bytes left out ") && text.len() < 1000 + TAIL + 100);
    }
}
