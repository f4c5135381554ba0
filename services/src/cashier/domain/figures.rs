//! Shares of sessions. A per cent goes over the wire as a JSON number with two decimals; it is reckoned in whole numbers.

use payment_clients::contract::error::{Error, Result};

/// How many per cent of the whole a part is, rounded down to hundredths; 0 of nothing.
///
/// # Errors
/// When what was reckoned is no number.
pub fn per_cent(part: i64, whole: i64) -> Result<f64> {
    let hundredths = if whole > 0 { i128::from(part) * 10_000 / i128::from(whole) } else { 0 };
    format!("{}.{:02}", hundredths / 100, hundredths % 100).parse().map_err(Error::internal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::per_cent;

    #[test]
    fn a_share_is_0_to_100_and_nothing_of_nothing() {
        for (part, whole, text) in [(0, 0, "0"), (0, 7, "0"), (1, 3, "33.33"), (7, 7, "100"), (1, 20_000, "0")] {
            assert_eq!(per_cent(part, whole).unwrap().to_string(), text, "{part} of {whole}");
        }
    }
}
