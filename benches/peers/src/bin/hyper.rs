//! A server with hyper alone. Answers to pipelined requests are written together, as in stage 10.

use std::convert::Infallible;
use std::io;

use axum::body::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use peers::{Args, Intake};
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let args = Args::parse();
    let intake = Intake::start(&args)?;
    let listener = peers::listen(args.listen)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, intake.clone()));
    }
}

async fn serve(stream: TcpStream, intake: Intake) {
    let service = service_fn(|request| answer(request, &intake));
    let mut http = http1::Builder::new();
    let connection = http.pipeline_flush(true).serve_connection(TokioIo::new(stream), service);
    let _ = connection.await; // ignore errors: clients may disconnect
}

async fn answer(
    request: Request<Incoming>,
    intake: &Intake,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_known = request.method() == Method::POST && request.uri().path() == "/";
    let (status, body) = match request.into_body().collect().await {
        Ok(body) if is_known => intake.offer(&body.to_bytes()),
        Ok(_) => (StatusCode::NOT_FOUND, Bytes::new()),
        Err(_) => (StatusCode::BAD_REQUEST, Bytes::new()),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
