//! The wire contract of stages 3 to 10, with no I/O, no clock and no runtime. It decodes bytes into
//! requests and encodes replies into bytes; the crate `connection` reads and writes them.
//!
//! Start with [`Event`] (the body that a client sends) and `framing` (where a body ends). The rest
//! is the HTTP front:
//!
//! | file | content |
//! |---|---|
//! | `decoder` | the state machine from bytes to [`Request`]s |
//! | `message` | evaluates a head: the request's destination, and the order of refusals |
//! | `head` | parses the request line and the field lines |
//! | `class` | character classes of the grammar |
//! | `target` | parses request targets and hosts |
//! | `framing` | decides where the body ends |
//! | `body` | reads bodies, chunked ones and their trailers included |
//! | `extension` | checks chunk extensions |
//! | `route` | the paths of a server and their methods |
//! | `fault` | the faults of a request, and the answer to each |
//! | `metrics` | the query for metrics, and their text format |
//! | `reply`, `encoder` | the answers of a server, and their encoding |

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

/// The limits of the wire contract, in bytes unless stated otherwise.
pub mod limits {
    /// The request line without its CRLF; a longer one is answered 414.
    pub const REQUEST_LINE: usize = 8 * 1024;
    /// The head or the trailer section with all line ends; a larger one is answered 431.
    pub const HEAD: usize = 16 * 1024;
    /// The number of field lines in a head or a trailer section; more are answered 431.
    pub const FIELDS: usize = 64;
    /// The body after decoding its chunks; a larger one is answered 413.
    pub const BODY: usize = 64 * 1024;
    /// The number of empty lines before a request line (RFC 9112 §2.2 asks for at least one to be
    /// accepted); more are answered 400.
    pub const EMPTY_LINES: usize = 8;
    /// The extensions of all chunks of a body together; longer ones are answered 400.
    pub const CHUNK_EXTENSIONS: usize = 16 * 1024;
}
