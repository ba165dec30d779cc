//! Targets and hosts.

use crate::corpus;
use crate::stream::{check, means};

#[test]
fn a_request_is_for_a_path_of_a_host() {
    check(corpus::TARGETS);
}

#[test]
fn a_target_names_a_path() {
    for (target, expected) in [
        ("/balances", "GET /balances"),
        ("/balances?", "GET /balances"),
        ("/balances?user=alice&x=/y?z", "GET /balances"),
        ("/balances?a[0]=%20", "GET /balances"),
        ("/balances?{}|^`\\\u{e9}=[\u{fc}]", "GET /balances"),
        ("http://h/balances?{\u{e9}}", "GET /balances"),
        ("http://h/balances", "GET /balances"),
        ("HTTP://h/balances", "GET /balances"),
        ("https://h/balances", "GET /balances"),
        ("http://h:8080/balances?q", "GET /balances"),
        ("http://[::1]:8080/balances", "GET /balances"),
        ("http://h", "refused MethodNotAllowed { allow: \"OPTIONS, POST\" }"),
        ("http://h?q", "refused MethodNotAllowed { allow: \"OPTIONS, POST\" }"),
        ("/", "refused MethodNotAllowed { allow: \"OPTIONS, POST\" }"),
        ("/balances/", "refused NotFound"),
        ("//balances", "refused NotFound"),
        ("/Balances", "refused NotFound"),
        ("/%62alances", "refused NotFound"),
        ("/x/../balances", "refused NotFound"),
        ("/balances;v=1", "refused NotFound"),
        ("/http://h/balances", "refused NotFound"),
    ] {
        means(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"), &[expected]);
    }
}

#[test]
fn invalid_targets_are_refused() {
    for target in [
        "balances",
        "*",
        "h:80",
        "?q",
        "http:/balances",
        "http:///balances",
        "http://",
        "http://?q",
        "http://user@h/balances",
        "http://user:secret@h/",
        "http://h:port/",
        "http://:80/",
        "http://h:80:80/",
        "http://[::1/",
        "http://ex%61mple/",
        "ftp://h/",
        "ws://h/",
        "javascript:x",
        "/#fragment",
        "/balances#",
        "/a\"b",
        "/a<b>",
        "/a\\b",
        "/balances?a\"b",
        "/balances?<b>",
        "/balances?a#b",
        "http://h|x/?q",
        "/a^b",
        "/a`b",
        "/a{b}",
        "/a|b",
        "/caf\u{e9}",
        "\u{e9}",
    ] {
        means(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"), &["closed Target"]);
    }
}

#[test]
fn an_asterisk_is_for_options_alone() {
    means(
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        &["allows DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"],
    );
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        means(format!("{method} * HTTP/1.1\r\nHost: h\r\n\r\n"), &["closed Target"]);
    }
    means("OPTIONS *?q HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]);
    means("OPTIONS ** HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]);
}

#[test]
fn an_unknown_method_has_a_target_all_the_same() {
    for line in [
        "CONNECT h:443",
        "CONNECT [::1]:443",
        "CONNECT /",
        "TRACE /",
        "BREW /?{}",
        "BREW http://h/x",
    ] {
        means(format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n"), &["refused UnknownMethod"]);
    }
    for line in [
        "BREW pot",
        "BREW p\\t",
        "BREW http:///",
        "BREW http://u@h/",
        "BREW http://h:x/",
        "BREW h:443",
        "PURGE *",
        "CONNECT h",
        "CONNECT h:",
        "CONNECT :443",
        "CONNECT [::1]",
        "CONNECT h:x",
        "CONNECT h:65536",
        "CONNECT h?q",
        "CONNECT u@h:443",
    ] {
        means(format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n"), &["closed Target"]);
    }
}

#[test]
fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
    for host in [
        "",
        "h",
        "H.example",
        "example.org.",
        "127.0.0.1",
        "127.0.0.1:8080",
        "localhost:",
        "h:0",
        "h:65535",
        "[::1]",
        "[::1]:8080",
        "[::ffff:127.0.0.1]",
        "under_score",
        "a-b~c",
        "a,b;c=d",
    ] {
        means(format!("GET /balances HTTP/1.1\r\nHost: {host}\r\n\r\n"), &["GET /balances"]);
    }
    for host in [
        "a b",
        "a, b",
        "a\tb",
        "h/",
        "h/path",
        "http://h",
        "user@h",
        "h?q",
        "h#f",
        "a\\b",
        "<h>",
        "a\"b",
        "ex%61mple",
        "caf\u{e9}",
        ":80",
        "h:80:80",
        "h:-1",
        "h:+80",
        "h:8 0",
        "h:0x50",
        "h:http",
        "h:65536",
        "h:99999",
        "h:123456",
        "::1",
        "[::1",
        "::1]",
        "[]",
        "[:80",
        "[::1]8080",
        "[::1]x:80",
        "[g::1]",
        "[127.0.0.1]",
        "[1:2:3:4:5:6:7:8:9]",
        "[::1%25eth0]",
    ] {
        means(format!("GET /balances HTTP/1.1\r\nHost: {host}\r\n\r\n"), &["closed HostInvalid"]);
    }
}

#[test]
fn a_host_is_given_once() {
    for version in ["1.0", "1.1"] {
        for (first, second) in [("h", "h"), ("h", "other"), ("", ""), ("h", "")] {
            let request =
                format!("GET / HTTP/{version}\r\nHost: {first}\r\nA: b\r\nhost: {second}\r\n\r\n");
            means(request, &["closed HostRepeated"]);
        }
    }
    means("GET /balances HTTP/1.1\r\nA: b\r\n\r\n", &["closed HostMissing"]);
    means("GET http://h/balances HTTP/1.1\r\n\r\n", &["closed HostMissing"]);
    means("GET /balances HTTP/1.0\r\nHost: a b\r\n\r\n", &["closed HostInvalid"]);
    means("GET /balances HTTP/1.0\r\n\r\n", &["GET /balances", "ended"]);
}
