//! Stage 3: validation. Every request gets an answer that says what was wrong with it, and no
//! client takes more than its share of bytes, connections and time.

use clap::Parser;
use connection::{Connection, Failure, Limits, Listener};
use protocol::{Event, Method, Reply, Routes, Status};

/// Stage 3: typed events, limits and timeouts
#[derive(Debug, Parser)]
struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    limits: Limits,
}

/// The resources that a client can name.
#[derive(Clone, Copy)]
enum Resource {
    Events,
}

const ROUTES: Routes<Resource> = Routes(&[("/", &[Method::Post], Resource::Events)]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let _log = connection::log_to_stderr()?;

    let listener = Listener::bind(&args.listen, ROUTES, args.limits).await?;
    listener.announce();
    loop {
        let connection = listener.accept().await;
        tokio::spawn(serve(connection));
    }
}

async fn serve(mut connection: Connection<Resource>) {
    while let Some(request) = connection.next().await {
        let reply = match request.resource {
            Resource::Events => match Event::parse(request.body) {
                Ok(event) => submit(event),
                Err(fault) => fault.reply(),
            },
        };
        connection.reply(&reply);
    }
}

fn submit(event: Event) -> Reply {
    tracing::debug!(?event, "valid");
    Reply::accepted(Status::Ok)
}
