//! Days as reports are asked for, such as `2025-10-24`: all of them in UTC, ranges with both of their ends.

use payment_clients::contract::error::{Error, Result};
use time::{Date, OffsetDateTime, format_description::well_known::Iso8601};

/// Milliseconds of a day.
pub const DAY: i64 = 24 * 3600 * 1000;

/// The first moment of a range of days and the first moment behind it, in milliseconds.
///
/// # Errors
/// 400 when a day is none, or the last is before the first.
pub fn range(start: &str, end: &str) -> Result<[i64; 2]> {
    let [from, to] = [day("start_date", start)?, day("end_date", end)?];
    if to < from {
        return Err(Error::invalid_input("end_date", format!("must not be before {start}; it is {end}")));
    }
    Ok([from, to + DAY])
}

/// The first moment of the day that `now` is in.
pub fn midnight(now: i64) -> i64 {
    now - now.rem_euclid(DAY)
}

/// The day that a moment is in, as it is asked for.
pub fn name(at: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.date().to_string()
}

fn day(field: &str, text: &str) -> Result<i64> {
    let date = Date::parse(text, &Iso8601::DATE).ok().filter(|_| text.len() == 10);
    let date = date.ok_or_else(|| {
        Error::invalid_input(
            field,
            format!("must be a day such as 2025-10-24; it is `{}`", text.chars().take(32).collect::<String>()),
        )
    })?;
    Ok(date.midnight().assume_utc().unix_timestamp() * 1000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{DAY, midnight, name, range};

    #[test]
    fn a_range_of_days_has_both_of_its_ends() {
        let [from, to] = range("2025-10-24", "2025-10-24").unwrap();
        assert_eq!((from, to - from), (1_761_264_000_000, DAY));
        assert_eq!(midnight(to - 1), from);
        assert_eq!([name(from - 1), name(from), name(to)], ["2025-10-23", "2025-10-24", "2025-10-25"]);
        for (start, end) in [("2025-10-25", "2025-10-24"), ("24.10.2025", "2025-10-24"), ("2025-02-30", "2025-03-01")] {
            assert!(range(start, end).is_err(), "{start} to {end}");
        }
    }
}
