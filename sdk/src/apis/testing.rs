//! What every wire test asks of a DTO.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Reads literal JSON, writes it back and finds the same JSON, which an unknown field does not disturb.
pub(super) fn both_ways<T>(text: &str) -> T
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let wire: Value = serde_json::from_str(text).unwrap();
    let value = read::<T>(&wire);
    assert_eq!(serde_json::to_value(&value).unwrap(), wire, "written as read");

    let mut newer = wire;
    newer["field_of_a_newer_version"] = json!({ "nested": [1] });
    assert_eq!(read::<T>(&newer), value, "an unknown field is ignored");
    value
}

/// An unknown word is kept as it came.
pub(super) fn keeps_unknown_word<T: Serialize + DeserializeOwned>() {
    let word = json!("word_of_a_newer_version");
    assert_eq!(serde_json::to_value(read::<T>(&word)).unwrap(), word);
}

/// A query struct as it stands in the address, read back from there.
pub(super) fn query_both_ways<T>(filter: &T, query: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(serde_urlencoded::to_string(filter).unwrap(), query);
    assert_eq!(&serde_urlencoded::from_str::<T>(query).unwrap(), filter);
}

fn read<T: DeserializeOwned>(wire: &Value) -> T {
    serde_json::from_str(&wire.to_string()).unwrap_or_else(|error| panic!("{wire} cannot be read: {error}"))
}
