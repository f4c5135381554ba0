//! Sums of days: how they add up, and in which currency a period is told.

use payment_clients::contract::{
    error::{Error, Result},
    money::Currency,
    timestamp::Timestamp,
};

/// Figures that can be added up.
pub trait Totals: Copy + Default {
    /// Both together; `None` past 64 bits.
    fn plus(self, other: Self) -> Option<Self>;
}

macro_rules! totals {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: i64,)+
        }

        impl Totals for $name {
            fn plus(self, other: Self) -> Option<Self> {
                Some(Self { $($field: self.$field.checked_add(other.$field)?,)+ })
            }
        }
    )+};
}

totals! {
    /// Payments and refunds. Amounts are minor units.
    PaymentTotals {
        /// Payments that have ended.
        payments,
        /// Those that were paid.
        succeeded,
        /// Those that were refused or broke.
        failed,
        /// Of all of them.
        amount,
        /// Of those that were paid.
        success_amount,
        /// Refunds that were paid.
        refunds,
        /// What went back.
        refund_amount,
    }

    /// Transactions at a channel. Amounts are minor units.
    ChannelTotals {
        /// Transactions that have ended.
        transactions,
        /// Those that were paid.
        succeeded,
        /// Those that were refused or broke.
        failed,
        /// Of all of them.
        amount,
        /// Of those that were paid.
        success_amount,
        /// Those that somebody has measured.
        measured,
        /// Milliseconds that these took.
        took,
    }

    /// Orders and revenue. Amounts are minor units.
    MerchantTotals {
        /// Orders that were placed.
        orders,
        /// Orders that were completed.
        completed,
        /// Orders that were given up or lapsed.
        cancelled,
        /// What was booked for payments, less what was for refunds.
        revenue,
        /// What the platform has kept.
        fees,
        /// Orders that were paid by who had never paid before.
        new_customers,
        /// Orders that were paid by who had.
        returning_customers,
    }
}

/// Figures of a day in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day<T> {
    /// Its first moment, in milliseconds.
    pub day: i64,
    /// Of all amounts.
    pub currency: Currency,
    /// The figures.
    pub totals: T,
    /// When the first of them was counted.
    pub created_at: Timestamp,
    /// When the last of them was.
    pub updated_at: Timestamp,
}

/// Makes one row of those of the same day and currency, which stand together.
///
/// # Errors
/// When a sum passes 64 bits.
pub fn merged<T: Totals>(rows: Vec<Day<T>>) -> Result<Vec<Day<T>>> {
    let mut merged: Vec<Day<T>> = Vec::new();
    for row in rows {
        match merged.last_mut().filter(|last| (last.day, last.currency) == (row.day, row.currency)) {
            Some(last) => {
                last.totals = last.totals.plus(row.totals).ok_or_else(too_large)?;
                last.created_at = last.created_at.min(row.created_at);
                last.updated_at = last.updated_at.max(row.updated_at);
            }
            None => merged.push(row),
        }
    }
    Ok(merged)
}

/// The currency in which a period is told: that of its latest day, which comes first; none when nothing happened.
pub fn currency_of<T>(rows: &[Day<T>]) -> Option<Currency> {
    rows.first().map(|latest| latest.currency)
}

/// Adds up the rows of one currency.
///
/// # Errors
/// When a sum passes 64 bits.
pub fn summed<T: Totals>(rows: &[Day<T>], currency: Option<Currency>) -> Result<T> {
    let mut told = rows.iter().filter(|row| Some(row.currency) == currency);
    told.try_fold(T::default(), |sum, row| sum.plus(row.totals)).ok_or_else(too_large)
}

/// A count, as answers have it.
///
/// # Errors
/// When it passes 32 bits.
pub fn count(number: i64) -> Result<i32> {
    i32::try_from(number).map_err(|_| too_large())
}

/// What one of so many comes to, rounded down; nothing of none.
pub fn average(sum: i64, count: i64) -> i64 {
    sum.checked_div(count).unwrap_or_default()
}

fn too_large() -> Error {
    Error::declined("SUM_TOO_LARGE", "the figures add up to more than an answer can say; ask for fewer days")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use payment_clients::contract::{money::Currency, timestamp::Timestamp};

    use super::{Day, PaymentTotals, currency_of, merged, summed};
    use crate::kit::days::DAY;

    fn row(day: i64, currency: &str, payments: i64) -> Day<PaymentTotals> {
        let at = Timestamp::from_unix_ms(day * DAY + payments);
        let totals = PaymentTotals { payments, ..PaymentTotals::default() };
        Day { day: day * DAY, currency: currency.parse().unwrap(), totals, created_at: at, updated_at: at }
    }

    #[test]
    fn amounts_of_two_currencies_are_never_added() {
        let rows = [row(2, "JPY", 5), row(2, "USD", 1), row(1, "USD", 2)];
        assert_eq!(currency_of(&rows), "JPY".parse().ok());
        assert_eq!(summed(&rows, currency_of(&rows)).unwrap().payments, 5);
        assert_eq!(summed(&rows, Some(Currency::USD)).unwrap().payments, 3);
        assert_eq!(summed(&rows, "EUR".parse().ok()).unwrap(), PaymentTotals::default());
    }

    #[test]
    fn rows_of_a_day_become_one() {
        let merged = merged(vec![row(2, "USD", 5), row(2, "USD", 1), row(1, "USD", 2)]).unwrap();
        let seen: Vec<_> = merged.iter().map(|row| (row.day, row.totals.payments)).collect();
        assert_eq!(seen, [(2 * DAY, 6), (DAY, 2)]);
        assert!(merged[0].created_at < merged[0].updated_at);
    }

    #[test]
    fn a_sum_that_is_too_large_is_refused() {
        let rows = [
            row(2, "USD", 1),
            Day { totals: PaymentTotals { payments: i64::MAX, ..Default::default() }, ..row(1, "USD", 0) },
        ];
        assert_eq!(summed(&rows, Some(Currency::USD)).unwrap_err().code(), Some("SUM_TOO_LARGE"));
    }
}
