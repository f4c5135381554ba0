//! Service tokens: who calls whom, for which operations and for whom, for five minutes at most, signed with Ed25519.
//!
//! They are JSON Web Tokens with one fixed header. Nothing of a token chooses how it is checked, so there is no other
//! algorithm to be talked into; the header also tells a service token from a session's.

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::sync::Cache;
use payment_clients::{
    contract::{
        error::{Error, Result},
        secret::{Secret, SecretText},
    },
    seams::Rng,
};
use serde::{Deserialize, Serialize};

use crate::{host::Secrets, kit::clock::Clock};

/// Longest life of a token.
pub const LIFE: Duration = Duration::from_secs(300);
/// Who signs.
pub const ISSUER: &str = "payment-platform";

const HEADER: &str = r#"{"alg":"EdDSA","typ":"service+jwt"}"#;
/// How far the clock of whoever minted a token may be ahead of ours, in seconds.
const AHEAD: i64 = 30;
/// Tokens whose signature is not computed again: more than a service has callers.
const REMEMBERED: u64 = 4096;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who signed it.
    pub iss: String,
    /// The service that calls.
    pub sub: String,
    /// The service that is called.
    pub aud: String,
    /// When it was minted, in seconds since 1970.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Names the token in logs.
    pub jti: String,
    /// The operations that it is good for.
    pub scopes: Vec<String>,
    /// For whom the service acts: `merchant:<uuid>`, or `admin:<id>`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<String>,
}

/// What a token shall say.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// The service that calls.
    pub caller: &'a str,
    /// The service that is called.
    pub audience: &'a str,
    /// The operations that it is good for.
    pub scopes: &'a [String],
    /// For whom the service acts.
    pub act: Option<&'a str>,
}

/// Signs tokens.
pub struct Issuer {
    pair: Ed25519KeyPair,
    clock: Clock,
    rng: Rng,
}

/// Checks tokens. Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    public: Arc<[u8]>,
    /// Tokens whose signature holds. Whether their time does is asked each time.
    known: Cache<String, Arc<Claims>>,
    clock: Clock,
}

/// Why a token does not count; whoever shows it may know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No token of ours, or changed since.
    #[error("the token is none that the platform has signed")]
    Forged,
    /// For somebody else.
    #[error("the token is for {0}; ask for one with this service as its audience")]
    Audience(String),
    /// Over.
    #[error("the token has expired; mint another")]
    Expired,
    /// From the future, or for longer than any may live.
    #[error("the token's times cannot be; compare the clocks")]
    Times,
}

// === impl Issuer ===

impl Issuer {
    /// The issuer whose key these secrets hold.
    ///
    /// # Errors
    /// When the key is not 32 bytes in hexadecimal.
    pub fn open(secrets: &Secrets, clock: Clock) -> Result<Self> {
        Self::from_seed(&secrets.get(Secrets::ISSUER)?, clock)
    }

    fn from_seed(seed: &Secret<String>, clock: Clock) -> Result<Self> {
        let bad = || Error::configuration("the issuer's key must be 32 bytes in hexadecimal");
        let number = |half: &str| u128::from_str_radix(half, 16).map_err(|_| bad());
        let (high, low) = seed.expose().split_at_checked(32).ok_or_else(bad)?;
        let seed = [number(high)?.to_be_bytes(), number(low)?.to_be_bytes()].concat();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| bad())?;
        Ok(Self { pair, clock, rng: Rng::system()? })
    }

    /// Mints a token.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn mint(&self, grant: &Grant<'_>) -> Result<(SecretText, Claims)> {
        let now = self.clock.now().div_euclid(1000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: grant.caller.to_owned(),
            aud: grant.audience.to_owned(),
            iat: now,
            exp: now.saturating_add(life()),
            jti: format!("{:032x}", self.rng.unique()?),
            scopes: grant.scopes.to_vec(),
            act: grant.act.map(str::to_owned),
        };
        let payload = serde_json::to_vec(&claims).map_err(Error::internal)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        Ok((format!("{signed}.{signature}").into(), claims))
    }

    /// Who checks what this issuer signs; it knows the public key alone.
    pub fn verifier(&self) -> Verifier {
        let public = self.pair.public_key().as_ref().into();
        Verifier { public, known: Cache::new(REMEMBERED), clock: self.clock.clone() }
    }

    /// The time by which it mints.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuer(…)")
    }
}

// === impl Verifier ===

impl Verifier {
    /// What a token says, if it counts at `audience` now.
    ///
    /// # Errors
    /// Why it does not.
    pub fn verify(&self, token: &str, audience: &str) -> Result<Arc<Claims>, Invalid> {
        let claims = match self.known.get(token) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.read(token).ok_or(Invalid::Forged)?);
                self.known.insert(token.to_owned(), Arc::clone(&claims));
                claims
            }
        };
        let now = self.clock.now().div_euclid(1000);
        if claims.aud != audience {
            Err(Invalid::Audience(claims.aud.clone()))
        } else if claims.exp <= now {
            Err(Invalid::Expired)
        } else if claims.iat > now.saturating_add(AHEAD) || claims.exp.saturating_sub(claims.iat) > life() {
            Err(Invalid::Times)
        } else {
            Ok(claims)
        }
    }

    /// The claims of a token whose signature holds.
    fn read(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, payload) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&ED25519, &self.public).verify(signed.as_bytes(), &signature).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        Some(claims).filter(|claims| is_ours(token) && claims.iss == ISSUER)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// Whether a bearer token claims to be a service's.
pub fn is_ours(token: &str) -> bool {
    token.split_once('.').is_some_and(|(header, _)| header == URL_SAFE_NO_PAD.encode(HEADER))
}

/// In seconds.
fn life() -> i64 {
    i64::try_from(LIFE.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
