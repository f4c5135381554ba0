//! Identities for tests: merchants with their API keys, services and staff with their tokens.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{Environment, MerchantStatus, SigningKey},
    },
    client::{signer::MerchantSigner, wire::Signer},
    contract::{error::Result, secret::SecretText},
};
use payment_services::{
    host::Secrets,
    kit::{
        clock::Clock,
        identity::{
            directory::Directory,
            token::{Grant, Issuer},
        },
    },
    registry::{self, Name},
};

/// The API key of a merchant.
pub fn key(merchant: u128) -> SigningKey {
    SigningKey {
        merchant_id: MerchantId::from_u128(merchant),
        api_key: format!("pk_test_{merchant}"),
        api_secret: format!("sk_{merchant}").into(),
        environment: Environment::Test,
        is_active: true,
        expires_at: None,
        merchant_status: MerchantStatus::Active,
    }
}

/// Merchants 7 and 8.
pub fn directory() -> Directory {
    Directory::fixed([7, 8].map(key))
}

/// Signs as a merchant.
pub fn merchant(merchant: u128) -> Arc<dyn Signer> {
    let key = key(merchant);
    Arc::new(MerchantSigner::v2(&key.api_key, key.api_secret).unwrap())
}

/// The issuer of the platform in a folder.
pub fn issuer(dir: &Path, clock: &Clock) -> Arc<Issuer> {
    Arc::new(Issuer::open(&Secrets::open(dir).unwrap(), clock.clone()).unwrap())
}

/// Signs as a service that calls another.
pub fn service(issuer: &Arc<Issuer>, caller: &'static str, audience: Name) -> Arc<dyn Signer> {
    Arc::new(Tokens { issuer: Arc::clone(issuer), caller, audience, act: None })
}

/// Signs as a member of staff, for whom admin-service vouches.
pub fn staff(issuer: &Arc<Issuer>, audience: Name) -> Arc<dyn Signer> {
    Arc::new(Tokens { issuer: Arc::clone(issuer), caller: "admin-service", audience, act: Some("admin:1") })
}

/// Shows a merchant's session.
pub fn session(token: &SecretText) -> Arc<dyn Signer> {
    Arc::new(Session(token.clone()))
}

/// The token of who has logged in.
#[derive(Debug)]
struct Session(SecretText);

impl Signer for Session {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        let value = HeaderValue::try_from(format!("Bearer {}", self.0.expose())).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        Ok(())
    }
}

/// A token for every attempt.
#[derive(Debug)]
struct Tokens {
    issuer: Arc<Issuer>,
    caller: &'static str,
    audience: Name,
    act: Option<&'static str>,
}

impl Signer for Tokens {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        let audience = self.audience.service().name;
        let scopes = registry::scopes(self.caller, audience);
        let (token, _) = self.issuer.mint(&Grant { caller: self.caller, audience, scopes: &scopes, act: self.act })?;
        let value = HeaderValue::try_from(format!("Bearer {}", token.expose())).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        Ok(())
    }
}
