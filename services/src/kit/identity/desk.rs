//! Hands tokens to services that do not mint their own: a service shows its own secret, and gets a token for what the
//! tables open to it, never for more.

use payment_clients::{
    apis::merchant_auth::{IssueServiceToken, ServiceToken},
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
};
use sha2::{Digest, Sha256};

use super::{
    forbidden,
    token::{Grant, Issuer},
    unauthenticated,
};
use crate::{host::Secrets, kit::clock::Clock, registry};

/// Where services ask for their tokens.
#[derive(Debug)]
pub struct Desk {
    issuer: Issuer,
    secrets: Secrets,
}

// === impl Desk ===

impl Desk {
    /// The desk of the platform whose secrets these are.
    ///
    /// # Errors
    /// When the issuer's key cannot be read.
    pub fn open(secrets: &Secrets, clock: Clock) -> Result<Self> {
        Ok(Self { issuer: Issuer::open(secrets, clock)?, secrets: secrets.clone() })
    }

    /// A token for who proves to be a service.
    ///
    /// # Errors
    /// 401 for an unknown service or a wrong secret, without saying which; 403 for more than the service may do there.
    pub fn issue(&self, request: &IssueServiceToken) -> Result<ServiceToken> {
        let IssueServiceToken { service, audience, secret, scopes } = request;
        let own = self.secrets.of_service(service.as_str());
        if !own.is_ok_and(|own| alike(own.expose(), secret)) {
            let message = format!("`{service}` and the secret do not belong together, or there is no such service");
            return Err(unauthenticated("UNKNOWN_SERVICE", message));
        }
        let open = registry::scopes(service.as_str(), audience.as_str());
        if open.is_empty() {
            return Err(forbidden(format!("{service} may call nothing at `{audience}`")));
        }
        let scopes = scopes.clone().unwrap_or_else(|| open.clone());
        if let Some(more) = scopes.iter().find(|scope| !open.contains(scope)) {
            return Err(forbidden(format!("{service} may not call `{more}` at {audience}; leave it out of `scopes`")));
        }
        let (caller, audience) = (service.as_str(), audience.as_str());
        let (token, claims) = self.issuer.mint(&Grant { caller, audience, scopes: &scopes, act: None })?;
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds.saturating_mul(1000));
        Ok(ServiceToken {
            token,
            issuer: claims.iss,
            service: service.clone(),
            audience: claims.aud.into(),
            scopes,
            expires_at: at(claims.exp),
            issued_at: at(claims.iat),
        })
    }
}

/// Compares digests, so that the time that it takes says nothing about the secret.
fn alike(own: &str, shown: &SecretText) -> bool {
    Sha256::digest(own) == Sha256::digest(shown.expose())
}
