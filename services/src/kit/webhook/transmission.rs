//! PayPal's scheme: what is signed is `<transmission id>|<transmission time>|<webhook id>|<CRC-32 of the body>`, and the
//! signature travels in Base64, its first two parts in headers of their own.
//!
//! PayPal signs with a certificate; between the simulator and us it is HMAC-SHA256 with a secret that both know. The
//! checksum is as PayPal has it, and weak: whoever has seen one event can make another body that matches it. So a
//! signature that holds says that PayPal has sent something, and what it says has to be asked for.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;
use payment_clients::contract::{secret::Secret, timestamp::Timestamp};

use super::{Invalid, TOLERANCE, keyed};

/// How a body was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmission<'a> {
    /// Names this attempt.
    pub id: &'a str,
    /// When it was made, as RFC 3339 text.
    pub time: &'a str,
    /// Names the receiver at the sender; it does not travel.
    pub webhook_id: &'a str,
}

// === impl Transmission ===

impl Transmission<'_> {
    /// Signs a body.
    pub fn sign(&self, secret: &Secret<String>, body: &[u8]) -> String {
        let signed = self.signed(body);
        STANDARD.encode(keyed(secret).chain_update(signed).finalize().into_bytes())
    }

    /// Checks a body against a signature, at `seconds` since 1970. Any of the secrets may have signed it.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn verify(
        &self,
        secrets: &[Secret<String>],
        signature: &str,
        seconds: i64,
        body: &[u8],
    ) -> Result<(), Invalid> {
        if secrets.is_empty() || self.webhook_id.is_empty() {
            return Err(Invalid::NoSecret);
        }
        let signature = STANDARD.decode(signature).map_err(|_| Invalid::NotBase64)?;
        let signed_at: Timestamp = self.time.parse().map_err(|_| Invalid::NoTransmission)?;
        if self.id.is_empty() {
            return Err(Invalid::NoTransmission);
        }
        if seconds.abs_diff(signed_at.unix_ms().div_euclid(1000)) > TOLERANCE {
            return Err(Invalid::Stale);
        }
        let signed = self.signed(body);
        // Compares in constant time.
        let holds = |secret| keyed(secret).chain_update(&signed).verify_slice(&signature).is_ok();
        if secrets.iter().any(holds) { Ok(()) } else { Err(Invalid::Forged) }
    }

    fn signed(&self, body: &[u8]) -> String {
        format!("{}|{}|{}|{}", self.id, self.time, self.webhook_id, crc32(body))
    }
}

/// The checksum of ISO 3309, as in gzip.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SENT: Transmission<'_> =
        Transmission { id: "69cd13f0-d67a-11e5-baa3-778b53f4ae55", time: "2025-10-24T12:00:00Z", webhook_id: "WH-1" };
    /// The same second.
    const NOON: i64 = 1_761_307_200;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_checksum_is_the_one_that_everybody_has() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn only_what_was_signed_holds_and_only_for_a_while() {
        let signature = SENT.sign(&secret("new"), b"{}");
        let secrets = [secret("old"), secret("new")];
        let verify = |sent: Transmission<'_>, seconds, body| sent.verify(&secrets, &signature, seconds, body);
        for seconds in [NOON - 300, NOON, NOON + 300] {
            assert_eq!(verify(SENT, seconds, b"{}"), Ok(()));
        }
        for seconds in [NOON - 301, NOON + 301] {
            assert_eq!(verify(SENT, seconds, b"{}"), Err(Invalid::Stale));
        }
        assert_eq!(verify(SENT, NOON, b"{ }"), Err(Invalid::Forged));
        assert_eq!(verify(Transmission { id: "another", ..SENT }, NOON, b"{}"), Err(Invalid::Forged));
        assert_eq!(verify(Transmission { webhook_id: "WH-2", ..SENT }, NOON, b"{}"), Err(Invalid::Forged));
        let later = Transmission { time: "2025-10-24T12:00:01Z", ..SENT };
        assert_eq!(verify(later, NOON, b"{}"), Err(Invalid::Forged));
    }

    #[test]
    fn nothing_holds_where_anything_is_missing() {
        let signature = SENT.sign(&secret("s"), b"{}");
        let secrets = [secret("s")];
        assert_eq!(SENT.verify(&[], &signature, NOON, b"{}"), Err(Invalid::NoSecret));
        let nobody = Transmission { webhook_id: "", ..SENT };
        assert_eq!(nobody.verify(&secrets, &nobody.sign(&secrets[0], b"{}"), NOON, b"{}"), Err(Invalid::NoSecret));
        for sent in [Transmission { id: "", ..SENT }, Transmission { time: "", ..SENT }] {
            assert_eq!(sent.verify(&secrets, &signature, NOON, b"{}"), Err(Invalid::NoTransmission));
        }
        for text in ["", "not base64"] {
            assert!(SENT.verify(&secrets, text, NOON, b"{}").is_err());
        }
    }
}
