//! A connection that is a `reqwest::Client` of its own.
//!
//! A client shared by many requests opens more connections than it has requests in flight, because
//! a connect that lost against an idle connection is still finished and kept.

use super::{Answer, Connects, Failure, Target, Transport};
use reqwest::{Client, Method, Request};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tower_layer::layer_fn;
use tower_service::Service;

/// What reqwest is told that the server is called. It reads the URL anew three times for each request,
/// and an address takes longer to read than a name.
const NAME: &str = "server";

pub(crate) struct Reqwest {
    client: Client,
    /// Sent as it is, but for the body.
    request: Request,
}

impl Transport for Reqwest {
    fn new(target: Target, connects: Connects) -> Result<Self, Failure> {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // What stays is hyper's own second try of a request that it had not begun to write
            // when its idle connection turned out to be closed: that one is still sent once.
            .retry(reqwest::retry::never())
            .resolve(NAME, target.address)
            .http1_only()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            .connector_layer(layer_fn(move |connector| Watched {
                connector: Arc::new(Mutex::new(connector)),
                connects: connects.clone(),
            }))
            .build()?;
        let mut url = target.url.clone();
        url.set_host(Some(NAME))?;
        // Any URL that has a host may have these or none.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        let mut request = Request::new(Method::POST, url);
        *request.headers_mut() = target.headers()?;
        Ok(Self { client, request })
    }

    async fn exchange(&mut self, body: Vec<u8>) -> Result<Answer, Failure> {
        // The connection's own task goes first: it puts the connection of the last request back into
        // the client's pool, or closes it. Asked before that, the client would open a second.
        tokio::task::yield_now().await;
        let mut request = Request::new(Method::POST, self.request.url().clone());
        request.headers_mut().clone_from(self.request.headers());
        *request.body_mut() = Some(body.into());
        let mut response = self.client.execute(request).await?;
        let mut answer = Answer::new(response.status(), response.version(), response.headers());
        while let Some(piece) = response.chunk().await? {
            if !answer.take(&piece) {
                break;
            }
        }
        Ok(answer)
    }
}

/// The client's connector, watched. The client clones it for every request and hardly ever calls it,
/// so a clone has to cost nothing.
#[derive(Debug)]
struct Watched<C> {
    connector: Arc<Mutex<C>>,
    connects: Connects,
}

impl<C> Clone for Watched<C> {
    fn clone(&self) -> Self {
        Self { connector: self.connector.clone(), connects: self.connects.clone() }
    }
}

impl<C, T> Service<T> for Watched<C>
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
            connects.stand();
            Ok(connection)
        })
    }
}
