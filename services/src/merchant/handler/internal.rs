//! What other services ask: who a merchant is, whether a password is its own, and what a key signs with.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            ApiKeyInternalApi, CredentialsVerdict, Merchant, MerchantCredentials, MerchantIdentity,
            MerchantInternalApi, MerchantNo, MessageData, SigningKey, UpdatePasswordHash, VerifyCredentials,
        },
        merchant_auth::merchant_login_api,
    },
    contract::error::{Error, Result},
};

use super::{Caller, Merchants, api_keys::about, caller, done};
use crate::{
    kit::{
        password::{Hash, Verdict},
        store::Tx,
        text,
    },
    merchant::{domain, store},
};

/// How old the note of a key's last use may be before it is written again: a write for every call would be too dear.
const STALE: i64 = 60_000;

/// Passwords are the business of one service.
fn merchant_auth() -> Result<Caller> {
    let caller = caller()?;
    caller.service(Some(merchant_login_api::SERVICE.name)).map(|()| caller)
}

impl Merchants {
    async fn credentials(&self, id: MerchantId) -> Result<(Merchant, Hash)> {
        let read = self
            .store
            .read(move |view| Ok((store::merchants::require(view, id)?, store::merchants::password(view, id)?)));
        read.await
    }
}

#[async_trait]
impl MerchantInternalApi for Merchants {
    async fn get_merchant_identity(&self, id: &MerchantId) -> Result<MerchantIdentity> {
        let id = caller()?.reach(*id)?;
        let merchant = self.store.read(move |view| store::merchants::require(view, id)).await?;
        Ok(MerchantIdentity {
            id: merchant.id,
            merchant_no: MerchantNo::default(),
            merchant_name: merchant.name,
            email: merchant.email,
            phone: merchant.phone,
            status: merchant.status,
        })
    }

    async fn verify_credentials(&self, credentials: &VerifyCredentials) -> Result<CredentialsVerdict> {
        merchant_auth()?;
        let (id, password) = (credentials.merchant_id, &credentials.password);
        text::required("password", password.expose(), 1024)?;
        let (merchant, stored) = self.credentials(id).await?;
        let verdict = self.passwords.verify(password, Some(stored.clone())).await?;
        let valid = verdict != Verdict::Wrong;
        if let Verdict::Right { renewed: Some(renewed) } = verdict {
            let now = self.clock.now();
            // Only over the hash that was verified: a new password may have come in between.
            let unit = move |tx: &mut Tx<'_>| store::merchants::set_password(tx, id, Some(&stored), &renewed, now);
            self.store.write(unit).await?;
        }
        Ok(CredentialsVerdict { valid, status: merchant.status })
    }

    async fn get_merchant_with_password(&self, id: &MerchantId) -> Result<MerchantCredentials> {
        merchant_auth()?;
        let (merchant, hash) = self.credentials(*id).await?;
        Ok(MerchantCredentials {
            id: merchant.id,
            merchant_no: MerchantNo::default(),
            merchant_name: merchant.name,
            email: merchant.email,
            phone: merchant.phone,
            status: merchant.status,
            password_hash: hash.expose().into(),
        })
    }

    async fn update_merchant_password_hash(&self, id: &MerchantId, update: &UpdatePasswordHash) -> Result<MessageData> {
        let (caller, id, now) = (merchant_auth()?, *id, self.clock.now());
        let hash = self.passwords.accept("password_hash", &update.password_hash)?;
        let unit = move |tx: &mut Tx<'_>| {
            if !store::merchants::set_password(tx, id, None, &hash, now)? {
                return Err(store::missing("merchant", id));
            }
            store::note(tx, &caller.name, "password", ("merchant", &id.to_string()), ("", ""), now)
        };
        self.store.write(unit).await.map(|()| done("saved"))
    }
}

#[async_trait]
impl ApiKeyInternalApi for Merchants {
    async fn get_signing_key(&self, api_key: &str) -> Result<SigningKey> {
        caller()?.service(None)?;
        let (name, now) = (api_key.to_owned(), self.clock.now());
        let found = self.store.read(move |view| store::api_keys::signing(view, &name)).await?;
        let key = found.key;
        let live = domain::merchants::is_live(&found.status, &found.kyc_status);
        let counts = key.is_active && domain::api_keys::may_be_used(&key.environment, live).is_ok();
        let id = key.id;
        if counts && key.last_used_at.is_none_or(|used| used.unix_ms().saturating_add(STALE) <= now) {
            self.store.write(move |tx| store::api_keys::used(tx, id, now)).await?;
        }
        let secret = self.vault.open(about(&key.merchant_id.to_string(), &id.to_string()), &found.sealed)?;
        let secret = str::from_utf8(secret.expose()).map_err(Error::internal)?;
        Ok(SigningKey {
            merchant_id: key.merchant_id,
            api_key: key.api_key,
            api_secret: secret.into(),
            environment: key.environment,
            is_active: counts,
            expires_at: key.expires_at,
            merchant_status: found.status,
        })
    }
}
