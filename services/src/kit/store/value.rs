//! What a column can hold: text, whole numbers, nothing. There is no float, so no amount can become one.

use http::StatusCode;
use payment_clients::contract::{money::Currency, secret::PersonalText, timestamp::Timestamp};

/// One argument of a statement, or one column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL's NULL, and what it stands in for: PostgreSQL knows no NULL without a type.
    Null(Kind),
    /// A 64-bit integer.
    Int(i64),
    /// UTF-8 text.
    Text(&'a str),
}

/// The two kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A 64-bit integer.
    Int,
    /// UTF-8 text.
    Text,
}

/// A type that can be an argument.
pub trait ToValue {
    /// What kind of value it is, or would be.
    const KIND: Kind;

    /// The value that a statement is given.
    fn to_value(&self) -> Value<'_>;
}

/// A type that can be read from a column.
pub trait FromValue: Sized {
    /// Reads the value, or says in a few words what was expected in its place.
    ///
    /// # Errors
    /// The expectation that the value does not meet.
    fn from_value(value: Value<'_>) -> Result<Self, String>;
}

/// The arguments of a statement, by reference and in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        &[$($crate::kit::store::ToValue::to_value(&$value)),*]
    };
}

// === arguments ===

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToValue for $integer {
            const KIND: Kind = Kind::Int;

            fn to_value(&self) -> Value<'_> {
                Value::Int((*self).into())
            }
        }

        impl FromValue for $integer {
            fn from_value(value: Value<'_>) -> Result<Self, String> {
                match value {
                    Value::Int(number) => {
                        number.try_into().map_err(|_| format!("{number} is no {}", stringify!($integer)))
                    }
                    other => Err(expected("an integer", other)),
                }
            }
        }
    )*};
}

integers!(i64, i32, u32, u16);

impl ToValue for bool {
    const KIND: Kind = Kind::Int;

    fn to_value(&self) -> Value<'_> {
        Value::Int((*self).into())
    }
}

impl ToValue for str {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for String {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for PersonalText {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for Currency {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl ToValue for Timestamp {
    const KIND: Kind = Kind::Int;

    fn to_value(&self) -> Value<'_> {
        Value::Int(self.unix_ms())
    }
}

impl ToValue for StatusCode {
    const KIND: Kind = Kind::Int;

    fn to_value(&self) -> Value<'_> {
        Value::Int(self.as_u16().into())
    }
}

impl<T: ToValue> ToValue for Option<T> {
    const KIND: Kind = T::KIND;

    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null(T::KIND), ToValue::to_value)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    const KIND: Kind = T::KIND;

    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl Value<'_> {
    /// What kind of value it is, or would be.
    #[cfg(feature = "postgres")]
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Null(kind) => *kind,
            Self::Int(_) => Kind::Int,
            Self::Text(_) => Kind::Text,
        }
    }
}

// === columns ===

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(expected("0 or 1", other)),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text.to_owned()),
            other => Err(expected("text", other)),
        }
    }
}

impl FromValue for PersonalText {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        String::from_value(value).map(Self::from)
    }
}

impl FromValue for Currency {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Text(text) => text.parse().map_err(|_| format!("`{text}` is no currency")),
            other => Err(expected("a currency", other)),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        i64::from_value(value).map(Self::from_unix_ms)
    }
}

impl FromValue for StatusCode {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        let code = u16::from_value(value)?;
        Self::from_u16(code).map_err(|_| format!("{code} is no HTTP status"))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        if matches!(value, Value::Null(_)) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

fn expected(what: &str, found: Value<'_>) -> String {
    match found {
        Value::Null(_) => format!("expected {what}, found NULL"),
        Value::Int(number) => format!("expected {what}, found {number}"),
        Value::Text(_) => format!("expected {what}, found other text"),
    }
}
