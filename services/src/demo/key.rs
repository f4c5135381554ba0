//! A merchant's API key in the hand of a program that lives by the clock of the services, which may not be the machine's.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::Request;
use payment_clients::{
    client::{signer::MerchantSigner, wire::Signer},
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
    seams::{self, Rng},
};

use crate::kit::clock::Clock;

/// An API key, which signs by the clock of the services.
#[derive(Clone)]
pub struct Key {
    name: String,
    secret: SecretText,
    clock: Clock,
    nonce: Option<u64>,
}

// === impl Key ===

impl Key {
    /// The key of this name.
    pub fn new(name: String, secret: SecretText, clock: &Clock) -> Self {
        Self { name, secret, clock: clock.clone(), nonce: None }
    }

    /// The same key, which always draws the same nonce.
    #[must_use]
    pub fn repeating(&self, nonce: u64) -> Self {
        Self { nonce: Some(nonce), ..self.clone() }
    }
}

impl Signer for Key {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        let since = Duration::from_millis(u64::try_from(self.clock.now()).map_err(Error::internal)?);
        let now = seams::Clock::starting_at(SystemTime::UNIX_EPOCH + since);
        let mut signer = MerchantSigner::v2(&self.name, self.secret.clone())?.clock(now);
        if let Some(nonce) = self.nonce {
            signer = signer.rng(Rng::seeded(nonce));
        }
        signer.sign(request)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}
