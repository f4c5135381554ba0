//! Enums of the wire are open: a word that this version does not know is kept, not refused.

/// Declares an enum of wire words with a variant `Other` that keeps any further one.
///
/// ```
/// payment_clients::open_enum! {
///     /// How far a payment has come.
///     pub enum PaymentStatus {
///         /// Not finished.
///         Pending = "pending",
///         /// Paid.
///         Success = "success",
///     }
/// }
/// assert_eq!("success".parse(), Ok(PaymentStatus::Success));
/// assert_eq!(PaymentStatus::from("new").as_str(), "new");
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$attr:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$attr])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            /// The words that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($text),+];

            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as $crate::__private::serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }

        $crate::__word_schema!($name);
    };
}

/// The schema of an open enum: a string with its known words listed; nothing without the feature `openapi`.
#[doc(hidden)]
#[cfg(feature = "openapi")]
#[macro_export]
macro_rules! __word_schema {
    ($name:ident) => {
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::openapi::words(Self::KNOWN)
            }
        }
    };
}

/// The schema of an open enum: a string with its known words listed; nothing without the feature `openapi`.
#[doc(hidden)]
#[cfg(not(feature = "openapi"))]
#[macro_export]
macro_rules! __word_schema {
    ($name:ident) => {};
}
