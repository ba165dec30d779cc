//! The memory of an idle connection: the growth in resident memory with many of them open, each
//! after one request.

use std::io;

use harness::process::resident_bytes;
use serde::Serialize;

use super::Server;

const EVENT: &str = r#"{"user":"alice","action":"buy","amount":100}"#;

#[derive(Debug, Serialize)]
pub struct Memory {
    pub server: Server,
    pub connections: u32,
    pub bytes_per_connection: f64,
}

impl Memory {
    pub fn measure(server: Server, binary: &str, connections: u32) -> io::Result<Memory> {
        // Every connection is an open file, here and in the server, which inherits the limit.
        rlimit::increase_nofile_limit(u64::MAX)?;
        let process = server.start(binary, 1, false)?;
        let open = || {
            let mut wire = process.connect().map_err(io::Error::other)?;
            wire.request("POST", "/", EVENT).map_err(io::Error::other)?;
            io::Result::Ok(wire)
        };
        let _first = open()?; // allocations of the first request are not per connection
        let before = resident_bytes(process.process_id())?;
        let _idle = (0..connections).map(|_| open()).collect::<io::Result<Vec<_>>>()?;
        let grown = resident_bytes(process.process_id())?.saturating_sub(before);
        let bytes_per_connection = grown as f64 / f64::from(connections);
        Ok(Memory { server, connections, bytes_per_connection })
    }
}
