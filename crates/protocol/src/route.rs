//! The paths of a server and the methods of each.

use crate::Fault;

/// The methods that the servers know; CONNECT and TRACE are deliberately unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names are RFC 9110 §9.3 and RFC 5789
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// Parses a method name, which is case-sensitive (RFC 9110 §9.1).
    pub(crate) fn parse(name: &[u8]) -> Option<Method> {
        Some(match name {
            b"GET" => Method::Get,
            b"HEAD" => Method::Head,
            b"POST" => Method::Post,
            b"PUT" => Method::Put,
            b"PATCH" => Method::Patch,
            b"DELETE" => Method::Delete,
            b"OPTIONS" => Method::Options,
            _ => return None,
        })
    }

    /// Returns the name as sent on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}

/// The paths of a server, each with its methods and its resource. HEAD and OPTIONS are not listed:
/// HEAD is allowed where GET is, OPTIONS everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Routes<R: 'static>(pub &'static [(&'static str, &'static [Method], R)]);

/// The destination of a request.
#[derive(Debug, Clone)]
pub(crate) enum Destination<R> {
    Resource(Method, R),
    /// OPTIONS, with the value of `Allow`.
    Options(String),
}

impl<R: Copy> Routes<R> {
    /// Finds the destination of a request.
    ///
    /// # Errors
    /// In this order: [`Fault::UnknownMethod`], [`Fault::NotFound`], [`Fault::MethodNotAllowed`].
    pub(crate) fn find(self, method: Option<Method>, path: &str) -> Result<Destination<R>, Fault> {
        let method = method.ok_or(Fault::UnknownMethod)?;
        if path == "*" {
            return Ok(Destination::Options(self.allow(path))); // `target::path` allows only OPTIONS
        }
        let mut routes = self.0.iter().copied();
        let (path, methods, resource) =
            routes.find(|route| route.0 == path).ok_or(Fault::NotFound)?;
        let is_allowed = match method {
            Method::Options => return Ok(Destination::Options(self.allow(path))),
            Method::Head => methods.contains(&Method::Get),
            method => methods.contains(&method),
        };
        let refusal = || Fault::MethodNotAllowed { allow: self.allow(path) };
        is_allowed.then_some(Destination::Resource(method, resource)).ok_or_else(refusal)
    }

    /// Returns the value of `Allow` for a path; for `*`, the methods of all paths.
    pub fn allow(self, path: &str) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (_, methods, _) in self.0.iter().filter(|route| path == "*" || route.0 == path) {
            for method in *methods {
                names.push(method.name());
                if *method == Method::Get {
                    names.push(Method::Head.name());
                }
            }
        }
        names.push(Method::Options.name());
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }
}
