//! JSON read without mercy: UTF-8, one value and nothing behind it, no member twice at any depth, nesting bounded.
//!
//! For what strangers send and what signatures cover. Two programs must never read the same bytes differently, so what the
//! grammar leaves open (RFC 8259, section 4: repeated names) is refused here. Never repairs anything.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;

/// Why bytes are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON, not UTF-8, a number out of range, or something behind the value.
    #[error("is not JSON")]
    Syntax,
    /// An object has a member twice.
    #[error("has an object with the same member twice")]
    Duplicate,
    /// Nested deeper than the limit.
    #[error("is nested too deeply")]
    TooDeep,
    /// JSON, but no object.
    #[error("is not a JSON object")]
    NotAnObject,
}

/// Reads one value; an object or array counts as one level of `depth`.
pub fn value(bytes: &[u8], depth: usize) -> Result<Value, JsonFault> {
    let fault = Cell::new(JsonFault::Syntax);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth, fault: &fault }.deserialize(&mut reader).map_err(|_| fault.get())?;
    reader.end().map_err(|_| JsonFault::Syntax)?;
    Ok(value)
}

/// Reads one object.
pub fn object(bytes: &[u8], depth: usize) -> Result<Map<String, Value>, JsonFault> {
    match value(bytes, depth)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonFault::NotAnObject),
    }
}

/// Builds a value, remembering in `fault` why it stopped.
#[derive(Clone, Copy)]
struct Strict<'c> {
    depth: usize,
    fault: &'c Cell<JsonFault>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.stop(JsonFault::TooDeep)),
        }
    }
    fn stop<E: Error>(self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(self.stop(JsonFault::Duplicate));
            }
            let value = map.next_value_seed(inner)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_is_read() {
        let read = value(br#" {"a":[1,-2,2.5,"x",null,true],"b":{"c":"\u00e9"}} "#, 8).expect("JSON");
        assert_eq!(read, serde_json::json!({"a": [1, -2, 2.5, "x", null, true], "b": {"c": "é"}}));
    }

    #[test]
    fn each_fault_has_its_name() {
        let cases: [(&[u8], JsonFault); 16] = [
            (b"", JsonFault::Syntax),
            (b"{", JsonFault::Syntax),
            (b"{}x", JsonFault::Syntax),
            (b"{} {}", JsonFault::Syntax),
            (b"{\"a\":NaN}", JsonFault::Syntax),
            (b"{\"a\":1e999}", JsonFault::Syntax),
            (b"{\"a\":01}", JsonFault::Syntax),
            (b"{\"a\":1,}", JsonFault::Syntax),
            (b"{a:1}", JsonFault::Syntax),
            (b"{\"a\":\"\xff\"}", JsonFault::Syntax),
            (b"{\"a\":\"\\ud800\"}", JsonFault::Syntax),
            (b"\xef\xbb\xbf{}", JsonFault::Syntax),
            (b"[]", JsonFault::NotAnObject),
            (b"{\"a\":1,\"a\":1}", JsonFault::Duplicate),
            (b"{\"a\":1,\"\\u0061\":1}", JsonFault::Duplicate),
            (b"{\"a\":[{\"b\":1,\"b\":2}]}", JsonFault::Duplicate),
        ];
        for (bytes, fault) in cases {
            assert_eq!(object(bytes, 8), Err(fault), "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(value(b"[[[]]]", 2), Err(JsonFault::TooDeep));
        assert!(value(b"[[]]", 2).is_ok());
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        assert_eq!(value(&deep, 16), Err(JsonFault::TooDeep));
    }
}
