//! The budget against the two formulas that bound it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use proptest::prelude::{any, prop_assert, proptest};

use super::Budget;

const MS: Duration = Duration::from_millis(1);

proptest! {
    /// |retries − b·successes| ≤ 1 + f·t, whenever somebody always wants to retry.
    #[test]
    fn retries_are_exactly_their_share(ratio in 1_u32..=1000, script in proptest::collection::vec(any::<(u8, u8)>(), 1..200)) {
        let epoch = Instant::now();
        let budget = Budget::new(ratio, epoch);
        let (mut now, mut retries, mut successes) = (epoch, 0_u64, 0_u64);
        for (pause, calls) in script {
            // A share of a retry that is too old is gone. None is, when somebody comes within the ten seconds.
            now += u32::from(pause % 40) * MS;
            successes += u64::from(calls);
            (0..calls).for_each(|_| budget.deposit(now));
            while budget.withdraw(now) {
                retries += 1;
            }
            let funded = successes * u64::from(ratio);
            let floor = 1 + (now - epoch).as_secs() / 10;
            prop_assert!(retries * 1000 <= funded + floor * 1000, "{retries} of {successes} at {ratio}");
            prop_assert!((retries + 1) * 1000 >= funded, "{retries} of {successes} at {ratio}");
        }
    }
}

/// attempts/calls ≤ 1 + f/R + B₀/(R·T) in a total outage of a minute, after ten seconds of success.
#[test]
fn an_outage_is_amplified_by_what_was_saved_and_the_floor_only() {
    for (rate, bound_permille) in [(1, 1200), (5, 1040), (100, 1020), (1000, 1020)] {
        let epoch = Instant::now();
        let budget = Budget::new(100, epoch);
        let at = |call: u32| epoch + call * (1_000_000 / rate) * Duration::from_nanos(1000);
        let warm = 10 * rate;
        (0..warm).for_each(|call| budget.deposit(at(call)));
        let calls = 60 * rate;
        let retries = (warm..warm + calls).filter(|call| budget.withdraw(at(*call))).count();
        let amplification = (u64::from(calls) + retries as u64) * 1000 / u64::from(calls);
        // f/R + B₀/(R·T), in thousandths, and one retry more for where the floor's ten seconds begin.
        let formula = 1000 + 100 / rate + 1000 / 60 + 1000 / calls + 1;
        assert!(amplification <= u64::from(formula).min(bound_permille), "{amplification} at {rate} calls a second");
    }
}

#[test]
fn a_failure_funds_nothing() {
    let epoch = Instant::now();
    let budget = Budget::new(1000, epoch);
    assert!(budget.withdraw(epoch), "the floor");
    assert!((1..1000).all(|turn| !budget.withdraw(epoch + turn * 9 * MS)));
}
