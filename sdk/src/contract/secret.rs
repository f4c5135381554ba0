//! Values that cannot be printed or logged by accident.

use std::{convert::Infallible, fmt, ops::Deref, str::FromStr};

use serde::{Deserialize, Serialize};

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

/// A secret text that a DTO carries, such as a password or a token: it travels as a plain string, and nothing prints it.
///
/// ```
/// use payment_clients::contract::secret::SecretText;
///
/// let password = SecretText::from("hunter2");
/// assert_eq!(format!("{password:?}"), "SecretText(…)");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for SecretText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretText".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "password" })
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What a DTO says of a person, such as an e-mail address, a name or an address on the network: it travels as a plain
/// string, and neither `Debug` nor a format string shows it. Everywhere else it is read as the text that it is.
///
/// ```
/// use payment_clients::contract::secret::PersonalText;
///
/// let email = PersonalText::from("ada@example.com");
/// assert_eq!(format!("{email:?}"), "PersonalText(…)");
/// assert!(email.ends_with("@example.com"));
/// ```
///
/// ```compile_fail
/// # let email = payment_clients::contract::secret::PersonalText::from("ada@example.com");
/// println!("paid by {email}");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonalText(String);

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for PersonalText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PersonalText".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl fmt::Debug for PersonalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalText(…)")
    }
}

impl Deref for PersonalText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for PersonalText {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for PersonalText {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

impl From<String> for PersonalText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for PersonalText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<PersonalText> for String {
    fn from(text: PersonalText) -> Self {
        text.0
    }
}

/// Key of an account, or token of a session, at an API that wants it in the path or the query. `Debug` shows nothing of
/// it. `Display` writes it, because that is how an address is made: keep it out of texts. The address itself is in no
/// span, error or `Debug` of a request; those have the template.
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
