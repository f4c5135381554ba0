//! Chance of the simulated world: one seed, one stream of numbers per purpose, so that two policies meet the same
//! arrivals and the same service times.

use std::time::Duration;

use payment_clients::seams::Rng;

/// One stream of chance.
#[derive(Clone, Debug)]
pub struct Dice(Rng);

impl Dice {
    /// The stream `purpose` of `seed`.
    pub fn new(seed: u64, purpose: u64) -> Self {
        // A generator's first number is a good seed for the next one; neighbouring seeds alone would give shifted copies.
        let mixed = Rng::seeded(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ purpose).bits();
        Self(Rng::seeded(mixed))
    }

    /// Between 0 and 1, never 0.
    pub fn unit(&self) -> f64 {
        const STEPS: f64 = (1_u64 << 53) as f64;
        ((self.0.bits() >> 11) as f64 + 1.0) / STEPS
    }

    /// Any of `0..count`.
    pub fn below(&self, count: usize) -> usize {
        let scaled = (u128::from(self.0.bits()) * count as u128) >> 64;
        usize::try_from(scaled).unwrap_or(0)
    }

    /// Any time up to `limit`.
    pub fn up_to(&self, limit: Duration) -> Duration {
        self.0.up_to(limit)
    }

    /// Exponentially distributed with this mean: the gaps of Poisson arrivals.
    pub fn exponential(&self, mean: Duration) -> Duration {
        mean.mul_f64(-self.unit().ln())
    }

    /// Log-normally distributed: most near `median`, some far above it, as service times are.
    pub fn log_normal(&self, median: Duration, sigma: f64) -> Duration {
        let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        median.mul_f64((sigma * normal).exp())
    }
}
