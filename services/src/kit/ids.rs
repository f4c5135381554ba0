//! Numbers of payments, orders and sagas: two letters that say which, the second of their birth, ten random characters.

use payment_clients::{contract::error::Result, seams::Rng};
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

use super::clock::Clock;

/// Mints ids such as `PY20251024120000a1B2c3D4e5`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    rng: Rng,
}

/// The alphabet of base64url: six bits a character, and safe in a path.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// === impl Ids ===

impl Ids {
    /// Ids that no other process mints.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new(clock: Clock) -> Result<Self> {
        Ok(Self { clock, rng: Rng::system()? })
    }

    /// The same ids for the same seed and time, for tests.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self { clock, rng: Rng::seeded(seed) }
    }

    /// The next id of a kind: `PY` a payment, `OD` an order, `RF` a refund, `SG` a saga.
    pub fn next(&self, kind: &str) -> String {
        let born = OffsetDateTime::from_unix_timestamp(self.clock.now().div_euclid(1000));
        let born = born.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, time) = (born.date(), born.time());
        let mut id = format!(
            "{kind}{:04}{:02}{:02}{:02}{:02}{:02}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        let bits = self.rng.bits();
        id.extend((0..10).map(|index| char::from(character(bits >> (6 * index)))));
        id
    }

    /// The next UUID (version 4), for rows that other tables name.
    pub fn uuid(&self) -> Uuid {
        let bits = (u128::from(self.rng.bits()) << 64) | u128::from(self.rng.bits());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

fn character(bits: u64) -> u8 {
    let index = usize::try_from(bits & 63).unwrap_or(0);
    ALPHABET[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_kind_its_second_and_nothing_else() {
        let (clock, _) = Clock::manual(1_761_307_200_999);
        let ids = Ids::seeded(clock, 7);
        let (first, second) = (ids.next("PY"), ids.next("PY"));
        assert!(first.starts_with("PY20251024120000"), "{first}");
        assert_eq!((first.len(), first.is_ascii()), (26, true));
        assert_ne!(first, second);
    }
}
