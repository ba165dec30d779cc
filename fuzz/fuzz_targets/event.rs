//! Parses arbitrary bodies: the result equals that of a model that reads generic JSON.
#![no_main]

use std::fmt;

use protocol::Event;
use serde_json::value::RawValue;

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    assert_eq!(Event::parse(body).ok(), model(body));
});

/// The definition of an event as a list of conditions.
fn model(body: &[u8]) -> Option<Event> {
    let Object(fields) = serde_json::from_str(str::from_utf8(body).ok()?).ok()?;
    let once = |name: &str| {
        let mut values = fields.iter().filter(|field| field.0 == name).map(|field| field.1.get());
        values.next().filter(|_| values.next().is_none())
    };
    let user: String = serde_json::from_str(once("user")?).ok()?;
    let action = serde_json::from_str(once("action")?).ok()?;
    let amount = once("amount")?;
    let digits = amount.strip_prefix('-').unwrap_or(amount);
    let is_integer = digits.bytes().all(|byte| byte.is_ascii_digit()) && amount != "-0";
    let amount = amount.parse().ok().filter(|_| is_integer)?;
    (1..=256).contains(&user.len()).then_some(Event { user, action, amount })
}

/// The fields of an object in order, including repeated ones, with the values as written.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> serde::de::Visitor<'de> for Fields {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
