//! What is counted and how it adds up. Pure.
//!
//! | file | holds |
//! |---|---|
//! | `facts` | what has happened, and what a report may say |
//! | `totals` | sums of days |
//! | `period` | which days are asked for |

pub mod facts;
pub mod period;
pub mod totals;

/// Decimals of a share that is shown.
pub const SHOWN: u32 = 2;
/// Decimals of a share that is worked with: as many as a share of a hundred can have in a double.
pub const EXACT: u32 = 12;

/// How many of a hundred: `part` of `whole`, none of nothing. It is divided in whole numbers and rounded half up.
pub fn percent(part: i64, whole: i64, decimals: u32) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    let scale = 10_i128.pow(decimals);
    let scaled = (i128::from(part) * 200 * scale + i128::from(whole)).div_euclid(2 * i128::from(whole));
    let (digits, rest) = (scaled.div_euclid(scale), scaled.rem_euclid(scale));
    let width = usize::try_from(decimals).unwrap_or_default();
    // Two whole numbers with a point between them are a number.
    format!("{digits}.{rest:0width$}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{EXACT, SHOWN, percent};

    #[test]
    fn a_share_is_rounded_to_its_decimals() {
        for (part, whole, shown) in [(1, 3, "33.33"), (2, 3, "66.67"), (3, 3, "100"), (0, 3, "0"), (1, 0, "0")] {
            assert_eq!(percent(part, whole, SHOWN).to_string(), shown, "{part} of {whole}");
        }
        assert_eq!(percent(1, 3, EXACT).to_string(), "33.333333333333");
        assert_eq!(percent(i64::MAX, i64::MAX, EXACT).to_string(), "100");
        assert_eq!(percent(1, 100_000, SHOWN).to_string(), "0");
    }
}
