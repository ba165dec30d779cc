//! A server with axum, as in its documentation.

use std::io;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use clap::Parser;
use peers::{Args, Intake};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let args = Args::parse();
    let intake = Intake::start(&args)?;
    let listener = peers::listen(args.listen)?.tap_io(|stream| {
        let _ = stream.set_nodelay(true); // on failure the server is only slower
    });
    let app = Router::new().route("/", post(offer)).with_state(intake);
    axum::serve(listener, app).await
}

async fn offer(State(intake): State<Intake>, body: Bytes) -> impl IntoResponse {
    let (status, body) = intake.offer(&body);
    (status, [(CONTENT_TYPE, "application/json")], body)
}
