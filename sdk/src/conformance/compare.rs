//! How two JSON values differ, and where.

use serde_json::Value;

/// How much of what was found must have been meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// At least what was meant: fields that were left out may have been given their defaults.
    Part,
}

/// The first difference between what was meant and what was found. Null and absent are the same.
pub(super) fn difference(at: &str, meant: &Value, found: &Value, extent: Extent) -> Option<String> {
    match (meant, found) {
        (Value::Object(meant), Value::Object(found)) => {
            let kept = meant.iter().find_map(|(name, value)| {
                difference(&format!("{at}.{name}"), value, found.get(name).unwrap_or(&Value::Null), extent)
            });
            let added = found.iter().filter(|(name, value)| {
                extent == Extent::Whole && !value.is_null() && meant.get(*name).is_none_or(Value::is_null)
            });
            kept.or_else(|| added.map(|(name, value)| format!("{at}.{name} was nothing, arrived is {value}")).next())
        }
        (Value::Array(meant), Value::Array(found)) if meant.len() == found.len() => {
            let pairs = meant.iter().zip(found).enumerate();
            pairs.filter_map(|(n, (meant, found))| difference(&format!("{at}[{n}]"), meant, found, extent)).next()
        }
        // An empty list or object may be left out.
        (Value::Array(meant), Value::Null) if meant.is_empty() => None,
        (Value::Object(meant), Value::Null) if meant.is_empty() => None,
        // What may be null may be written as what it is when nothing was given.
        (Value::Null, _) if extent == Extent::Part => None,
        (meant, found) if meant == found => None,
        (meant, found) => Some(format!("{at} was {}, arrived is {}", shown(meant), shown(found))),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Extent, difference};

    #[test]
    fn a_difference_is_named_with_its_place() {
        let meant = json!({ "items": [{ "price": 1 }], "note": null, "tags": [] });
        let found = |found| difference("body", &meant, &found, Extent::Whole);
        assert_eq!(found(json!({ "items": [{ "price": 1 }] })), None, "null and empty may be left out");
        let other = found(json!({ "items": [{ "price": 2 }] }));
        assert_eq!(other.as_deref(), Some("body.items[0].price was 1, arrived is 2"));
        assert_eq!(found(json!({})).as_deref(), Some("body.items was [{\"price\":1}], arrived is nothing"));
        let more = json!({ "items": [{ "price": 1 }], "extra": 1 });
        assert_eq!(found(more.clone()).as_deref(), Some("body.extra was nothing, arrived is 1"));
        assert_eq!(difference("body", &meant, &more, Extent::Part), None);
    }
}
