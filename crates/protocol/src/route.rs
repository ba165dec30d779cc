//! Which methods a server answers, and where.

use crate::Fault;

/// The methods that the servers know; CONNECT and TRACE are left out on purpose.
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
    /// The method of that name, which is case-sensitive (RFC 9110 §9.1).
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

    /// Its name on the wire.
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

/// The paths that a server has, each with its methods. HEAD goes with GET, and OPTIONS is
/// everywhere: neither is listed.
#[derive(Debug, Clone, Copy)]
pub struct Routes(pub &'static [(&'static str, &'static [Method])]);

impl Routes {
    /// Finds the path that a request is for.
    ///
    /// # Errors
    /// In this order: [`Fault::UnknownMethod`], [`Fault::NotFound`], [`Fault::MethodNotAllowed`].
    pub(crate) fn find(self, method: Option<Method>, path: &str) -> Result<&'static str, Fault> {
        let method = method.ok_or(Fault::UnknownMethod)?;
        if path == "*" {
            return Ok("*"); // the target's form has already tied it to OPTIONS
        }
        let routes = self.0.iter();
        let (path, methods) =
            routes.copied().find(|route| route.0 == path).ok_or(Fault::NotFound)?;
        let allowed = match method {
            Method::Options => true,
            Method::Head => methods.contains(&Method::Get),
            method => methods.contains(&method),
        };
        let allow = || self.allow(path);
        allowed.then_some(path).ok_or_else(|| Fault::MethodNotAllowed { allow: allow() })
    }

    /// What `Allow` says for a path; for `*`, what any path of this server allows.
    pub fn allow(self, path: &str) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (_, methods) in self.0.iter().filter(|route| path == "*" || route.0 == path) {
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
