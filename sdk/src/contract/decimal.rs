//! Decimal numbers of the wire, read digit by digit: no value passes through a binary float, in which 0.1 does not exist.
//!
//! An own type, since it is small: the crates for decimals bring arithmetic that nothing here may use, round what is too
//! long without a word, and do not read JSON numbers exactly unless `serde_json` changes its own for the whole program.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// A decimal number of up to 18 digits, as exact as it was written. A JSON number on the wire.
///
/// ```
/// use payment_clients::contract::decimal::Decimal;
///
/// let price: Decimal = serde_json::from_str("0.10").unwrap();
/// assert_eq!(price, "1e-1".parse().unwrap());
/// assert_eq!(price.to_string(), "0.1");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// All digits as a whole number, the last not a zero unless it stands in front of the point.
    significand: i64,
    /// How many of them stand behind the point.
    scale: u32,
}

/// A text that is no decimal number, or one that has too many digits to be kept exactly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no decimal number of up to {} digits", Decimal::MAX_DIGITS)]
pub struct InvalidDecimal {
    text: String,
}

// === impl Decimal ===

impl Decimal {
    /// Most digits: what 64 bits hold in any case, and more than the 17 that tell two double floats apart.
    pub const MAX_DIGITS: u32 = 18;

    /// `significand` divided by `scale` powers of ten; `None` when one of them has more than
    /// [`MAX_DIGITS`](Self::MAX_DIGITS) digits.
    pub fn new(significand: i64, scale: u32) -> Option<Self> {
        Self::shortest(significand.into(), scale)
    }

    /// All digits as a whole number.
    pub const fn significand(self) -> i64 {
        self.significand
    }

    /// How many of the digits stand behind the point.
    pub const fn scale(self) -> u32 {
        self.scale
    }

    /// Reads sign, digits, point and exponent, as JSON writes them.
    fn read(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = [whole, fraction].concat();
        let unsigned = digits.strip_prefix('-').unwrap_or(&digits);
        let has_whole = whole.ends_with(|digit: char| digit.is_ascii_digit());
        let is_number = has_whole && unsigned.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number || (number.contains('.') && fraction.is_empty()) {
            return None;
        }
        let significand: i128 = digits.parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) => Self::shortest(significand, scale),
            Err(_) if significand == 0 => Some(Self::default()),
            Err(_) => Self::shortest(significand.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?, 0),
        }
    }

    /// Without the zeros at the end, so that a number which is written long can still be short.
    fn shortest(mut significand: i128, mut scale: u32) -> Option<Self> {
        const LIMIT: u64 = 10_u64.pow(Decimal::MAX_DIGITS);
        if significand == 0 {
            return Some(Self::default());
        }
        while scale > 0 && significand % 10 == 0 {
            (significand, scale) = (significand / 10, scale - 1);
        }
        let significand = i64::try_from(significand).ok()?;
        let fits = significand.unsigned_abs() < LIMIT && scale <= Self::MAX_DIGITS;
        fits.then_some(Self { significand, scale })
    }
}

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        Self::read(text).ok_or_else(|| InvalidDecimal { text: text.chars().take(40).collect() })
    }
}

impl From<u32> for Decimal {
    fn from(whole: u32) -> Self {
        Self { significand: whole.into(), scale: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits) = (if self.significand < 0 { "-" } else { "" }, self.significand.unsigned_abs());
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let unit = 10_u64.pow(self.scale);
        write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit, width = self.scale as usize)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        raw.get().parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "description": "A decimal number; read it digit by digit." })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_are_read_digit_by_digit_and_written_back() {
        for (text, written) in [
            ("0.86", "0.86"),
            ("152.9", "152.9"),
            ("1", "1"),
            ("1.0", "1"),
            ("-12.50", "-12.5"),
            ("0", "0"),
            ("0e-2147483647", "0"),
            ("0e2147483647", "0"),
            ("-0.0", "0"),
            ("1e-07", "0.0000001"),
            ("1.5E+3", "1500"),
            ("100e-1", "10"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("9007199254740993", "9007199254740993"),
            ("0.000000000000000001", "0.000000000000000001"),
            ("1.00000000000000000000", "1"),
        ] {
            let read: Decimal = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), written, "{text}");
            assert_eq!(written.parse::<Decimal>().unwrap(), read, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for text in ["", "-", ".5", "5.", "1..2", "1e", "e5", "NaN", "0x1", "1_0", "1,5", " 1", "+1", "1.-2"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        for text in ["1234567890123456789", "0.1234567890123456789", "1e18", "1e-19", "1e2147483647", "1e-2147483647"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        for text in ["null", "\"0.86\"", "true", "[1]"] {
            assert!(serde_json::from_str::<Decimal>(text).is_err(), "{text}");
        }
    }
}
