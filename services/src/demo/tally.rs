//! What became of the purchases, counted: as the answers said it, corrected by what the payments became later.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use payment_clients::{
    apis::payment_gateway::{Payment, PaymentStatus},
    contract::{
        certainty::Certainty,
        error::Error,
        money::{Currency, Money},
    },
};

/// What an answer says about one purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken on; it may still fail at the channel.
    Accepted,
    /// The answer was no, and why: the code of the answer.
    Refused(String),
    /// Nothing happened, and nobody said no: it may be asked for again.
    NotDone,
    /// Nobody knows; the same key must be repeated.
    Doubtful,
}

impl Verdict {
    /// What the answer to `create_payment` says.
    pub fn of(answer: &Result<Payment, Error>) -> Self {
        match answer {
            Ok(payment) if payment.status == PaymentStatus::Failed => {
                let code = if payment.error_code.is_empty() { "PAYMENT_FAILED" } else { &payment.error_code };
                Self::Refused(code.to_owned())
            }
            Ok(_) => Self::Accepted,
            Err(error) => match error.certainty() {
                Certainty::Processed => Self::Refused(reason(error)),
                Certainty::NotSent | Certainty::NotProcessed => Self::NotDone,
                _ => Self::Doubtful,
            },
        }
    }
}

/// The code of an error, or its status where it has none.
fn reason(error: &Error) -> String {
    match (error.code(), error.status()) {
        (Some(code), _) => code.to_owned(),
        (None, Some(status)) => format!("HTTP_{}", status.as_u16()),
        (None, None) => format!("{:?}", error.kind()),
    }
}

/// Purchases offered and succeeded, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Minor units of all purchases.
    pub offered: i64,
    /// Minor units of those that were paid.
    pub succeeded: i64,
}

/// The count.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Rows read, malformed ones included.
    pub offered: u64,
    /// Paid.
    pub succeeded: u64,
    /// Answered with no.
    pub refused: u64,
    /// Taken on and then failed, or never carried out.
    pub failed: u64,
    /// Nobody could say in the end.
    pub unknown: u64,
    /// Amounts by currency. Malformed rows have none.
    pub sums: BTreeMap<Currency, Sums>,
    /// How often each code was the reason of a refusal.
    pub reasons: BTreeMap<String, u64>,
    /// Lines that are not counted as succeeded: their payments, if they have any, are not counted again.
    others: BTreeSet<u64>,
    /// Time of each answer, in microseconds.
    latencies: Vec<u32>,
}

/// The reason of rows that are no purchase and were never sent.
pub const MALFORMED: &str = "MALFORMED_ROW";

// === impl Tally ===

impl Tally {
    /// A row that is no purchase.
    pub fn malformed(&mut self) {
        self.offered += 1;
        self.refused += 1;
        *self.reasons.entry(MALFORMED.to_owned()).or_default() += 1;
    }

    /// A purchase was read.
    pub fn offer(&mut self, money: Money) {
        self.offered += 1;
        let sums = self.sums.entry(money.currency).or_default();
        sums.offered = sums.offered.saturating_add(money.minor_units);
    }

    /// An answer took this long.
    pub fn answered_in(&mut self, elapsed: Duration) {
        self.latencies.push(u32::try_from(elapsed.as_micros()).unwrap_or(u32::MAX));
    }

    /// Counts a purchase under its last verdict.
    pub fn settle(&mut self, line: u64, money: Money, verdict: Verdict) {
        if verdict != Verdict::Accepted {
            self.others.insert(line);
        }
        match verdict {
            Verdict::Accepted => {
                self.succeeded += 1;
                self.change_succeeded(money, i64::saturating_add);
            }
            Verdict::Refused(code) => {
                self.refused += 1;
                *self.reasons.entry(code).or_default() += 1;
            }
            Verdict::NotDone => self.failed += 1,
            Verdict::Doubtful => self.unknown += 1,
        }
    }

    /// A payment that had been accepted did not end well: it failed, or is still open.
    pub fn correct(&mut self, line: u64, money: Money, status: &PaymentStatus) {
        if self.succeeded == 0 || !self.others.insert(line) {
            return;
        }
        self.succeeded -= 1;
        self.change_succeeded(money, i64::saturating_sub);
        match status {
            PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired => self.failed += 1,
            _ => self.unknown += 1,
        }
    }

    fn change_succeeded(&mut self, money: Money, apply: fn(i64, i64) -> i64) {
        let sums = self.sums.entry(money.currency).or_default();
        sums.succeeded = apply(sums.succeeded, money.minor_units);
    }

    /// The time within which so many of a hundred answers came.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        Duration::from_micros(sorted.get(rank).copied().unwrap_or_default().into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use payment_clients::{
        apis::payment_gateway::PaymentStatus,
        contract::{
            certainty::Certainty,
            error::{Error, ErrorKind},
            money::{Currency, Money},
        },
    };

    use super::{Tally, Verdict};

    fn cents(amount: i64) -> Money {
        Money::new(amount, Currency::USD)
    }

    #[test]
    fn an_error_is_judged_by_its_certainty_alone() {
        let declined = Error::declined("RISK_REJECTED", "no");
        assert_eq!(Verdict::of(&Err(declined)), Verdict::Refused("RISK_REJECTED".to_owned()));
        for (certainty, verdict) in [
            (Certainty::NotSent, Verdict::NotDone),
            (Certainty::NotProcessed, Verdict::NotDone),
            (Certainty::PossiblyProcessed, Verdict::Doubtful),
        ] {
            let error = Error::new(ErrorKind::Unavailable, certainty, "test");
            assert_eq!(Verdict::of(&Err(error)), verdict);
        }
    }

    #[test]
    fn every_purchase_is_counted_once() {
        let mut tally = Tally::default();
        tally.malformed();
        for (line, verdict) in [
            Verdict::Accepted,
            Verdict::Refused("X".to_owned()),
            Verdict::NotDone,
            Verdict::Doubtful,
            Verdict::Accepted,
        ]
        .into_iter()
        .enumerate()
        {
            tally.offer(cents(10));
            tally.settle(u64::try_from(line).unwrap(), cents(10), verdict);
        }
        // The second was refused and left a failed payment behind, the fourth is unknown already; the fifth failed after it
        // had been accepted, and is seen twice.
        tally.correct(1, cents(10), &PaymentStatus::Failed);
        tally.correct(3, cents(10), &PaymentStatus::Processing);
        tally.correct(4, cents(10), &PaymentStatus::Failed);
        tally.correct(4, cents(10), &PaymentStatus::Failed);
        assert_eq!((tally.offered, tally.succeeded, tally.refused, tally.failed, tally.unknown), (6, 1, 2, 2, 1));
        let sums = tally.sums[&Currency::USD];
        assert_eq!((sums.offered, sums.succeeded), (50, 10));
    }

    #[test]
    fn a_percentile_is_an_answer_that_was_seen() {
        let mut tally = Tally::default();
        assert_eq!(tally.percentile(99), Duration::ZERO);
        for ms in 1..=200 {
            tally.answered_in(Duration::from_millis(ms));
        }
        assert_eq!(tally.percentile(50), Duration::from_millis(100));
        assert_eq!(tally.percentile(99), Duration::from_millis(198));
        assert_eq!(tally.percentile(100), Duration::from_millis(200));
    }
}
