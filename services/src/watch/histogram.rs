//! Calls by how long they took, and the percentiles of those between two looks.

use std::collections::BTreeMap;

/// Counts by the largest size that they may have; each bucket holds those of the smaller ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Histogram {
    /// All there are.
    pub(super) count: u64,
    /// By their bound, in microseconds. What is larger than all bounds is only in `count`.
    pub(super) buckets: BTreeMap<u64, u64>,
}

// === impl Histogram ===

impl Histogram {
    /// What is in `self` beyond `before`, which came earlier and is no part of a later start.
    pub(super) fn since(&self, before: &Self) -> Self {
        let more = |(bound, count): (&u64, &u64)| {
            (*bound, count.saturating_sub(before.buckets.get(bound).copied().unwrap_or_default()))
        };
        let count = self.count.saturating_sub(before.count);
        Self { count, buckets: self.buckets.iter().map(more).collect() }
    }

    /// How many were not larger than this, as far as the buckets tell.
    pub(super) fn within(&self, size: u64) -> u64 {
        self.buckets.range(..=size).next_back().map_or(0, |(_, count)| *count)
    }

    /// Adds another one with the same bounds.
    pub(super) fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        for (bound, count) in &other.buckets {
            let sum = self.buckets.entry(*bound).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// The size, in microseconds, that `permille` of a thousand do not exceed; as if those of a bucket were spread evenly over
    /// it. Of what is larger than all bounds the largest bound is all that is known. None where nothing was counted.
    pub(super) fn percentile(&self, permille: u64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        // All in thousandths of a count.
        let rank = u128::from(self.count) * u128::from(permille);
        let (mut lower, mut below) = (0, 0);
        for (&bound, &count) in &self.buckets {
            let here = u128::from(count) * 1000;
            if here >= rank && here > below {
                let into = u128::from(bound - lower) * rank.saturating_sub(below) / (here - below);
                return u64::try_from(into).ok().map(|into| lower + into);
            }
            (lower, below) = (bound, here.max(below));
        }
        Some(lower)
    }
}

#[cfg(test)]
mod tests;
