//! One-time passwords by time (RFC 6238), as authenticator apps compute them: SHA-1, six digits, steps of 30 seconds, one
//! step of tolerance to either side.
//!
//! A code is good once: [`Seed::step_of`] says which step a code belongs to, and the service takes it in one statement,
//! `UPDATE … SET last_step = $s WHERE … AND last_step < $s`, that must hit one row.

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE32_NOPAD;
use payment_clients::contract::{
    error::{Error, Result},
    secret::{Secret, SecretText},
};

/// Bytes of a seed: those of SHA-1's output.
const SEED: usize = 20;
/// Milliseconds of a step.
const STEP: i64 = 30_000;
/// Steps that the clock of an authenticator may be away from ours.
const TOLERANCE: i64 = 1;
/// One more than the largest code.
const CODES: u32 = 1_000_000;

/// What an authenticator and its service share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed(Secret<[u8; SEED]>);

// === impl Seed ===

impl Seed {
    /// A new seed.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; SEED];
        aws_lc_rs::rand::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Self(Secret::new(bytes)))
    }

    /// Reads a seed as it was stored.
    ///
    /// # Errors
    /// When it has another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| Error::internal(format!("a seed has {SEED} bytes")))?;
        Ok(Self(Secret::new(bytes)))
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// The text that is typed into an authenticator.
    pub fn base32(&self) -> SecretText {
        BASE32_NOPAD.encode(self.0.expose()).into()
    }

    /// The address that an authenticator reads from a picture.
    pub fn uri(&self, issuer: &str, account: &str) -> SecretText {
        let [issuer, account] = [issuer, account].map(escape);
        let secret = self.base32();
        let secret = secret.expose();
        let text = format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        );
        text.into()
    }

    /// The step whose code this is, near the present one; the latest, should it be that of several.
    pub fn step_of(&self, code: &str, now: i64) -> Option<i64> {
        let present = now.div_euclid(STEP);
        let steps = (present - TOLERANCE)..=(present + TOLERANCE);
        // Each step is compared, so that the time taken says nothing.
        steps.fold(None, |found, step| {
            let same = constant_time::verify_slices_are_equal(self.code(step).as_bytes(), code.as_bytes()).is_ok();
            if same { Some(step) } else { found }
        })
    }

    /// The code at a time, as an authenticator shows it.
    pub fn code_at(&self, now: i64) -> String {
        self.code(now.div_euclid(STEP))
    }

    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.expose());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        // The low four bits of the last byte say where the code's four bytes are; there are twenty.
        let offset = usize::from(tag[SEED - 1] & 0x0f);
        let bits = tag[offset..offset + 4].iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        format!("{:06}", (bits & 0x7fff_ffff) % CODES)
    }
}

/// All but letters, digits and `-._~` as `%XX`.
fn escape(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the last six of its eight digits.
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in table {
            assert_eq!(seed().code_at(seconds * 1000), code, "at {seconds}");
        }
    }

    #[test]
    fn a_code_is_known_one_step_around_its_own() {
        let (seed, noon) = (seed(), 1_761_307_200_000);
        let step = noon / 30_000;
        for (away, known) in [(-60_001, false), (-60_000, false), (-30_000, true), (0, true), (30_000, true)] {
            let found = seed.step_of(&seed.code_at(noon + away), noon);
            assert_eq!(found, known.then_some(step + away.div_euclid(30_000)), "{away} ms away");
        }
        assert_eq!(seed.step_of(&seed.code_at(noon + 60_000), noon), None);
    }

    #[test]
    fn what_is_no_code_is_the_code_of_no_step() {
        for text in ["", "1", "28708", "2870820", "２８７０８２", "28708a", " 287082"] {
            assert_eq!(seed().step_of(text, 59_000), None, "{text}");
        }
        assert_eq!(seed().step_of("287082", 59_000), Some(1));
    }

    #[test]
    fn an_authenticator_is_told_all_that_it_needs() {
        let uri = seed().uri("PaymentPlatform", "jane doe@example.com");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/PaymentPlatform:jane%20doe%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=PaymentPlatform&algorithm=SHA1&digits=6&period=30"
        );
        assert!(!format!("{:?} {uri:?}", seed()).contains("49"), "seeds are not printed");
        assert_ne!(Seed::random().unwrap(), Seed::random().unwrap());
        assert_eq!(
            Seed::from_bytes(b"short").unwrap_err().kind(),
            payment_clients::contract::error::ErrorKind::Internal
        );
    }
}
