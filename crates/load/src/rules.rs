//! Rules that classify the answers of any service.

use serde_json::Value;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The meaning of answers. An answer that is neither accepted nor rejected is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcomes {
    /// The contract of this course: JSON with a `status`.
    Contract,
    /// An exact echo of the request is accepted (stages 1 and 2).
    Echo,
    /// Rules. An answer to which both kinds apply is rejected.
    Rules {
        /// Rules for accepted answers.
        accept: Vec<Rule>,
        /// Rules for rejected answers.
        reject: Vec<Rule>,
    },
}

/// A condition on an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The status code is in one of these ranges.
    Status(Vec<RangeInclusive<u16>>),
    /// The body is JSON with this value at a pointer.
    Json {
        /// A JSON pointer (RFC 6901).
        pointer: String,
        /// The text of a string, or the JSON of any other value.
        value: String,
    },
}

/// The error for a text that is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a rule: write status=2xx, status=429,503, status=500..504, or json:/status=ok \
     (a JSON pointer and the value there)"
)]
pub struct RuleError(String);

impl Outcomes {
    /// Returns the rules for accepted answers; none for the contract.
    pub(crate) fn accept(&self) -> &[Rule] {
        if let Self::Rules { accept, .. } = self { accept } else { &[] }
    }

    /// Returns the rules for rejected answers; none for the contract.
    pub(crate) fn reject(&self) -> &[Rule] {
        if let Self::Rules { reject, .. } = self { reject } else { &[] }
    }

    /// Returns the rules of plain HTTP: 2xx is accepted; 429 and 503, the statuses of an overloaded
    /// server, are rejected.
    #[must_use]
    pub fn http() -> Self {
        let status = |codes| Rule::Status(codes);
        Self::Rules {
            accept: vec![status(vec![200..=299])],
            reject: vec![status(vec![429..=429, 503..=503])],
        }
    }
}

impl Rule {
    /// Returns true if the rule holds for an answer.
    #[must_use]
    pub fn holds(&self, status: u16, body: &[u8]) -> bool {
        match self {
            Self::Status(codes) => codes.iter().any(|codes| codes.contains(&status)),
            Self::Json { pointer, value } => {
                let json: Option<Value> = serde_json::from_slice(body).ok();
                match json.as_ref().and_then(|json| json.pointer(pointer)) {
                    Some(Value::String(text)) => text == value,
                    Some(other) => {
                        serde_json::from_str(value).is_ok_and(|value: Value| value == *other)
                    }
                    None => false,
                }
            }
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let rule = if let Some(codes) = text.strip_prefix("status=") {
            codes
                .split(',')
                .map(|codes| range(codes.trim()))
                .collect::<Option<_>>()
                .map(Self::Status)
        } else if let Some((pointer, value)) =
            text.strip_prefix("json:").and_then(|rule| rule.split_once('='))
        {
            (pointer.is_empty() || pointer.starts_with('/'))
                .then(|| Self::Json { pointer: pointer.to_owned(), value: value.to_owned() })
        } else {
            None
        };
        rule.ok_or_else(|| RuleError(text.to_owned()))
    }
}

/// Parses `404`, `5xx` or `500..504`.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let code = |text: &str| text.parse().ok().filter(|code| (100..=999).contains(code));
    if let Some(class) = text.strip_suffix("xx") {
        let first = code(&format!("{class}00"))?;
        return Some(first..=first + 99);
    }
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let (low, high) = (code(low)?, code(high)?);
    (low <= high).then_some(low..=high)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(codes) => {
                let words = |codes: &RangeInclusive<u16>| match (*codes.start(), *codes.end()) {
                    (low, high) if low == high => low.to_string(),
                    (low, high) if low % 100 == 0 && high == low + 99 => format!("{}xx", low / 100),
                    (low, high) => format!("{low}..{high}"),
                };
                write!(f, "status={}", codes.iter().map(words).collect::<Vec<_>>().join(","))
            }
            Self::Json { pointer, value } => write!(f, "json:{pointer}={value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_holds_for_what_it_says() {
        for (rule, status, body, holds) in [
            ("status=2xx", 200, "", true),
            ("status=2xx", 299, "", true),
            ("status=2xx", 300, "", false),
            ("status=429,503", 503, "", true),
            ("status=429,503", 500, "", false),
            ("status=500..504", 504, "", true),
            ("json:/status=rejected", 200, r#"{"status":"rejected"}"#, true),
            ("json:/status=rejected", 200, r#"{"status":"accepted"}"#, false),
            ("json:/a/0/b=1", 200, r#"{"a":[{"b":1}]}"#, true),
            ("json:/ok=true", 200, r#"{"ok":true}"#, true),
            ("json:/ok=true", 200, r#"{"ok":"true"}"#, true),
            ("json:/ok=[1, 2]", 200, r#"{"ok":[1,2]}"#, true),
            ("json:/x=a=b", 200, r#"{"x":"a=b"}"#, true),
            ("json:=7", 200, "7", true),
            ("json:/x=1", 200, "not JSON", false),
            ("json:/x=null", 200, "{}", false),
        ] {
            let read: Rule = rule.parse().unwrap();
            assert_eq!(read.holds(status, body.as_bytes()), holds, "{rule} {status} {body}");
            assert_eq!(read.to_string(), rule);
        }
    }

    #[test]
    fn no_rule_is_refused() {
        for text in [
            "",
            "status",
            "status=",
            "status=2x",
            "status=99",
            "status=9..1",
            "json:x=1",
            "json:/x",
            "200",
        ] {
            assert_eq!(text.parse::<Rule>(), Err(RuleError(text.to_owned())));
        }
    }
}
