//! Keys that survive a crash: derived from the name of the intended effect instead of drawn.
//!
//! A process that dies between sending and hearing the answer has lost a drawn key, and its successor would pay a second
//! time. A derived key needs no memory: the successor knows what it wants, and so derives the same key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::contract::{idempotency::IdempotencyKey, operation::Operation, secret::Secret};

/// Derives idempotency keys from the names of intended effects.
#[derive(Clone)]
pub struct KeyMaker {
    keyed: Hmac<Sha256>,
}

impl KeyMaker {
    /// Derives with `secret`, which makes the keys of one caller unknown to all others. All processes that act for the
    /// caller share it, and keep it as long as any intent may still be in doubt.
    pub fn new(secret: &Secret<[u8; 32]>) -> Self {
        // HMAC's own rule: a key is filled up with zeros to a block.
        let mut block = [0; 64];
        block[..32].copy_from_slice(secret.expose());
        Self { keyed: Hmac::new(&block.into()) }
    }

    /// The key of `intent` done by `operation`: HMAC-SHA256 over both and the service, as 64 hexadecimal digits. Where
    /// a partner takes less, it is cut: each digit of it is as good as any other.
    pub fn key(&self, intent: &str, operation: &Operation) -> IdempotencyKey {
        let mut mac = self.keyed.clone();
        // Names of operations and services hold no zero byte, so no two triples are written alike.
        for part in [intent, "\0", operation.name, "\0", operation.service.name] {
            mac.update(part.as_bytes());
        }
        IdempotencyKey::from_digest(&mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for KeyMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMaker(…)")
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::contract::operation::{Class, Service, Tier};

    const BANK: Service = Service { name: "bank", port: None, tier: Tier::Critical };
    const OTHER: Service = Service { name: "other-bank", ..BANK };
    static PAY: Operation = Operation::new(BANK, "pay", Method::POST, "/payments").class(Class::Keyed);
    static REFUND: Operation = Operation::new(BANK, "refund", Method::POST, "/refunds").class(Class::Keyed);
    static PAY_ELSEWHERE: Operation = Operation::new(OTHER, "pay", Method::POST, "/payments").class(Class::Keyed);

    #[test]
    fn a_key_is_the_same_in_every_process() {
        let key = KeyMaker::new(&Secret::new([7; 32])).key("order-17/capture", &PAY);
        // echo -en 'order-17/capture\0pay\0bank' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…
        assert_eq!(key.as_str(), "18efa929c08fe96119846caa163fefdb282ef8fcefcec2c19efa35484a158147");
    }

    #[test]
    fn another_intent_operation_service_or_secret_makes_another_key() {
        let maker = KeyMaker::new(&Secret::new([7; 32]));
        let key = maker.key("order-17/capture", &PAY);
        assert_ne!(key, maker.key("order-18/capture", &PAY));
        assert_ne!(key, maker.key("order-17/capture", &REFUND));
        assert_ne!(key, maker.key("order-17/capture", &PAY_ELSEWHERE));
        assert_ne!(key, KeyMaker::new(&Secret::new([8; 32])).key("order-17/capture", &PAY));
    }

    #[test]
    fn a_key_maker_shows_nothing_of_its_secret() {
        assert_eq!(format!("{:?}", KeyMaker::new(&Secret::new([7; 32]))), "KeyMaker(…)");
    }
}
