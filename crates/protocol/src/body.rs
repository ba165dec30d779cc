//! Bodies: a known number of bytes, or chunks and their trailers (RFC 9112 §7.1).

use crate::extension::Extension;
use crate::head::{Fields, Lines};
use crate::{Fault, limits};

/// A body that is being read.
#[derive(Debug)]
pub(crate) enum Body {
    /// A body of this many bytes, which stays in the buffer after the head.
    Length(usize),
    /// A chunked body: decoded content moves out of the buffer.
    Chunked(Chunked),
}

impl Body {
    /// Continues reading the body, which starts at `at` in `buf`. Returns true once it is complete.
    pub fn read(&mut self, buf: &mut Vec<u8>, at: usize) -> Result<bool, Fault> {
        match self {
            Body::Length(length) => Ok(buf.len() - at >= *length),
            Body::Chunked(chunked) => {
                let result = chunked.read(&buf[at..]);
                buf.drain(at..at + std::mem::take(&mut chunked.taken));
                result
            }
        }
    }

    /// Returns the number of bytes held outside the buffer.
    pub fn decoded_len(&self) -> usize {
        match self {
            Body::Length(_) => 0,
            Body::Chunked(chunked) => chunked.content.len(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    SizeFirst,
    Size,
    SpaceBeforeExtension,
    Extension(Extension),
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
    Complete,
}

/// The state machine of a chunked body.
#[derive(Debug)]
pub(crate) struct Chunked {
    state: State,
    /// The bytes of the chunk still to come; while its size line is read, the size so far.
    left: u64,
    size_digits: usize,
    extension_bytes: usize,
    trailers: Lines,
    trailer_fields: usize,
    /// The bytes of the input that are consumed.
    taken: usize,
    /// The decoded content.
    pub content: Vec<u8>,
}

/// The hexadecimal digits of a `u64`; longer sizes are refused, leading zeros included.
const SIZE_DIGITS: usize = 16;

impl Chunked {
    pub fn new() -> Chunked {
        Chunked {
            state: State::SizeFirst,
            left: 0,
            size_digits: 0,
            extension_bytes: 0,
            trailers: Lines::default(),
            trailer_fields: 0,
            taken: 0,
            content: Vec::new(),
        }
    }

    fn read(&mut self, input: &[u8]) -> Result<bool, Fault> {
        while self.state != State::Complete {
            let rest = &input[self.taken..];
            if self.state == State::Trailers {
                return self.read_trailers(rest);
            }
            let Some(&byte) = rest.first() else { break };
            if self.state == State::Data {
                // `left` is bounded by the limit of the body, so it fits.
                let part = &rest[..rest.len().min(self.left as usize)];
                self.content.extend_from_slice(part);
                self.taken += part.len();
                self.left -= part.len() as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
            } else {
                self.taken += 1;
                self.state = self.step(byte)?;
            }
        }
        Ok(self.state == State::Complete)
    }

    /// Reads one byte of a size line, an extension or a line end.
    fn step(&mut self, byte: u8) -> Result<State, Fault> {
        match (self.state, byte) {
            (State::SizeFirst | State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                self.size_digits += 1;
                if self.size_digits > SIZE_DIGITS {
                    return Err(Fault::ChunkSize);
                }
                let digit = (byte as char).to_digit(16).map_or(0, u64::from);
                self.left = self.left << 4 | digit;
                Ok(State::Size)
            }
            (State::Size, b'\r') => Ok(State::SizeLf),
            (State::Size | State::SpaceBeforeExtension, b' ' | b'\t' | b';') => {
                self.count_extension()?;
                Ok(match byte {
                    b';' => State::Extension(Extension::Name),
                    _ => State::SpaceBeforeExtension,
                })
            }
            (State::SizeFirst | State::Size | State::SpaceBeforeExtension, _) => {
                Err(Fault::ChunkSize)
            }
            (State::Extension(extension), b'\r') if extension.is_complete() => Ok(State::SizeLf),
            (State::Extension(extension), _) => {
                self.count_extension()?;
                extension.step(byte).map(State::Extension).ok_or(Fault::ChunkExtension)
            }
            (State::SizeLf, b'\n') => self.finish_size(),
            (State::SizeLf, _) => Err(Fault::BareCr),
            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => {
                self.size_digits = 0;
                Ok(State::SizeFirst)
            }
            (State::DataCr | State::DataLf, _) => Err(Fault::ChunkEnd),
            (State::Data | State::Trailers | State::Complete, _) => Ok(self.state), // not stepped
        }
    }

    fn finish_size(&mut self) -> Result<State, Fault> {
        if self.left > (limits::BODY - self.content.len()) as u64 {
            return Err(Fault::BodyTooLarge);
        }
        Ok(if self.left == 0 { State::Trailers } else { State::Data })
    }

    fn count_extension(&mut self) -> Result<(), Fault> {
        self.extension_bytes += 1;
        let within = self.extension_bytes <= limits::CHUNK_EXTENSIONS;
        within.then_some(()).ok_or(Fault::ChunkExtension)
    }

    /// Checks that trailers are well-formed, then drops them (RFC 9110 §6.5.1).
    fn read_trailers(&mut self, rest: &[u8]) -> Result<bool, Fault> {
        while let Some(line) = self.trailers.next(rest, limits::HEAD, Fault::HeadersTooLarge)? {
            if line.is_empty() {
                Fields::parse(&rest[..self.trailers.start()])?;
                self.taken += self.trailers.start();
                self.state = State::Complete;
                return Ok(true);
            }
            self.trailer_fields += 1;
            if self.trailer_fields > limits::FIELDS {
                return Err(Fault::HeadersTooLarge);
            }
        }
        Ok(false)
    }
}
