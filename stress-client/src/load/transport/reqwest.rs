//! A connection that is a `reqwest::Client` of its own.
//!
//! A client shared by many requests opens more connections than it has requests in flight, because
//! a connect that lost against an idle connection is still finished and kept.

use super::{Answer, Connects, Failure, Target, Transport};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::layer_fn;
use tower_service::Service;

pub(in crate::load) struct Reqwest {
    client: Client,
    url: Url,
}

impl Transport for Reqwest {
    fn new(target: Target, connects: Connects) -> Result<Self, Failure> {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // What stays is hyper's own second try of a request that it had not begun to write
            // when its idle connection turned out to be closed: that one is still sent once.
            .retry(reqwest::retry::never())
            .resolve(target.url.host_str().unwrap_or_default(), target.address)
            .http1_only()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            .connector_layer(layer_fn(move |connector| Watched {
                connector,
                connects: connects.clone(),
            }))
            .build()?;
        Ok(Self { client, url: target.url })
    }

    async fn exchange(&mut self, body: Vec<u8>) -> Result<Answer, Failure> {
        // The connection's own task goes first: it puts the connection of the last request back into
        // the client's pool, or closes it. Asked before that, the client would open a second.
        tokio::task::yield_now().await;
        let request = self.client.post(self.url.clone()).body(body);
        let content_type = HeaderValue::from_static("application/json");
        let mut response = request.header(CONTENT_TYPE, content_type).send().await?;
        let mut answer = Answer::new(response.status(), response.version(), response.headers());
        while let Some(piece) = response.chunk().await? {
            if !answer.take(&piece) {
                break;
            }
        }
        Ok(answer)
    }
}

/// The client's connector, watched.
#[derive(Debug, Clone)]
struct Watched<C> {
    connector: C,
    connects: Connects,
}

impl<C, T> Service<T> for Watched<C>
where
    C: Service<T, Future: Send + 'static>,
{
    type Response = C::Response;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, C::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connects = self.connects.clone();
        connects.begin();
        let connecting = self.connector.call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            connects.stand();
            Ok(connection)
        })
    }
}
