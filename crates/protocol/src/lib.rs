//! The wire contract of stages 3 to 10, with no I/O, no clock and no runtime: bytes go in, requests
//! come out; replies go in, bytes come out. `connection` is the shell that reads and writes them.
//!
//! For a first reading: [`Event`] (what a client may send) and `framing` (where a body ends). The
//! rest is the HTTP front:
//!
//! | file | idea |
//! |---|---|
//! | `decoder` | the state machine from bytes to [`Request`]s |
//! | `message` | what a head means: where the request goes, and what is refused first |
//! | `head` | request line and fields, found without trusting a byte of them |
//! | `class` | which characters the grammar allows where |
//! | `target` | which resource a request line names; what a host may look like |
//! | `framing` | where the body ends: decided here and nowhere else |
//! | `body` | chunked bodies and their trailers |
//! | `route` | which methods a server answers, and where |
//! | `fault` | everything that can be wrong with a request, and its answer |
//! | `metrics` | how metrics are asked for, and their text format |
//! | `reply`, `encoder` | what a server says, and how it looks on the wire |

mod body;
mod class;
mod decoder;
mod encoder;
mod event;
mod extension;
mod fault;
mod framing;
mod head;
mod message;
mod metrics;
mod reply;
mod route;
mod target;

pub use decoder::{Decoder, Progress};
pub use encoder::{CONTINUE, Exchange, encode};
pub use event::Event;
pub use fault::Fault;
pub use message::Request;
pub use metrics::{Exposition, asks_for_metrics};
pub use reply::{Rejection, Reply, Status};
pub use route::{Method, Routes};

/// The limits of the wire contract, in bytes unless it says otherwise.
pub mod limits {
    /// A request line without its CRLF; longer is 414.
    pub const REQUEST_LINE: usize = 8 * 1024;
    /// A head with all its line ends, and a trailer section likewise; larger is 431.
    pub const HEAD: usize = 16 * 1024;
    /// Field lines in a head or in a trailer section; more is 431.
    pub const FIELDS: usize = 64;
    /// A body after its transfer coding is undone; larger is 413.
    pub const BODY: usize = 64 * 1024;
    /// Empty lines before a request line (RFC 9112 §2.2 asks for one or more); more is 400.
    pub const EMPTY_LINES: usize = 8;
    /// Extensions of one body's chunks, all together; longer is 400.
    pub const CHUNK_EXTENSIONS: usize = 16 * 1024;
}
