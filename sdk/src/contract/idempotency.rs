//! The key that makes a repeat recognisable, and the fingerprint that proves it is a repeat.
//!
//! A key names one intended effect. It is chosen once per call, before the first attempt, and every attempt carries
//! the same key and the same bytes. A server that sees the key again with another fingerprint answers 422.

use std::{fmt, str::FromStr, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::secret::Secret;

/// Names one intended effect; 1 to 255 visible ASCII characters. Clones share the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Arc<str>);

impl IdempotencyKey {
    /// Longest key, as in Stripe's API and the platform's contract.
    pub const MAX_LEN: usize = 255;

    /// Takes a key of the caller's own making, such as one derived from a saga step.
    ///
    /// # Errors
    /// When the text is empty, too long or holds anything but visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidKey> {
        let text = text.into();
        if text.is_empty() || text.len() > Self::MAX_LEN || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidKey { length: text.len() });
        }
        Ok(Self(text.into()))
    }

    /// Makes a key from 128 random bits.
    pub fn from_random(bits: u128) -> Self {
        let mut buffer = [0; uuid::fmt::Hyphenated::LENGTH];
        let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
        Self(Arc::from(&*id.hyphenated().encode_lower(&mut buffer)))
    }

    /// Makes a key from a digest, as 64 hexadecimal digits.
    pub(crate) fn from_digest(digest: &[u8; 32]) -> Self {
        Self(Arc::from(Fingerprint(*digest).to_string()))
    }

    /// The first `length` characters.
    pub(crate) fn cut_to(&self, length: usize) -> Self {
        self.0.get(..length).map_or_else(|| self.clone(), |start| Self(start.into()))
    }

    /// The text that travels in the `Idempotency-Key` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({})", self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// A text that cannot be an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Idempotency-Key must be 1 to {max} visible ASCII characters; got {length}", max = IdempotencyKey::MAX_LEN)]
pub struct InvalidKey {
    length: usize,
}

/// SHA-256 over method, path and body, or HMAC-SHA256 with a secret of the server: two requests with one key are repeats
/// only if this is equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Computes the fingerprint of a request. `path` includes the path arguments; the query is not part of it.
    pub fn of(method: &http::Method, path: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(method.as_str());
        hash.update(b"\n");
        hash.update(path);
        hash.update(b"\n");
        hash.update(body);
        Self(hash.finalize().into())
    }

    /// The same fingerprint, of which nobody without the secret learns what was asked: not even by trying out what it may
    /// have been, such as a short password.
    #[must_use]
    pub fn keyed(self, secret: &Secret<String>) -> Self {
        // HMAC takes keys of any length; an empty one cannot be refused.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return self };
        mac.update(&self.0);
        Self(mac.finalize().into_bytes().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
