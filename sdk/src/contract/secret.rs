//! A value that cannot be printed, logged or sent by accident.

use std::{convert::Infallible, fmt, str::FromStr};

/// Holds a secret. `Debug` shows nothing of it, there is no `Display` and no `Serialize`; [`expose`](Self::expose) is
/// the one way out, and easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// Key of an account at an API that wants it in the path or the query. `Debug` shows nothing of it. `Display` writes it,
/// because that is how an address is made: keep it out of texts. The address itself is in no span, error or `Debug` of a
/// request; those have the template.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressKey(Secret<String>);

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressKey(…)")
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expose())
    }
}

impl From<String> for AddressKey {
    fn from(key: String) -> Self {
        Self(key.into())
    }
}

impl From<&str> for AddressKey {
    fn from(key: &str) -> Self {
        Self(key.to_owned().into())
    }
}

impl FromStr for AddressKey {
    type Err = Infallible;

    fn from_str(key: &str) -> Result<Self, Infallible> {
        Ok(key.into())
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for AddressKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AddressKey".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}
