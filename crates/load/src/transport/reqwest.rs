//! A connection with its own `reqwest::Client`.
//!
//! A shared client opens more connections than it has requests in flight: it starts a connect, uses
//! a connection that becomes idle first, and keeps both.

use super::{Answer, Connects, Failure, LongBodies, Target, Transport};
use reqwest::header::HeaderName;
use reqwest::{Client, Request};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tower_layer::layer_fn;
use tower_service::Service;

/// The host name in an `http` URL given to reqwest. It parses the URL three times for each request,
/// and a name is faster to parse than an address. For `https` the certificate decides the name.
const NAME: &str = "server";

pub(crate) struct Reqwest {
    client: Client,
    /// The head of every request.
    request: Request,
    long_bodies: LongBodies,
}

impl Transport for Reqwest {
    fn new(target: Target, connects: Connects) -> Result<Self, Failure> {
        let mut url = target.url.clone();
        if url.scheme() == "http" {
            url.set_host(Some(NAME))?;
        }
        let host = url.host_str().unwrap_or(NAME).to_owned();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // hyper still retries a request that it has not begun to write when an idle connection
            // turns out to be closed; it is sent only once.
            .retry(reqwest::retry::never())
            .resolve(&host, target.address)
            .http1_only()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            .connector_layer(layer_fn(move |connector| Recorded {
                connector: Arc::new(Mutex::new(connector)),
                connects: connects.clone(),
            }))
            .build()?;
        // These fail only for a URL without a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        let mut request = Request::new(target.method, url);
        *request.headers_mut() = target.headers;
        Ok(Self { client, request, long_bodies: target.long_bodies })
    }

    async fn exchange(&mut self, body: Vec<u8>) -> Result<Answer, Failure> {
        // Let the connection's task run first: it returns the connection of the last request to the
        // client's pool, or closes it. Otherwise the client would open a second one.
        tokio::task::yield_now().await;
        let mut request = Request::new(self.request.method().clone(), self.request.url().clone());
        request.headers_mut().clone_from(self.request.headers());
        *request.body_mut() = (!body.is_empty()).then(|| body.into());
        let mut response = self.client.execute(request).await?;
        let headers = response.headers();
        let value = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let mut answer =
            Answer::read(response.status(), response.version(), self.long_bodies, value);
        while let Some(piece) = response.chunk().await? {
            if !answer.append(&piece) {
                break;
            }
        }
        Ok(answer)
    }
}

/// A connector that records its connects. The client clones it for every request and rarely calls
/// it, so that a clone has to be cheap.
#[derive(Debug)]
struct Recorded<C> {
    connector: Arc<Mutex<C>>,
    connects: Connects,
}

impl<C> Clone for Recorded<C> {
    fn clone(&self) -> Self {
        Self { connector: self.connector.clone(), connects: self.connects.clone() }
    }
}

impl<C, T> Service<T> for Recorded<C>
where
    C: Service<T, Future: Send + 'static>,
{
    type Response = C::Response;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, C::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.connector.lock().unwrap_or_else(PoisonError::into_inner).poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connects = self.connects.clone();
        connects.begin();
        let connecting = self.connector.lock().unwrap_or_else(PoisonError::into_inner).call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            connects.establish();
            Ok(connection)
        })
    }
}
