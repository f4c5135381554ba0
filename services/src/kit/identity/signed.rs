//! Checks what a merchant's program has signed, cheapest first: headers, time, announced size, key, signature, nonce.
//!
//! Whoever does not prove the secret is not told whether the key exists. Whoever does is told what is wrong with it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, request::Parts};
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{ApiKeyInternalApi, Environment, MerchantStatus, SigningKey},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        signature::{self, Signed, TOLERANCE},
    },
    server::BodyLimit,
};

use super::{
    failures::Failures,
    forbidden,
    nonces::{self, Taken},
    unauthenticated,
};
use crate::kit::{clock::Clock, store::Store};

/// Longest time that a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Checks the signatures that a service is shown.
pub struct Signatures {
    keys: Arc<dyn ApiKeyInternalApi>,
    store: Store,
    failures: Failures,
    clock: Clock,
}

/// What the headers say.
struct Proof {
    api_key: String,
    signature: String,
    seconds: i64,
    nonce: String,
}

// === impl Signatures ===

impl Signatures {
    /// Looks keys up in `keys` and keeps nonces in `store`.
    pub fn new(keys: Arc<dyn ApiKeyInternalApi>, store: Store, clock: Clock) -> Self {
        Self { keys, store, failures: Failures::new(clock.clone()), clock }
    }

    /// The merchant that has signed a request, and the request, to be read once more.
    ///
    /// # Errors
    /// 401 or 403 with what is wrong, 429 for who has failed too often, 503 when the key cannot be looked up.
    pub async fn check(&self, request: Request, address: IpAddr) -> Result<(MerchantId, Request)> {
        let proof = Proof::read(request.headers())?;
        let now = self.clock.now();
        if now.div_euclid(1000).abs_diff(proof.seconds) > TOLERANCE.as_secs() {
            let rule = format!("is more than {} seconds from ours; sign again, or set the clock", TOLERANCE.as_secs());
            return Err(unauthenticated("SIGNATURE_STALE", format!("`{}` {rule}", signature::TIMESTAMP)));
        }
        let limit = request.extensions().get().copied().unwrap_or_else(BodyLimit::default);
        let (parts, body) = request.into_parts();
        limit.admit(&body)?;
        let Some(key) = self.key(&proof.api_key).await? else { return Err(self.unproven(&proof, address)) };
        let body = read(limit, body).await?;
        if !proof.holds(&key, &parts, &body)? {
            return Err(self.unproven(&proof, address));
        }
        counts(&key, now)?;
        match nonces::take(&self.store, &proof.api_key, &proof.nonce, proof.seconds, now).await? {
            Taken::New => {}
            Taken::Again => {
                let message = format!("`{}` was used before; sign each attempt anew", signature::NONCE);
                return Err(unauthenticated("SIGNATURE_REPLAYED", message));
            }
            Taken::TooOld => {
                let message = "our clock went back, and nobody knows whether this was taken before; sign again later";
                return Err(unauthenticated("SIGNATURE_STALE", message));
            }
        }
        Ok((key.merchant_id, Request::from_parts(parts, Body::from(body))))
    }

    /// The key of this name, if anybody has it.
    async fn key(&self, api_key: &str) -> Result<Option<SigningKey>> {
        match self.keys.get_signing_key(api_key).await {
            Ok(key) => Ok(Some(key)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let message = "API keys cannot be looked up now; nothing was done, send the request again";
                Err(Error::unavailable(message, Duration::from_secs(1)).with_source(error))
            }
        }
    }

    /// The refusal of who has not proven a key, counted.
    fn unproven(&self, proof: &Proof, address: IpAddr) -> Error {
        match self.failures.note(&proof.api_key, address) {
            None => unauthenticated("SIGNATURE_INVALID", "the signature does not hold under this API key"),
            Some(wait) => {
                let message =
                    "too many signatures of this API key from here did not hold; one that holds is taken at once";
                Error::new(ErrorKind::RateLimited, Certainty::NotProcessed, message)
                    .with_code("TOO_MANY_FAILURES")
                    .with_status(StatusCode::TOO_MANY_REQUESTS)
                    .with_retry_after(wait)
            }
        }
    }
}

/// Whether a key that was proven counts now.
fn counts(key: &SigningKey, now: i64) -> Result<()> {
    if !key.is_active {
        return Err(unauthenticated("API_KEY_REVOKED", "the API key was revoked; make another"));
    }
    if key.expires_at.is_some_and(|end| end.unix_ms() <= now) {
        return Err(unauthenticated("API_KEY_EXPIRED", "the API key has expired; make another"));
    }
    match (&key.merchant_status, &key.environment) {
        (MerchantStatus::Active, _) | (MerchantStatus::Pending, Environment::Test) => Ok(()),
        (status, environment) => {
            Err(forbidden(format!("a merchant that is {status} may not use a key for {environment}")))
        }
    }
}

async fn read(limit: BodyLimit, body: Body) -> Result<Bytes> {
    let read = tokio::time::timeout(BODY_WITHIN, limit.read(body)).await;
    read.unwrap_or_else(|_| {
        Err(Error::invalid_input("body", format!("must arrive within {} seconds", BODY_WITHIN.as_secs())))
    })
}

// === impl Proof ===

impl Proof {
    fn read(headers: &HeaderMap) -> Result<Self> {
        let [api_key, version, signature, seconds, nonce] = [
            signature::API_KEY,
            signature::SIGNATURE_VERSION,
            signature::SIGNATURE,
            signature::TIMESTAMP,
            signature::NONCE,
        ]
        .map(|name| text(headers, &name));
        if version.as_deref().ok() != Some(signature::V2) {
            let message =
                format!("`{}` must be {}, the only one taken here", signature::SIGNATURE_VERSION, signature::V2);
            return Err(unauthenticated("SIGNATURE_VERSION", message));
        }
        let malformed = |name: HeaderName, rule| unauthenticated("SIGNATURE_MALFORMED", format!("`{name}` {rule}"));
        let seconds = seconds?.parse().map_err(|_| malformed(signature::TIMESTAMP, "must be seconds since 1970"))?;
        let nonce = nonce?;
        if !(16..=64).contains(&nonce.len()) {
            return Err(malformed(signature::NONCE, "must have 16 to 64 characters"));
        }
        Ok(Self { api_key: api_key?, signature: signature?, seconds, nonce })
    }

    fn holds(&self, key: &SigningKey, parts: &Parts, body: &Bytes) -> Result<bool> {
        let host = signature::host(&parts.uri, &parts.headers)
            .ok_or_else(|| unauthenticated("SIGNATURE_MALFORMED", "`host` is missing, and is signed"))?;
        let (method, path, query) = (&parts.method, parts.uri.path(), parts.uri.query().unwrap_or_default());
        let signed = Signed { method, host: &host, path, query, body, seconds: self.seconds, nonce: &self.nonce };
        Ok(signed.is_proven_by(&key.api_secret, &self.signature))
    }
}

/// The one value of a header, in visible ASCII.
fn text(headers: &HeaderMap, name: &HeaderName) -> Result<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
    let usable =
        value.filter(|value| (1..=256).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()));
    usable
        .map(str::to_owned)
        .ok_or_else(|| unauthenticated("SIGNATURE_MALFORMED", format!("`{name}` must be given once, in visible ASCII")))
}
