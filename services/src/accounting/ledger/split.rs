//! Shares of a whole that add up to it. Rounding each share by itself loses or makes a cent; here the cents that are left
//! go to those who lost the most.

use payment_clients::contract::error::{Error, Result};

/// Splits a total by weights, largest remainder first, ties to the earlier one. The parts add up to the total.
///
/// # Errors
/// 400 when the total or a weight is below zero, or no weight is above it.
pub fn split(total: i64, weights: &[i64]) -> Result<Vec<i64>> {
    if total < 0 || weights.iter().any(|weight| *weight < 0) {
        return Err(Error::invalid_input("weights", "and the total that they split must not be below 0"));
    }
    let sum: i128 = weights.iter().copied().map(i128::from).sum();
    if sum == 0 {
        return Err(Error::invalid_input("weights", "must have at least one above 0"));
    }
    let shares: Vec<_> = weights.iter().map(|weight| i128::from(total) * i128::from(*weight)).collect();
    let mut parts = shares.iter().map(|share| part(share / sum)).collect::<Result<Vec<_>>>()?;
    let mut by_loss: Vec<_> = (0..parts.len()).collect();
    // A stable sort keeps the order of those who lost the same.
    by_loss.sort_by_key(|index| std::cmp::Reverse(shares[*index] % sum));
    // Fewer than there are parts, since each lost less than one.
    let left = usize::try_from(total - parts.iter().sum::<i64>()).map_err(Error::internal)?;
    for index in by_loss.into_iter().take(left) {
        parts[index] += 1;
    }
    Ok(parts)
}

/// A part is no more than the total, so it fits.
fn part(share: i128) -> Result<i64> {
    i64::try_from(share).map_err(Error::internal)
}
