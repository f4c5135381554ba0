//! Which days are asked for. All of them are days in UTC.

use payment_clients::contract::{error::Result, money::Currency};
use time::OffsetDateTime;

use crate::kit::{
    currency,
    days::{self, DAY},
};

/// Days before today when nobody says where to begin.
const BACK: i64 = 30;
/// Days of a trend, today among them.
const TREND: i64 = 7;

/// Days, and the currency that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first moment, and the first moment behind the last.
    pub range: [i64; 2],
    /// Only this one.
    pub currency: Option<Currency>,
}

// === impl Period ===

impl Period {
    /// The days from one to another, both inclusive: from 30 days ago, and until today, where nothing else is said.
    ///
    /// # Errors
    /// 400 for what is no day or no currency of the platform, and for an end before its start.
    pub fn of(start: Option<&str>, end: Option<&str>, currency: Option<Currency>, now: i64) -> Result<Self> {
        let default = |ago: i64| days::name(now.saturating_sub(ago * DAY));
        let start = start.map_or_else(|| default(BACK), str::to_owned);
        let end = end.map_or_else(|| default(0), str::to_owned);
        Ok(Self { range: days::range(&start, &end)?, currency: known(currency)? })
    }

    /// This month and the days of a trend, until today.
    ///
    /// # Errors
    /// 400 for what is no currency of the platform.
    pub fn lately(currency: Option<Currency>, now: i64) -> Result<Self> {
        let from = month(now).min(trend(now).next().unwrap_or(now));
        Ok(Self { range: [from, days::midnight(now) + DAY], currency: known(currency)? })
    }
}

/// The first moment of the month that `now` is in.
pub fn month(now: i64) -> i64 {
    let day = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000)).map_or(1, OffsetDateTime::day);
    days::midnight(now) - (i64::from(day) - 1) * DAY
}

/// The days of a trend, by their first moments: oldest first, today last.
pub fn trend(now: i64) -> impl Iterator<Item = i64> {
    let today = days::midnight(now);
    (0..TREND).rev().map(move |ago| today - ago * DAY)
}

fn known(currency: Option<Currency>) -> Result<Option<Currency>> {
    currency.map_or(Ok(()), |currency| currency::known("currency", currency)).map(|()| currency)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Period, month, trend};
    use crate::kit::days::{self, DAY};

    /// 2025-10-24T12:00:00Z, in milliseconds.
    const NOON: i64 = 1_761_307_200_000;

    #[test]
    fn a_period_is_the_last_days_when_nothing_is_said() {
        let Period { range: [from, to], .. } = Period::of(None, None, None, NOON).unwrap();
        assert_eq!([days::name(from), days::name(to - 1)], ["2025-09-24", "2025-10-24"]);
        assert!(Period::of(Some("2025-10-25"), None, None, NOON).is_err(), "it begins after today");
        assert!(Period::of(None, None, "XXQ".parse().ok(), NOON).is_err(), "no such currency");
    }

    #[test]
    fn a_month_begins_on_its_first_and_a_trend_ends_today() {
        assert_eq!(days::name(month(NOON)), "2025-10-01");
        let trend: Vec<_> = trend(NOON).map(days::name).collect();
        assert_eq!((trend.len(), &*trend[0], &*trend[6]), (7, "2025-10-18", "2025-10-24"));
        let second = NOON - 22 * DAY;
        let Period { range: [from, _], .. } = Period::lately(None, second).unwrap();
        assert_eq!(days::name(from), "2025-09-26", "a trend may reach into the month before");
    }
}
