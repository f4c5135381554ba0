//! Ids are types, so that a payment number cannot be passed where an order number is wanted.

/// Declares a newtype over `String` for ids that a service mints, with everything that paths, queries and bodies need.
///
/// ```
/// payment_clients::text_id! {
///     /// Number of an order, such as `OD20251024120000a1B2c3D4e5`.
///     pub struct OrderNo
/// }
/// let id = OrderNo::from("OD1");
/// assert_eq!(id.to_string(), "OD1");
/// ```
#[macro_export]
macro_rules! text_id {
    ($(#[$attr:meta])* pub struct $name:ident) => {
        $(#[$attr])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive($crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[serde(transparent, crate = "payment_clients::__private::serde")]
        pub struct $name(String);

        $crate::__id_impls!($name, "string", None);

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(text.to_owned()))
            }
        }
    };
}

/// Declares a newtype over a UUID. The nil UUID stands for "not given" on the platform's wire.
#[macro_export]
macro_rules! uuid_id {
    ($(#[$attr:meta])* pub struct $name:ident) => {
        $(#[$attr])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive($crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[serde(transparent, crate = "payment_clients::__private::serde")]
        pub struct $name($crate::__private::Uuid);

        $crate::__id_impls!($name, "string", Some("uuid"));

        impl $name {
            /// The id of these 128 bits.
            pub const fn from_u128(bits: u128) -> Self {
                Self($crate::__private::Uuid::from_u128(bits))
            }

            /// True for the nil UUID, the wire's "not given".
            pub const fn is_nil(&self) -> bool {
                self.0.is_nil()
            }
        }

        impl From<$crate::__private::Uuid> for $name {
            fn from(uuid: $crate::__private::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for $crate::__private::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| format!("`{text}` is no UUID"))
            }
        }
    };
}

/// What both kinds of id share.
#[doc(hidden)]
#[macro_export]
macro_rules! __id_impls {
    ($name:ident, $type:literal, $format:expr) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        $crate::__wire_schema!($name, $type, $format);
    };
}

/// A JSON schema for a type that is one JSON scalar; nothing without the feature `openapi`.
#[doc(hidden)]
#[cfg(feature = "openapi")]
#[macro_export]
macro_rules! __wire_schema {
    ($name:ident, $type:literal, $format:expr) => {
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(
                _: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::openapi::scalar($type, $format)
            }
        }
    };
}

/// A JSON schema for a type that is one JSON scalar; nothing without the feature `openapi`.
#[doc(hidden)]
#[cfg(not(feature = "openapi"))]
#[macro_export]
macro_rules! __wire_schema {
    ($name:ident, $type:literal, $format:expr) => {};
}
