//! The paths of a server and the methods of each.

use crate::stream::{ROUTES, means};

fn request(line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n")
}

#[test]
fn every_path_has_its_methods_and_options() {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    for (path, methods, allow) in [
        ("/", &["POST", "OPTIONS"][..], "OPTIONS, POST"),
        ("/balances", &["GET", "HEAD", "OPTIONS"][..], "GET, HEAD, OPTIONS"),
        (
            "/things",
            &["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"][..],
            "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
        ),
    ] {
        for method in known {
            let line = format!("{method} {path}");
            let expected = if method == "OPTIONS" {
                format!("allows {allow}")
            } else if methods.contains(&method) {
                line.clone()
            } else {
                format!("refused MethodNotAllowed {{ allow: {allow:?} }}")
            };
            means(request(&line), &[&expected]);
        }
        assert_eq!(ROUTES.allow(path), allow);
    }
}

#[test]
fn the_server_as_a_whole_allows_what_any_path_does() {
    assert_eq!(ROUTES.allow("*"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}

#[test]
fn an_unknown_method_is_said_before_an_unknown_path_and_that_before_a_refused_method() {
    means(request("BREW /nowhere"), &["refused UnknownMethod"]);
    means(request("BREW /"), &["refused UnknownMethod"]);
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        means(request(&format!("{method} /nowhere")), &["refused NotFound"]);
    }
}
