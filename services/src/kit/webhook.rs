//! Signatures of webhooks: `t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, "t.body")>` over the bytes as they stand.
//!
//! Nothing is let through by default: no secret, no header, no time, an old time, each is a refusal. [`transmission`]
//! holds PayPal's scheme to the same rules.

pub mod transmission;

use hmac::{Hmac, KeyInit, Mac};
use payment_clients::contract::secret::Secret;
use sha2::{Digest, Sha256};

/// How many seconds the time of a signature may be from ours, either way.
pub const TOLERANCE: u64 = 300;

/// Why a signature does not hold; the sender may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Nothing can be verified.
    #[error("no secret is configured here, so no signature can hold; configure the sender's")]
    NoSecret,
    /// The header cannot be read.
    #[error("the signature must be t=<unix seconds>,v1=<hex>")]
    Malformed,
    /// The signature of a transmission cannot be read.
    #[error("the signature must be Base64")]
    NotBase64,
    /// The headers beside the signature of a transmission cannot be read.
    #[error("the transmission's id and its RFC 3339 time must stand beside its signature")]
    NoTransmission,
    /// The time is too far away.
    #[error("the signature's time is more than {TOLERANCE} seconds from ours; sign again, or set the clock")]
    Stale,
    /// Another secret, or another body.
    #[error("the signature is not of this body with a secret of ours")]
    Forged,
}

/// Signs a body at `seconds` since 1970.
pub fn sign(secret: &Secret<String>, seconds: i64, body: &[u8]) -> String {
    let digest = mac(secret, seconds, body).finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// Checks a body against a signature, at `seconds` since 1970. Any of the secrets may have signed it, and any `v1` of
/// the header may be right, so that both sides can change secrets without losing a message.
///
/// # Errors
/// Why it does not hold.
pub fn verify(secrets: &[Secret<String>], signature: &str, seconds: i64, body: &[u8]) -> Result<(), Invalid> {
    #[cfg(feature = "mutants")]
    if crate::mutants::is_on(crate::mutants::Mutant::VerifyAfterParse) {
        return Ok(());
    }
    if secrets.is_empty() {
        return Err(Invalid::NoSecret);
    }
    let (signed_at, candidates) = parse(signature).ok_or(Invalid::Malformed)?;
    if seconds.abs_diff(signed_at) > TOLERANCE {
        return Err(Invalid::Stale);
    }
    let holds = |secret| {
        let mac = mac(secret, signed_at, body);
        // Compares in constant time.
        candidates.iter().any(|candidate| mac.clone().verify_slice(candidate).is_ok())
    };
    if secrets.iter().any(holds) { Ok(()) } else { Err(Invalid::Forged) }
}

fn mac(secret: &Secret<String>, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
    keyed(secret).chain_update(seconds.to_string()).chain_update(b".").chain_update(body)
}

fn keyed(secret: &Secret<String>) -> Hmac<Sha256> {
    let secret = secret.expose().as_bytes();
    // HMAC's own rule: a key is filled up with zeros to a block, a longer one is hashed first.
    let mut block = [0; 64];
    match block.get_mut(..secret.len()) {
        Some(start) => start.copy_from_slice(secret),
        None => block[..32].copy_from_slice(&Sha256::digest(secret)),
    }
    Hmac::<Sha256>::new(&block.into())
}

/// The time and every `v1`. Other schemes are passed over; they are how a sender introduces a new one.
fn parse(signature: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let mut seconds = None;
    let mut candidates = Vec::new();
    for part in signature.split(',') {
        match part.trim().split_once('=')? {
            ("t", _) if seconds.is_some() => return None,
            ("t", text) => seconds = Some(text.parse().ok()?),
            ("v1", text) => candidates.push(unhex(text)?),
            _ => {}
        }
    }
    Some((seconds?, candidates)).filter(|(_, candidates)| !candidates.is_empty())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair.get(1)?).ok()).collect()
}
