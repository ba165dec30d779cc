//! Generates streams of one to four requests that are valid or nearly so: some have a few unusual
//! parts on which parsers are known to disagree.

use fastrand::Rng;

/// A body that is itself a request, which a parser finds if it ends the body too early.
const INNER: &str = "GET /things HTTP/1.1\r\nHost: inner\r\n\r\n";

/// Returns the stream for a seed.
pub fn stream(seed: u64) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let mut bytes = Vec::new();
    for _ in 0..rng.u8(1..=4) {
        bytes.extend(Writer::new(&mut rng).request().bytes());
    }
    if rng.u8(..3) == 0 {
        for _ in 0..rng.u8(1..=3) {
            mutate(&mut rng, &mut bytes);
        }
    }
    bytes
}

struct Writer<'a> {
    rng: &'a mut Rng,
    /// The unusual parts, out of about [`PARTS`].
    odd: Vec<u32>,
    part: u32,
    text: String,
}

/// The approximate number of parts of a request, weighted.
const PARTS: u32 = 80;
/// The weight of the parts that frame a body, where a difference matters most.
const FRAMING: u32 = 8;

impl Writer<'_> {
    fn new(rng: &mut Rng) -> Writer<'_> {
        let count = *rng.choice(&[0, 0, 0, 1, 1, 1, 2, 4]).unwrap();
        let odd = (0..count).map(|_| rng.u32(..PARTS)).collect();
        Writer { rng, odd, part: 0, text: String::new() }
    }

    fn is_odd(&mut self, weight: u32) -> bool {
        let parts = self.part..self.part + weight;
        self.part = parts.end;
        self.odd.iter().any(|odd| parts.contains(odd))
    }

    fn choose<'a>(&mut self, of: &[&'a str]) -> &'a str {
        self.rng.choice(of).unwrap()
    }

    /// Chooses one of the usual words, and rarely one of the odd ones.
    fn pick<'a>(&mut self, usual: &[&'a str], odd: &[&'a str]) -> &'a str {
        let from = if self.is_odd(1) { odd } else { usual };
        self.choose(from)
    }

    fn put(&mut self, usual: &[&str], odd: &[&str]) {
        let word = self.pick(usual, odd);
        self.text += word;
    }

    fn line_end(&mut self) {
        self.put(
            &["\r\n"],
            &["\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\r\n\t", " \r\n", "\0\r\n", ""],
        );
    }

    #[rustfmt::skip]
    fn request(mut self) -> String {
        self.put(&[""], &["\r\n", "\r\n\r\n", "\n", " ", "\r", "\t", "\0", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"]);
        self.put(
            &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
            &["get", "BREW", "CONNECT", "TRACE", "PRI", "G(T", "", "GET\t", "G\u{e9}T", "M-SEARCH", "\"GET\"", "GET:"],
        );
        self.put(&[" "], &["  ", "\t", "", " \t", "\u{b}", "\u{c}", "\u{a0}"]);
        self.put(
            &["/", "/balances", "/things", "/things?a=b&c=/d?e"],
            &[
                "*", "http://h/balances", "HTTP://H:80/things", "https://h", "http://h?q", "http://[::1]:80/things",
                "http://a,b;c=d/things", "http://a_b/things", "http://h:80:80/", "http://u@h/things", "http:///things",
                "http://:80/", "http://h:/things", "http://h:99999/things", "http://ex%61mple/things", "http://h/",
                "ftp://h/things", "h:443", "things", "?q", "", "//things", "/things/", "/things/../balances", "/%74hings",
                "/nowhere", "/things#f", "/thi\"ngs", "/things?\"a\"", "/thi<n>gs", "/thi{n}gs", "/thi|ngs", "/thi\\ngs",
                "/thi^ngs", "/thi`ngs", "/things?{a}", "/things?a[0]=b", "/thi[n]gs", "/thi ngs", "/th\u{e9}ngs",
                "/things?\u{e9}", "/things;v=1", "/things,", "/things?%zz", "/%", "/things?a=b#c", "/thi\0ngs", "/thi\u{7f}ngs",
            ],
        );
        self.put(&[" "], &["  ", "\t", "", " \t", "\u{b}", "\u{a0}"]);
        let version = self.pick(
            &["HTTP/1.1"],
            &[
                "HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/3.1", "HTTP/1.", "HTTP/1", "HTTP/1.10", "HTTP/11",
                "HTTP/01.1", "http/1.1", "Http/1.1", "HTTP/1,1", "HTTP/+1.1", "HTTPS/1.1", "HTTP /1.1", "HTTP/ 1.1", "",
                "HTTP/1.1 ", "HTTP/1.1 x", "HTTP/1.1\t",
            ],
        );
        self.text += version;
        self.line_end();
        self.fields_and_body();
        self.text
    }

    fn fields_and_body(&mut self) {
        let body = self.choose(&[
            "",
            "hello",
            "hello",
            "a=1&b=2",
            INNER,
            "0\r\n\r\n",
            "\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
        ]);
        let mut fields = vec![self.host()];
        let chunked = match self.rng.u8(..3) {
            0 => None,
            1 => {
                fields.push(self.length(body.len()));
                Some(false)
            }
            _ => {
                fields.push(self.coding());
                Some(true)
            }
        };
        for _ in 0..self.rng.u8(..3) {
            fields.push(self.other());
        }
        if self.is_odd(1) {
            let more = if self.rng.bool() { self.length(body.len()) } else { self.coding() };
            fields.push(more);
        }
        if self.is_odd(1) {
            let again = self.rng.choice(&fields).unwrap().clone();
            fields.push(again);
        }
        if self.is_odd(1) {
            fields.remove(self.rng.usize(..fields.len()));
        }
        self.rng.shuffle(&mut fields);
        for (name, value) in fields {
            self.field(&name, &value);
        }
        self.line_end();
        match chunked {
            None if self.is_odd(1) => self.text += body,
            None => {}
            Some(false) => self.text += body,
            Some(true) => self.chunks(body),
        }
    }

    fn host(&mut self) -> (String, String) {
        #[rustfmt::skip]
        let value = self.pick(
            &["h"],
            &[
                "", "h:80", "h:", "127.0.0.1:8080", "[::1]:80", "h, h", "h h", "h/", "u@h", "h:x", ":80", "h:99999", "h\\",
                "ex%61mple", "[::1", "\u{e9}",
            ],
        );
        ("Host".to_owned(), value.to_owned())
    }

    fn length(&mut self, length: usize) -> (String, String) {
        let name = self.pick(
            &["Content-Length"],
            &[
                "Content-length",
                "CONTENT-LENGTH",
                "Content_Length",
                "Content-Length\u{b}",
                "X-Content-Length",
                "Content-Lengt\u{212a}",
            ],
        );
        let value = if self.is_odd(FRAMING) {
            match self.rng.u8(..20) {
                0 => format!("+{length}"),
                1 => format!("-{length}"),
                2 => format!("0x{length:x}"),
                3 => format!("{length}, {length}"),
                4 => format!("{length},{}", length + 1),
                5 => format!("{length};"),
                6 => format!("{length} {length}"),
                7 => format!("0000000000000000000000000{length}"),
                8 => format!("\"{length}\""),
                9 => format!("{length}.0"),
                10 => format!("{length}\u{b}"),
                11 => format!("{length}e0"),
                12 => length.saturating_sub(1).to_string(),
                13 => (length + 1).to_string(),
                14 => String::new(),
                15 => "18446744073709551615".to_owned(),
                16 => "18446744073709551616".to_owned(),
                17 => format!("1844674407370955161{}", 6 + length % 4),
                18 => "70000".to_owned(),
                _ => "\u{665}".to_owned(),
            }
        } else {
            length.to_string()
        };
        (name.to_owned(), value)
    }

    fn coding(&mut self) -> (String, String) {
        let name = self.pick(
            &["Transfer-Encoding"],
            &[
                "transfer-encoding",
                "TRANSFER-ENCODING",
                "Transfer_Encoding",
                "Transfer-Encoding\u{b}",
                "X-Transfer-Encoding",
                "TE",
            ],
        );
        #[rustfmt::skip]
        let value = if self.is_odd(FRAMING) {
            self.choose(&[
                "Chunked", "CHUNKED", "gzip, chunked", "gzip,chunked", "gzip ,\tchunked", "chunked, gzip", "chunked, chunked",
                "chunked, identity", "identity, chunked", "identity", "gzip", "", ",chunked", "chunked,", "chunked, ,", ", ,chunked",
                "gzip,,chunked", "xchunked", "chunkedx", "\"chunked\"", "'chunked'", "chunked;q=1", "chunked; x", "chun ked",
                "\u{b}chunked", "chunked\u{c}", "\u{a0}chunked", "x chunked", "chunked x", "chunk\u{e9}d", "\\chunked",
                "gzip;a=\",\", chunked", "x;a=\", chunked\"",
            ])
        } else {
            "chunked"
        };
        (name.to_owned(), value.to_owned())
    }

    fn other(&mut self) -> (String, String) {
        #[rustfmt::skip]
        let field = self.pick(
            &["A: b", "Accept: */*", "A:", "Connection: keep-alive", "Expect: 100-continue", "Cookie: a=b; c=\"d\""],
            &[
                "Connection: close", "Connection: Close, x", "Connection: x, close", "Connection: closed", "Connection: close;x",
                "Connection: keep-alive, close", "Connection: \u{e9}, close", "Connection: \u{e9}, keep-alive", "Connection: \"close\"", "Connection:", "Connection: ,close",
                "Connection: upgrade", "Upgrade: h2c", "Upgrade: websocket", "Proxy-Connection: close", "Keep-Alive: timeout=5",
                "Expect: 200-ok", "Expect:", "Expect: 100-Continue", "Expect: 100-continue, x", "Trailer: A", "TE: trailers",
                "Content-Encoding: gzip", "A b: c", "A(b): c", ": c", "A\u{e9}: b", "A: b\u{0}c", "A: b\u{1}c", "A: b\tc", "A: \u{e9}",
                "A: b\u{7f}", "A: b\rc", "A: b\nc: d", "A: b\r\n c", "A: b\r\n\tc", "A: b\r\nc", "A\r\n: b", "A: b\r\n \r\n", "\"A\": b", "A;: b",
                "HTTP/1.1 200 OK: x", "GET / HTTP/1.1\r\nHost: h",
            ],
        );
        // Names may already contain the colon, or omit it.
        match field.split_once(": ").or_else(|| field.split_once(':')) {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (field.to_owned(), String::new()),
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        match self.rng.u8(..8) {
            0 => self.text += &name.to_ascii_lowercase(),
            1 => self.text += &name.to_ascii_uppercase(),
            _ => self.text += name,
        }
        self.put(&[""], &[" ", "\t", "\u{b}", "\0", "\r\n"]);
        self.put(&[":"], &["", "::", "=", ";"]);
        self.put(
            &[" ", " ", ""],
            &["  ", "\t", " \t ", "\u{b}", "\u{c}", "\u{a0}", "\r\n ", "\r\n", "\0"],
        );
        self.text += value;
        self.put(&[""], &[" ", "\t", " \t ", "\u{b}", "\0", ","]);
        self.line_end();
    }

    fn chunks(&mut self, mut body: &str) {
        while !body.is_empty() {
            let (chunk, rest) = body.split_at(self.rng.usize(1..=body.len()));
            self.chunk_size(chunk.len());
            self.text += chunk;
            self.put(&["\r\n"], &["", "\n", "\r", "\r\r\n", "x\r\n", "\r\n\r\n", " \r\n", "\0\0"]);
            body = rest;
        }
        if self.is_odd(1) {
            return; // without an end
        }
        self.chunk_size(0);
        #[rustfmt::skip]
        self.put(
            &["", "", "A: b\r\n"],
            &[
                "A: b\r\nC: d\r\n", "Content-Length: 99\r\n", "Transfer-Encoding: chunked\r\n", "Host: a b\r\n", "A:\r\n", "A : b\r\n",
                "A: b\r\n c\r\n", " A: b\r\n", "A\r\n", ": b\r\n", "A: b\n", "A: b\rc\r\n", "A: b\0\r\n", "A: b\r\r\n", "A: \u{e9}\r\n",
                "A\u{e9}: b\r\n", "A(b): c\r\n", "A: b\u{7f}\r\n", "\n", "\r", " \r\n", "x", "GET / HTTP/1.1\r\nHost: h\r\n",
            ],
        );
        self.put(&["\r\n"], &["", "\n", "\r", "\r\r\n", "\r\n\r\n", "x\r\n", "\r\0"]);
    }

    fn chunk_size(&mut self, size: usize) {
        let digits = if self.is_odd(FRAMING) {
            match self.rng.u8(..14) {
                0 => format!("{size:X}"),
                1 => format!("000{size:x}"),
                2 => format!("{size:017x}"),
                3 => format!("{size:040x}"),
                4 => format!("0x{size:x}"),
                5 => format!("+{size:x}"),
                6 => format!("-{size:x}"),
                7 => format!(" {size:x}"),
                8 => format!("{:x}", size + 1),
                9 => format!("{:x}", size.saturating_sub(1)),
                10 => format!("1000000000000000{size:x}"),
                11 => format!("{size:x}g"),
                12 => "ffffffffffffffff".to_owned(),
                _ => String::new(),
            }
        } else {
            format!("{size:x}")
        };
        self.text += &digits;
        #[rustfmt::skip]
        self.put(
            &[""],
            &[
                " ", "\t", "  ", ";", ";a", ";a=b", ";a=\"b;c\"", " ; a = b", ";a=\"", ";a=\"\r\n\"", ";a\nb", ";a\rb", ";a\0b", ";\n",
                ";a\u{7f}", ";\u{e9}", " 5", "\u{b}", "\0", ",", ".0", "_", "=", "\r", ";;", "; ", " x", ";a\tb",
            ],
        );
        self.put(
            &["\r\n"],
            &["\n", "\r", "\r\r\n", "\n\r\n", "", "\r\n\r\n", "\rx", "\r\0", "\r\n "],
        );
    }
}

/// Makes a random change to a stream.
fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    const TELLING: &[u8] = b"\r\n \t:;,+-0159afxAF/\0\x0b\x7f\x80\xff\"\\";
    if bytes.is_empty() {
        return;
    }
    let at = rng.usize(..bytes.len());
    let byte = if rng.bool() { *rng.choice(TELLING).unwrap() } else { rng.u8(..) };
    let end = (at + rng.usize(1..40)).min(bytes.len());
    match rng.u8(..8) {
        0 | 1 => bytes[at] = byte,
        2 | 3 => bytes.insert(at, byte),
        4 => drop(bytes.remove(at)),
        5 => drop(bytes.drain(at..end)),
        6 => {
            let (part, to) = (bytes[at..end].to_vec(), rng.usize(..bytes.len()));
            drop(bytes.splice(to..to, part));
        }
        _ => bytes.truncate(at),
    }
}
