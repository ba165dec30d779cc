//! The head of the requests of a run.

use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    TRANSFER_ENCODING,
};
use reqwest::{Method, Url};

/// Method, path and headers of the requests. The defaults are those of an event: `POST` to the URL's
/// own path.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path and the query in place of the URL's; `None` keeps those.
    pub path: Option<String>,
    /// Headers in addition to the client's own, or in place of them.
    pub headers: HeaderMap,
}

/// Errors in a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The text is not a header.
    #[error("`{0}` is not a header: write it like 'Name: value'")]
    Header(String),
    /// The header depends on the body.
    #[error("the header {0} follows from the body and cannot be set")]
    Framing(HeaderName),
    /// The text is not a method.
    #[error("`{0}` is not a method")]
    Method(String),
    /// The method opens a tunnel.
    #[error("CONNECT opens a tunnel and cannot be measured")]
    Connect,
    /// The path is not absolute.
    #[error("the path must begin with /, not `{0}`")]
    Path(String),
}

impl Default for Request {
    fn default() -> Self {
        Self { method: Method::POST, path: None, headers: HeaderMap::new() }
    }
}

impl Request {
    /// Parses a method name.
    ///
    /// # Errors
    /// If it has other characters than a method may have, or is `CONNECT`.
    pub fn parse_method(name: &str) -> Result<Method, RequestError> {
        match Method::from_bytes(name.as_bytes()) {
            Ok(Method::CONNECT) => Err(RequestError::Connect),
            Ok(method) => Ok(method),
            Err(_) => Err(RequestError::Method(name.to_owned())),
        }
    }

    /// Parses a header, `Name: value`.
    ///
    /// # Errors
    /// If it is not a header, or one that follows from the body.
    pub fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), RequestError> {
        let no_header = || RequestError::Header(text.to_owned());
        let (name, value) = text.split_once(':').ok_or_else(no_header)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| no_header())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| no_header())?;
        value.set_sensitive(name == AUTHORIZATION);
        if [CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
            return Err(RequestError::Framing(name));
        }
        Ok((name, value))
    }

    /// Parses a path with a query.
    ///
    /// # Errors
    /// If it does not begin with a slash.
    pub fn parse_path(text: &str) -> Result<String, RequestError> {
        let is_path = text.starts_with('/') && !text.contains(['#', ' ']);
        if is_path { Ok(text.to_owned()) } else { Err(RequestError::Path(text.to_owned())) }
    }

    /// Returns true if the method usually has a body (RFC 9110 §9.3).
    #[must_use]
    pub fn has_body(&self) -> bool {
        ![Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS, Method::TRACE]
            .contains(&self.method)
    }

    /// Returns the URL with the path of the request.
    pub(crate) fn url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if let Some(path) = &self.path {
            let (path, query) = match path.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (&**path, None),
            };
            url.set_path(path);
            url.set_query(query);
        }
        url
    }

    /// Returns all headers of a request to a URL except those that depend on its body.
    pub(crate) fn all_headers(&self, url: &Url) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let host = url.host_str().expect("an http URL has a host");
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let value =
            |text: &str| HeaderValue::from_str(text).expect("a URL has no control characters");
        headers.insert(HOST, value(&authority));
        if let Some(credentials) = crate::server::authorization(url) {
            let mut value = value(&credentials);
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if self.has_body() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for name in self.headers.keys() {
            headers.remove(name);
            for value in self.headers.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_takes_the_place_of_the_clients_own() {
        let mut request = Request::default();
        for header in ["Host: h.example", "X-A: 1", "x-a: 2", "Content-Type: text/plain"] {
            let (name, value) = Request::parse_header(header).unwrap();
            request.headers.append(name, value);
        }
        let headers = request.all_headers(&"http://user@127.0.0.1:80".parse().unwrap());
        let values = |name: &str| -> Vec<_> { headers.get_all(name).iter().cloned().collect() };
        assert_eq!(values("host"), ["h.example"]);
        assert_eq!(values("x-a"), ["1", "2"]);
        assert_eq!(values("content-type"), ["text/plain"]);
        assert_eq!(values("authorization"), ["Basic dXNlcjo="]);
    }

    #[test]
    fn a_path_takes_the_place_of_the_urls_own() {
        let url = "http://127.0.0.1:8080/old?q=1".parse().unwrap();
        let at = |path: &str| Request { path: Some(path.to_owned()), ..Request::default() };
        assert_eq!(at("/new").url(&url).as_str(), "http://127.0.0.1:8080/new");
        assert_eq!(at("/new?a=b").url(&url).as_str(), "http://127.0.0.1:8080/new?a=b");
        assert_eq!(Request::default().url(&url), url);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for header in ["", "X-A", ": x", "X A: b", "X-A: a\u{1}b"] {
            assert_eq!(Request::parse_header(header), Err(RequestError::Header(header.to_owned())));
        }
        assert_eq!(
            Request::parse_header("content-length: 5"),
            Err(RequestError::Framing(CONTENT_LENGTH))
        );
        assert_eq!(Request::parse_method("CONNECT"), Err(RequestError::Connect));
        assert_eq!(Request::parse_method("A B"), Err(RequestError::Method("A B".to_owned())));
        assert_eq!(Request::parse_path("x"), Err(RequestError::Path("x".to_owned())));
    }
}
