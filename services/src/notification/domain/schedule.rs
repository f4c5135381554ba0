//! When a message is tried, and when it is given up.

use std::time::Duration;

use crate::kit::clock::millis;

/// The wait before each attempt at an endpoint: a receiver that was restarted hears at once, one that is down for a
/// night still hears.
pub const WAITS: [Duration; 8] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(10 * 3600),
];

/// Attempts after the first, unless an endpoint asks for fewer: all that the waits allow.
pub const ENDPOINT_RETRIES: i32 = 7;
/// Attempts after the first at handing over an e-mail or SMS.
pub const MESSAGE_RETRIES: i32 = 3;

/// When the next attempt is made, `attempts` having failed and `retries` being allowed; none when it is given up.
pub fn next(attempts: i32, retries: i32, now: i64) -> Option<i64> {
    let wait = WAITS.get(usize::try_from(attempts).ok()?).filter(|_| attempts <= retries)?;
    Some(now.saturating_add(millis(*wait)))
}

#[cfg(test)]
mod tests {
    use super::{ENDPOINT_RETRIES, WAITS, next};

    #[test]
    fn an_endpoint_has_eight_attempts_in_some_27_hours() {
        let waits: Vec<_> = (0..9).map(|attempts| next(attempts, ENDPOINT_RETRIES, 0)).collect();
        assert_eq!(waits[..4], [Some(0), Some(5_000), Some(300_000), Some(1_800_000)]);
        assert_eq!(waits[7..], [Some(36_000_000), None]);
        assert_eq!(WAITS.iter().sum::<std::time::Duration>().as_secs() / 3600, 27);
        assert_eq!(next(1, 0, 0), None, "fewer when fewer are allowed");
    }
}
