//! A strict parser for answers, written independently of the encoder.

/// An answer as a client sees it.
#[derive(Debug, PartialEq)]
pub struct Response {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// Reads one answer from the start of `bytes`; `head_only` if the request was HEAD. Returns
    /// `None` if it is incomplete or malformed.
    pub fn read(bytes: &[u8], head_only: bool) -> Option<(Response, &[u8])> {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
        let head = str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let (status, reason) = lines.next()?.strip_prefix("HTTP/1.1 ")?.split_once(' ')?;
        if status.len() != 3 || reason.is_empty() {
            return None;
        }
        let status = status.parse().ok()?;
        let mut fields = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            let token = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !token
                || name.is_empty()
                || value.trim() != value
                || value.contains(char::is_control)
            {
                return None;
            }
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut response = Response { status, fields, body: Vec::new() };
        let rest = &bytes[end + 4..];
        let bodiless = head_only || status < 200 || status == 204;
        let length = match response.field("content-length") {
            Some(length) => length.parse().ok()?,
            None if bodiless => 0,
            None => return None,
        };
        let length = if bodiless { 0 } else { length };
        response.body = rest.get(..length)?.to_vec();
        Some((response, &rest[length..]))
    }

    /// Returns the value of a field that may be given once.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|field| field.0 == name);
        let value = values.next().map(|field| field.1.as_str());
        assert!(values.next().is_none(), "{name} is given twice");
        value
    }
}
