//! The numbers of a gate, one set per tier.
//!
//! A gate that opens wrongly costs payments, one that stays open too long costs capacity. So a critical dependency trips
//! no sooner than a standard one and is probed more often; a best-effort one yields first and comes back last.

use std::time::Duration;

use crate::{
    contract::{
        error::{Error, Result},
        operation::Tier,
    },
    resilience::epoch::millis,
};

/// Longest time of a gate. Beyond a day nobody means it, and the clock of a gate would overflow.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A share of the calls in the window, judged once there are enough of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The share, in thousandths, from which on the instance counts as failing.
    pub permille: u64,
    /// Fewer calls than this prove nothing.
    pub of_at_least: u64,
}

/// Who finds out whether a gated instance is well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probing {
    /// A prober sends reads of its own. No user's call is ever risked.
    OutOfBand,
    /// One admitted safe call does, once the open time has passed; for dependencies that declare no probe. Where nobody
    /// reads, nobody finds out: a client that only writes needs [`OutOfBand`](Self::OutOfBand).
    InBand,
}

/// When a gate opens, and how it closes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateSettings {
    /// This many failures in a row open the gate. It works at any rate of calls, where a share of many never would.
    pub consecutive: u64,
    /// This many refused connections in a row open it: nobody listens there.
    pub unreachable: u64,
    /// This many cancelled calls in a row, with no answer between them, open it: callers give up before it answers.
    pub abandoned: u64,
    /// This share of failures opens it.
    pub failing: Rate,
    /// This share of slow calls opens it; `None` never does.
    pub slow: Option<Rate>,
    /// A call is slow when it takes more than this share of its attempt timeout, in thousandths.
    pub slower_than_permille: u32,
    /// First open time of an in-band gate; doubles at each failed probe.
    pub open_base: Duration,
    /// Longest open time.
    pub open_cap: Duration,
    /// Time between out-of-band probes.
    pub probe_every: Duration,
    /// A probe without a verdict after this time is given up, and its place is free. Longer than an attempt may take, or
    /// the verdict of an in-band probe that times out would come too late to count.
    pub probe_patience: Duration,
    /// This many probes must succeed in a row.
    pub probes_needed: u64,
    /// Time from the last probe to the full trust: a quarter of the calls, then half, then all.
    pub ramp: Duration,
    /// Who probes.
    pub probing: Probing,
}

impl GateSettings {
    /// The starting values of a tier.
    ///
    /// Five in a row and half of ten calls are what Envoy and Finagle start with; the slow rate is resilience4j's with a
    /// threshold that follows the attempt timeout, since its fixed minute never fires.
    pub const fn of(tier: Tier) -> Self {
        let half_of_ten = Rate { permille: 500, of_at_least: 10 };
        let standard = Self {
            consecutive: 5,
            unreachable: 3,
            abandoned: 20,
            failing: half_of_ten,
            slow: Some(Rate { permille: 800, of_at_least: 20 }),
            slower_than_permille: 800,
            open_base: Duration::from_secs(2),
            open_cap: Duration::from_secs(30),
            probe_every: Duration::from_secs(2),
            probe_patience: Duration::from_secs(4),
            probes_needed: 2,
            ramp: Duration::from_secs(5),
            probing: Probing::OutOfBand,
        };
        match tier {
            Tier::Critical => Self {
                open_base: Duration::from_secs(1),
                open_cap: Duration::from_secs(8),
                probe_every: Duration::from_secs(1),
                probe_patience: Duration::from_secs(2),
                ramp: Duration::from_secs(3),
                ..standard
            },
            Tier::Standard => standard,
            Tier::BestEffort => Self {
                consecutive: 3,
                failing: Rate { permille: 300, of_at_least: 10 },
                slow: None,
                open_base: Duration::from_secs(5),
                open_cap: Duration::from_secs(60),
                probe_every: Duration::from_secs(5),
                ramp: Duration::from_secs(10),
                ..standard
            },
        }
    }

    /// The same numbers with another way of probing.
    pub const fn with_probing(mut self, probing: Probing) -> Self {
        self.probing = probing;
        self
    }

    /// True when an answer after `elapsed` counts as slow under this attempt timeout.
    pub fn is_slow(&self, elapsed: Duration, attempt_timeout: Duration) -> bool {
        elapsed.as_nanos() * 1000 > attempt_timeout.as_nanos() * u128::from(self.slower_than_permille)
    }

    /// Refuses numbers that no gate can work with.
    ///
    /// # Errors
    /// A sentence that names the two numbers that clash.
    pub fn check(&self) -> Result<()> {
        let counts = [self.consecutive, self.unreachable, self.abandoned, self.failing.of_at_least, self.probes_needed];
        let rates = [Some(self.failing), self.slow];
        if counts.contains(&0) {
            return Err(Error::configuration("a gate counts to at least 1: no threshold may be 0"));
        }
        if counts.iter().any(|count| *count > 1000) || self.probes_needed > 15 {
            return Err(Error::configuration("a gate counts to at most 1000 calls and 15 probes"));
        }
        if rates.into_iter().flatten().any(|rate| rate.permille == 0 || rate.permille > 1000) {
            return Err(Error::configuration("a rate of a gate lies between 1 and 1000 thousandths"));
        }
        if self.open_base > self.open_cap {
            return Err(Error::configuration(format!(
                "the open time begins at {:?}, above its cap of {:?}",
                self.open_base, self.open_cap
            )));
        }
        if [self.open_base, self.probe_every, self.probe_patience].into_iter().any(|time| millis(time) == 0) {
            return Err(Error::configuration("open time, probe interval and probe patience are at least 1 ms"));
        }
        if [self.open_cap, self.probe_every, self.probe_patience, self.ramp].into_iter().any(|time| time > LONGEST) {
            return Err(Error::configuration("open time, probe interval, probe patience and ramp are at most a day"));
        }
        Ok(())
    }

    /// Milliseconds from opening for the `trips`-th time in a row to the next probe, 25 % around the set time, so that
    /// many processes do not probe in step.
    pub(super) fn until_probe(&self, trips: u64, chance: u64) -> u64 {
        let time = match self.probing {
            Probing::OutOfBand => millis(self.probe_every),
            Probing::InBand => {
                let doublings = trips.saturating_sub(1).min(20);
                millis(self.open_base).saturating_mul(1 << doublings).min(millis(self.open_cap))
            }
        };
        time.saturating_mul(750 + below(chance, 501)) / 1000
    }

    /// Milliseconds from one good probe to the next. The second one only confirms: it need not wait for long.
    pub(super) fn until_confirmation(&self) -> u64 {
        match self.probing {
            Probing::OutOfBand => millis(self.probe_every) / 8,
            Probing::InBand => 0,
        }
    }

    /// The thousandths of calls let through `elapsed` milliseconds into the ramp; `None` when it is over.
    pub(super) fn ramp_share(&self, elapsed: u64) -> Option<u64> {
        let ramp = millis(self.ramp);
        match elapsed.saturating_mul(3) {
            _ if elapsed >= ramp => None,
            tripled if tripled < ramp => Some(250),
            tripled if tripled < 2 * ramp => Some(500),
            _ => Some(1000),
        }
    }
}

/// A number below `limit`, from 64 random bits.
pub(super) fn below(chance: u64, limit: u64) -> u64 {
    u64::try_from((u128::from(chance) * u128::from(limit)) >> 64).unwrap_or(0)
}
