//! Merchants: registration, login, records and states.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            Changed, CreateMerchant, Environment, Login, LoginResult, Merchant, MerchantApi, MerchantFilter,
            MerchantKycStatus, MerchantStatus, MessageData, RegisterMerchant, UpdateMerchant, UpdateMerchantKycStatus,
            UpdateMerchantStatus,
        },
        merchant_auth::{LoginOutcome, MerchantLogin},
    },
    contract::{
        error::{Error, ErrorKind, Result},
        page::Page,
        secret::SecretText,
    },
};

use super::{Caller, Merchants, caller, changed, done, unauthenticated};
use crate::{
    kit::{
        events::{
            Kind,
            merchant::{self, MerchantPayload},
        },
        paging,
        store::Tx,
        text,
    },
    merchant::{
        domain::{self, fields},
        store::{self, Step, text},
    },
};

impl Merchants {
    /// Adds a merchant with a key for tests and an inactive one for production. Nobody is told their secrets: rotating a
    /// key shows one.
    async fn add(&self, asked: &CreateMerchant, actor: impl FnOnce(MerchantId) -> String) -> Result<Changed<Merchant>> {
        let now = self.clock.timestamp();
        let merchant = domain::merchants::draft(asked, self.ids.uuid(), now)?;
        let actor = actor(merchant.id);
        let test = self.new_key("Test", Environment::Test, merchant.id, true)?;
        let production = self.new_key("Production", Environment::Production, merchant.id, false)?;
        let password = self.passwords.hash(&asked.password).await?;
        self.once(move |tx| {
            store::merchants::insert(tx, &merchant, &password)?;
            for (key, sealed) in [&test, &production] {
                store::api_keys::insert(tx, key, sealed)?;
            }
            let id = merchant.id.to_string();
            store::note(tx, &actor, "registered", ("merchant", &id), ("", &text(&merchant)?), now.unix_ms())?;
            store::announce(tx, merchant::REGISTERED, &merchant, now.unix_ms())?;
            Ok(changed("registered", merchant))
        })
        .await
    }

    async fn change(&self, caller: Caller, id: MerchantId, changes: &UpdateMerchant) -> Result<Changed<Merchant>> {
        let (changes, now) = (changes.clone(), self.clock.timestamp());
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::merchants::require(tx, id)?;
            let merchant = domain::merchants::update(before.clone(), &changes, now)?;
            store::merchants::update(tx, &merchant)?;
            let texts = (&*text(&before)?, &*text(&merchant)?);
            store::note(tx, &caller.name, "changed", ("merchant", &id.to_string()), texts, now.unix_ms())?;
            store::merchants::whole(tx, id)
        };
        self.store.write(unit).await.map(|merchant| changed("saved", merchant))
    }

    /// Takes a status of a merchant one step, and tells it where `event` says so.
    async fn decide(
        &self,
        id: MerchantId,
        decide: impl FnOnce(&mut Tx<'_>, &Merchant, &Caller, i64) -> Result<Option<Kind<MerchantPayload>>> + Send + 'static,
    ) -> Result<MessageData> {
        let (caller, now) = (caller()?, self.clock.now());
        caller.platform()?;
        let unit = move |tx: &mut Tx<'_>| {
            let merchant = store::merchants::require(tx, id)?;
            let Some(event) = decide(tx, &merchant, &caller, now)? else { return Ok(()) };
            store::announce(tx, event, &store::merchants::require(tx, id)?, now)
        };
        self.store.write(unit).await.map(|()| done("saved"))
    }

    async fn whole(&self, id: MerchantId) -> Result<Merchant> {
        self.store.read(move |view| store::merchants::whole(view, id)).await
    }
}

#[async_trait]
impl MerchantApi for Merchants {
    async fn register_merchant(&self, merchant: &RegisterMerchant) -> Result<Changed<Merchant>> {
        let asked = domain::merchants::registration(merchant)?;
        self.add(&asked, |id| format!("merchant:{id}")).await
    }

    async fn login_merchant(&self, login: &Login) -> Result<Changed<LoginResult>> {
        let email = fields::email("email", &login.email)?;
        text::at_most("password", Some(login.password.expose()), 1024)?;
        let logins = self.deps.logins()?;
        let Some(merchant_id) = self.store.read(move |view| store::merchants::of_email(view, &email)).await? else {
            // Takes as long as a wrong password, so that time does not tell who is a merchant.
            self.passwords.verify(&login.password, None).await?;
            return Err(wrong());
        };
        let asked = MerchantLogin { merchant_id, password: login.password.clone() };
        let outcome = logins.login(&asked).await.map_err(|error| match error.kind() {
            ErrorKind::Unauthenticated => wrong(),
            _ => error,
        })?;
        let result = match outcome {
            LoginOutcome::Complete(session) => LoginResult {
                token: session.access_token,
                merchant: self.whole(merchant_id).await?,
                require_2fa: false,
                temp_token: None,
            },
            // Who has given one proof of two is told no more than needed for the second.
            LoginOutcome::MfaPending(pending) => LoginResult {
                token: SecretText::default(),
                merchant: self.store.read(move |view| store::merchants::require(view, merchant_id)).await?,
                require_2fa: true,
                temp_token: Some(pending.mfa_token),
            },
        };
        Ok(changed("logged in", result))
    }

    async fn get_profile(&self) -> Result<Merchant> {
        self.whole(caller()?.own()?).await
    }

    async fn update_profile(&self, changes: &UpdateMerchant) -> Result<Changed<Merchant>> {
        let caller = caller()?;
        let own = caller.own()?;
        self.change(caller, own, changes).await
    }

    async fn list_merchants(&self, filter: &MerchantFilter) -> Result<Page<Merchant>> {
        caller()?.platform()?;
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::merchants::list(view, &filter, page, size)).await
    }

    async fn create_merchant(&self, merchant: &CreateMerchant) -> Result<Changed<Merchant>> {
        let caller = caller()?;
        caller.platform()?;
        self.add(merchant, |_| caller.name).await
    }

    async fn get_merchant(&self, id: &MerchantId) -> Result<Merchant> {
        self.whole(caller()?.reach(*id)?).await
    }

    async fn update_merchant(&self, id: &MerchantId, changes: &UpdateMerchant) -> Result<Changed<Merchant>> {
        let caller = caller()?;
        let id = caller.reach(*id)?;
        self.change(caller, id, changes).await
    }

    async fn delete_merchant(&self, id: &MerchantId) -> Result<MessageData> {
        let (caller, id, now) = (caller()?, *id, self.clock.now());
        caller.platform()?;
        let unit = move |tx: &mut Tx<'_>| {
            let merchant = store::merchants::require(tx, id)?;
            store::api_keys::revoke_all(tx, id, now)?;
            store::merchants::delete(tx, id, now)?;
            store::note(tx, &caller.name, "deleted", ("merchant", &id.to_string()), (&text(&merchant)?, ""), now)?;
            store::announce(tx, merchant::DELETED, &merchant, now)
        };
        self.store.write(unit).await.map(|()| done("deleted"))
    }

    async fn update_merchant_status(&self, id: &MerchantId, update: &UpdateMerchantStatus) -> Result<MessageData> {
        let to = update.status.clone();
        self.decide(*id, move |tx, found, caller, now| {
            let (lifecycle, id) = (&domain::merchants::STATUS, found.id.to_string());
            let (from, to_word) = (found.status.as_str(), to.as_str());
            let step = Step { lifecycle, id: &id, from, to: to_word, actor: &caller.name, detail: "", at: now };
            let taken = store::advance(tx, store::merchants::STATUS, &step)?;
            let barred = matches!(to, MerchantStatus::Suspended | MerchantStatus::Rejected);
            Ok((taken && barred).then_some(merchant::FROZEN))
        })
        .await
    }

    async fn update_merchant_kyc_status(
        &self,
        id: &MerchantId,
        update: &UpdateMerchantKycStatus,
    ) -> Result<MessageData> {
        let to = update.kyc_status.clone();
        self.decide(*id, move |tx, found, caller, now| {
            let (lifecycle, id) = (&domain::merchants::KYC, found.id.to_string());
            let (from, to_word) = (found.kyc_status.as_str(), to.as_str());
            let step = Step { lifecycle, id: &id, from, to: to_word, actor: &caller.name, detail: "", at: now };
            let taken = store::advance(tx, store::merchants::KYC, &step)?;
            let event = match to {
                MerchantKycStatus::Verified => Some(merchant::KYC_APPROVED),
                MerchantKycStatus::Rejected => Some(merchant::KYC_REJECTED),
                _ => None,
            };
            Ok(event.filter(|_| taken))
        })
        .await
    }
}

/// The one answer to a wrong address and to a wrong password.
fn wrong() -> Error {
    unauthenticated("address and password do not belong together").with_code("INVALID_CREDENTIALS")
}
