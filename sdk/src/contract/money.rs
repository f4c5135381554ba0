//! Money is whole minor units and a currency. There is no float anywhere near it, and arithmetic that would overflow
//! or mix currencies is an error.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ISO 4217 code: three letters, kept in upper case. Codes outside the known table are kept, so that a client can
/// read a server that knows more; servers refuse them with [`exponent`](Self::exponent).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Codes whose minor unit is not a hundredth (ISO 4217, list one).
const EXPONENTS: &[(&str, u32)] = &[
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("ISK", 0),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("PYG", 0),
    ("RWF", 0),
    ("UGX", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
    ("BHD", 3),
    ("IQD", 3),
    ("JOD", 3),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("TND", 3),
    ("CLF", 4),
    ("UYW", 4),
];

/// Codes with hundredths: the rest of the platform's list (`x-known-values` of its contract).
const HUNDREDTHS: &[&str] = &[
    "USD", "EUR", "GBP", "CNY", "HKD", "SGD", "AUD", "CAD", "INR", "BRL", "MXN", "RUB", "TRY", "ZAR", "CHF", "SEK",
    "NOK", "DKK", "PLN", "CZK", "HUF", "THB", "IDR", "MYR", "PHP", "AED", "SAR", "ILS", "EGP",
];

impl Currency {
    /// Dinar of Bahrain, which has thousandths.
    pub const BHD: Self = Self(*b"BHD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// Yen, which has no smaller unit.
    pub const JPY: Self = Self(*b"JPY");
    /// US dollar.
    pub const USD: Self = Self(*b"USD");

    /// The three upper-case letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits of the minor unit, or `None` for a code outside the known table.
    pub fn exponent(self) -> Option<u32> {
        let code = self.as_str();
        let special = EXPONENTS.iter().find(|(known, _)| *known == code).map(|(_, digits)| *digits);
        special.or_else(|| HUNDREDTHS.contains(&code).then_some(2))
    }
}

impl FromStr for Currency {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| InvalidMoney::code(text))?;
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return Err(InvalidMoney::code(text));
        }
        Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[A-Za-z]{3}$", "description": "ISO 4217 code.", "examples": ["EUR"],
        })
    }
}

/// An amount of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Whole minor units: cents of a dollar, yen, fils of a dinar.
    pub minor_units: i64,
    /// What they are units of.
    pub currency: Currency,
}

impl Money {
    /// So many minor units.
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self { minor_units, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ or the sum passes the range of `i64`.
    pub fn checked_add(self, other: Self) -> Result<Self, InvalidMoney> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`checked_add`](Self::checked_add).
    pub fn checked_sub(self, other: Self) -> Result<Self, InvalidMoney> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, apply: fn(i64, i64) -> Option<i64>) -> Result<Self, InvalidMoney> {
        if self.currency != other.currency {
            return Err(InvalidMoney::Currencies { left: self.currency, right: other.currency });
        }
        let minor_units = apply(self.minor_units, other.minor_units).ok_or(InvalidMoney::Overflow)?;
        Ok(Self { minor_units, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.exponent().unwrap_or(0);
        let unit = 10_u64.pow(digits);
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let size = self.minor_units.unsigned_abs();
        match digits {
            0 => write!(f, "{sign}{size} {}", self.currency),
            _ => write!(f, "{sign}{}.{:0width$} {}", size / unit, size % unit, self.currency, width = digits as usize),
        }
    }
}

/// Why something is no money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMoney {
    /// Not three letters.
    #[error("`{0}` is no currency code: it must be three letters, such as EUR")]
    Code(String),
    /// Amounts of different currencies met.
    #[error("{left} and {right} cannot be added; convert one of them first")]
    Currencies {
        /// Currency on the left.
        left: Currency,
        /// Currency on the right.
        right: Currency,
    },
    /// A currency outside the known table.
    #[error("the minor unit of {0} is not known, so no amount of it can be computed")]
    Exponent(Currency),
    /// The result would not fit.
    #[error("the amount passes the range of 64-bit minor units")]
    Overflow,
}

impl InvalidMoney {
    fn code(text: &str) -> Self {
        Self::Code(text.chars().take(16).collect())
    }
}
