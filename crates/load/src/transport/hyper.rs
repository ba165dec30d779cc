//! A bare hyper connection, without a client and a connection pool around it.

use super::{Answer, Connects, Failure, Target, Transport};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Context;
use tokio::net::TcpStream;

pub(crate) struct Hyper {
    target: Target,
    connects: Connects,
    /// The head of every request.
    request: Request<()>,
    /// Taken out during an exchange, so that dropping the exchange closes the connection.
    link: Option<Link>,
}

/// An open connection. Its methods drive it, so that it needs no task of its own.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// Dropped when it has ended, which fails `sender` and a pending answer.
    connection: Option<Connection<TokioIo<TcpStream>, Full<Bytes>>>,
}

impl Transport for Hyper {
    fn new(target: Target, connects: Connects) -> Result<Self, Failure> {
        let url = &target.url;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let mut request = Request::builder().method(Method::POST).uri(path).body(())?;
        *request.headers_mut() = target.headers()?;
        Ok(Self { target, connects, request, link: None })
    }

    async fn exchange(&mut self, body: Vec<u8>) -> Result<Answer, Failure> {
        let kept = match self.link.take() {
            Some(mut link) => link.is_ready().await.then_some(link),
            None => None,
        };
        let mut link = match kept {
            Some(link) => link,
            None => self.connect().await?,
        };
        let request = self.request.clone().map(|()| Full::new(body.into()));
        let answer = link.exchange(request).await?;
        self.link = (!answer.closes).then_some(link);
        Ok(answer)
    }
}

impl Hyper {
    async fn connect(&self) -> Result<Link, Failure> {
        self.connects.begin();
        let stream = TcpStream::connect(self.target.address).await?;
        stream.set_nodelay(true)?;
        self.connects.establish();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Link { sender, connection: Some(connection) })
    }
}

impl Link {
    /// Waits until a request can be sent; returns false if the server has closed the connection.
    async fn is_ready(&mut self) -> bool {
        poll_fn(|context| {
            self.drive(context);
            self.sender.poll_ready(context)
        })
        .await
        .is_ok()
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let mut sending = pin!(self.sender.send_request(request));
        let response = poll_fn(|context| {
            self.drive(context);
            sending.as_mut().poll(context)
        })
        .await?;
        let mut answer = Answer::new(response.status(), response.version(), response.headers());
        let mut body = response.into_body();
        while let Some(frame) = {
            let mut next = pin!(body.frame());
            poll_fn(|context| {
                self.drive(context);
                next.as_mut().poll(context)
            })
            .await
        } {
            if frame?.data_ref().is_some_and(|piece| !answer.append(piece)) {
                break;
            }
        }
        Ok(answer)
    }

    /// Reads and writes as far as possible without waiting.
    fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && Pin::new(connection).poll(context).is_ready()
        {
            self.connection = None;
        }
    }
}
