//! API keys. Who may see a secret is the merchant alone, and once.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{ApiKey, ApiKeyApi, ApiKeyId, Changed, CreateApiKey, Environment, MessageData, UpdateApiKey},
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};

use super::{Caller, Merchants, caller, changed, done};
use crate::{
    kit::{store::Tx, vault::About},
    merchant::{
        domain::{
            api_keys::{self, MASKED},
            fields,
            merchants::is_live,
        },
        store::{self, api_keys::Stored, text},
    },
};

/// What the secret of a key is sealed about.
pub(super) fn about<'a>(owner: &'a str, id: &'a str) -> About<'a> {
    About { owner, kind: store::api_keys::SECRETS.kind, id }
}

impl Merchants {
    /// A new key with its secret, and the secret sealed.
    pub(super) fn new_key(
        &self,
        name: &str,
        environment: Environment,
        owner: MerchantId,
        is_active: bool,
    ) -> Result<(ApiKey, String)> {
        let asked = CreateApiKey { name: name.to_owned(), environment, expires_at: None };
        let (key, sealed) = self.mint(&asked, owner)?;
        Ok((ApiKey { is_active, ..key }, sealed))
    }

    fn mint(&self, asked: &CreateApiKey, owner: MerchantId) -> Result<(ApiKey, String)> {
        let (id, now) = (self.ids.uuid().into(), self.clock.timestamp());
        let minted = api_keys::mint(&self.rng, &asked.environment)?;
        let key = api_keys::draft(asked, id, owner, minted, now)?;
        let sealed = self.seal_secret(&key, &key.api_secret)?;
        Ok((key, sealed))
    }

    fn seal_secret(&self, key: &ApiKey, secret: &SecretText) -> Result<String> {
        self.vault.seal(about(&key.merchant_id.to_string(), &key.id.to_string()), secret.expose().as_bytes())
    }

    /// Changes one key in a unit: `change` decides and saves, and names what it did where there was something to do.
    async fn change_key<T, F>(&self, caller: Caller, id: ApiKeyId, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, Stored) -> Result<(Option<&'static str>, T)> + Send + 'static,
    {
        let (scope, now) = (caller.scope(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let stored = store::api_keys::require(tx, id, &scope)?;
            let before = text(&stored.key)?;
            let (what, answer) = change(tx, stored)?;
            if let Some(what) = what {
                store::note(tx, &caller.name, what, ("api_key", &id.to_string()), (&before, ""), now)?;
            }
            Ok(answer)
        };
        self.store.write(unit).await
    }
}

#[async_trait]
impl ApiKeyApi for Merchants {
    async fn list_api_keys(&self, environment: Option<Environment>) -> Result<Vec<ApiKey>> {
        let own = caller()?.own()?;
        if let Some(environment) = &environment {
            fields::known("environment", environment.as_str(), Environment::KNOWN)?;
        }
        self.store.read(move |view| store::api_keys::list(view, own, environment.as_ref())).await
    }

    async fn create_api_key(&self, key: &CreateApiKey) -> Result<Changed<ApiKey>> {
        let (caller, now) = (caller()?, self.clock.now());
        let own = caller.own()?;
        let (key, sealed) = self.mint(key, own)?;
        let unit = move |tx: &mut Tx<'_>| {
            let merchant = store::merchants::require(tx, own)?;
            api_keys::may_be_used(&key.environment, is_live(&merchant.status, &merchant.kyc_status))?;
            api_keys::one_more(&key.environment, store::api_keys::count(tx, own, &key.environment)?)?;
            store::api_keys::insert(tx, &key, &sealed)?;
            let shown = ApiKey { api_secret: MASKED.into(), ..key.clone() };
            store::note(tx, &caller.name, "created", ("api_key", &key.id.to_string()), ("", &text(&shown)?), now)?;
            Ok(changed("created; its secret is shown this once", key))
        };
        self.store.write(unit).await
    }

    async fn get_api_key(&self, id: &ApiKeyId) -> Result<ApiKey> {
        let (scope, id) = (caller()?.scope(), *id);
        self.store.read(move |view| store::api_keys::require(view, id, &scope).map(|stored| stored.key)).await
    }

    async fn update_api_key(&self, id: &ApiKeyId, changes: &UpdateApiKey) -> Result<Changed<ApiKey>> {
        let (changes, now) = (changes.clone(), self.clock.timestamp());
        self.change_key(caller()?, *id, move |tx, stored| {
            let merchant = store::merchants::require(tx, stored.key.merchant_id)?;
            let live = is_live(&merchant.status, &merchant.kyc_status);
            let key = api_keys::update(stored.key, &changes, stored.is_revoked, live, now)?;
            store::api_keys::update(tx, &key)?;
            Ok((Some("changed"), changed("saved", key)))
        })
        .await
    }

    async fn delete_api_key(&self, id: &ApiKeyId) -> Result<MessageData> {
        self.change_key(caller()?, *id, |tx, Stored { key, .. }| {
            if key.is_active && key.environment == Environment::Production {
                let message = format!("the key {} is active for production; revoke it first", key.id);
                return Err(Error::conflict("API_KEY_ACTIVE", message));
            }
            store::api_keys::delete(tx, key.id)?;
            Ok((Some("deleted"), done("deleted")))
        })
        .await
    }

    async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<MessageData> {
        let now = self.clock.now();
        self.change_key(caller()?, *id, move |tx, stored| {
            if stored.is_revoked {
                return Ok((None, done("revoked")));
            }
            store::api_keys::revoke(tx, stored.key.id, now)?;
            Ok((Some("revoked"), done("revoked")))
        })
        .await
    }

    async fn rotate_api_key(&self, id: &ApiKeyId) -> Result<Changed<ApiKey>> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        caller.own()?;
        let (secret, merchants) = (api_keys::secret(&self.rng)?, self.clone());
        self.change_key(caller, *id, move |tx, stored| {
            if stored.is_revoked {
                return Err(api_keys::ended(&stored.key));
            }
            let sealed = merchants.seal_secret(&stored.key, &secret)?;
            store::api_keys::rotate(tx, stored.key.id, &sealed, now.unix_ms())?;
            let key = ApiKey { api_secret: secret, updated_at: now, ..stored.key };
            Ok((Some("rotated"), changed("rotated; the new secret is shown this once", key)))
        })
        .await
    }
}
