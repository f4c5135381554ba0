//! Puts a service's token on each of its calls to a neighbour. It mints them itself, so no call waits for a token.
//!
//! A token names for whom the service acts, which changes from call to call. So this is a signer, which sees the call
//! that is being served, and no credential, which is the same for all calls of a client.

use std::{fmt, ops::Range, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use moka::sync::Cache;
use payment_clients::{
    client::wire::Signer,
    contract::{
        context::CallContext,
        error::{Error, Result},
    },
};

use super::token::{Grant, Issuer, LIFE};
use crate::kit::clock::millis;

/// Merchants whose token is kept.
const KEPT: u64 = 1024;

/// The tokens of one service for one neighbour.
pub struct Bearer {
    issuer: Arc<Issuer>,
    caller: &'static str,
    audience: &'static str,
    scopes: Vec<String>,
    /// By whom the service acts for.
    held: Cache<Option<String>, Held>,
}

#[derive(Clone)]
struct Held {
    header: HeaderValue,
    /// From when it was minted; before, should the clock have gone back, it would be from the future.
    fresh: Range<i64>,
}

// === impl Bearer ===

impl Bearer {
    /// Tokens of `caller` for `audience`, good for these operations.
    pub fn new(issuer: Arc<Issuer>, caller: &'static str, audience: &'static str, scopes: Vec<String>) -> Self {
        Self { issuer, caller, audience, scopes, held: Cache::new(KEPT) }
    }

    /// The header for a call on behalf of somebody. A token is replaced before it ends, since a call takes time.
    fn header(&self, act: Option<String>) -> Result<HeaderValue> {
        let now = self.issuer.clock().now();
        if let Some(held) = self.held.get(&act).filter(|held| held.fresh.contains(&now)) {
            return Ok(held.header);
        }
        let Self { caller, audience, scopes, .. } = self;
        let (token, _) = self.issuer.mint(&Grant { caller, audience, scopes, act: act.as_deref() })?;
        let header = HeaderValue::try_from(format!("Bearer {}", token.expose()));
        let mut header = header.map_err(Error::internal)?;
        header.set_sensitive(true);
        let fresh = now..now.saturating_add(millis(LIFE / 2));
        self.held.insert(act, Held { header: header.clone(), fresh });
        Ok(header)
    }
}

impl Signer for Bearer {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        request.headers_mut().insert(header::AUTHORIZATION, self.header(acting())?);
        Ok(())
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").field("caller", &self.caller).field("audience", &self.audience).finish_non_exhaustive()
    }
}

/// For whom the call being served is: for the one that its caller named, or for the caller, unless that is a service.
fn acting() -> Option<String> {
    let call = CallContext::current()?;
    let caller = call.principal.as_ref().filter(|caller| !caller.starts_with("service:"));
    call.on_behalf_of.as_ref().or(caller).cloned()
}
