//! Settlement accounts: merchants add them, staff say which may be paid to.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::SettlementAccountId,
        merchant::{
            Changed, CreateSettlementAccount, MessageData, SettlementAccount, SettlementAccountApi,
            SettlementAccountStatus, UpdateSettlementAccount, VerifySettlementAccount,
        },
    },
    contract::{error::Result, secret::SecretText},
};

use super::{Caller, Merchants, caller, changed, done};
use crate::{
    kit::{
        store::Tx,
        text,
        vault::{About, Column},
    },
    merchant::{
        domain::{
            accounts::{self, CHANGED, Draft, VERDICT},
            fields,
        },
        store::{self, Step, text},
    },
};

impl Merchants {
    fn seal_number(&self, account: &SettlementAccount, column: Column, number: &SecretText) -> Result<String> {
        let (owner, id) = (account.merchant_id.to_string(), account.id.to_string());
        self.vault.seal(About { owner: &owner, kind: column.kind, id: &id }, number.expose().as_bytes())
    }

    /// Changes one account in a unit, and writes down what `change` names.
    async fn change_account<T, F>(&self, caller: Caller, id: SettlementAccountId, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, SettlementAccount, &Caller) -> Result<(&'static str, T)> + Send + 'static,
    {
        let (scope, now) = (caller.scope(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let account = store::accounts::require(tx, id, &scope)?;
            let before = text(&account)?;
            let (what, answer) = change(tx, account, &caller)?;
            store::note(tx, &caller.name, what, ("settlement_account", &id.to_string()), (&before, ""), now)?;
            Ok(answer)
        };
        self.store.write(unit).await
    }
}

#[async_trait]
impl SettlementAccountApi for Merchants {
    async fn list_settlement_accounts(&self) -> Result<Vec<SettlementAccount>> {
        let own = caller()?.own()?;
        self.store.read(move |view| store::accounts::list(view, own)).await
    }

    async fn create_settlement_account(&self, asked: &CreateSettlementAccount) -> Result<Changed<SettlementAccount>> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(asked.merchant_id)?;
        let Draft { account, number, iban } = accounts::draft(asked, self.ids.uuid().into(), owner, now)?;
        let number = self.seal_number(&account, store::accounts::NUMBERS, &number)?;
        let iban = iban.map(|iban| self.seal_number(&account, store::accounts::IBANS, &iban)).transpose()?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            store::accounts::insert(tx, &account, &number, iban.as_deref())?;
            let (id, after) = (account.id.to_string(), text(&account)?);
            store::note(tx, &caller.name, "added", ("settlement_account", &id), ("", &after), now.unix_ms())?;
            Ok(changed("added; it is verified before it is paid to", account))
        })
        .await
    }

    async fn update_settlement_account(
        &self,
        id: &SettlementAccountId,
        changes: &UpdateSettlementAccount,
    ) -> Result<Changed<SettlementAccount>> {
        let (changes, now, merchants) = (changes.clone(), self.clock.timestamp(), self.clone());
        self.change_account(caller()?, *id, move |tx, before, caller| {
            let account = accounts::update(before.clone(), &changes, now)?;
            let (id, actor, at) = (account.id.to_string(), &caller.name, now.unix_ms());
            let (from, to) = (before.status.as_str(), account.status.as_str());
            let step = Step { lifecycle: &CHANGED, id: &id, from, to, actor, detail: "changed", at };
            store::advance(tx, store::accounts::VERDICT, &step)?;
            let iban = changes.iban.as_ref().filter(|_| !account.iban.is_empty());
            let iban = iban.map(|iban| merchants.seal_number(&account, store::accounts::IBANS, iban)).transpose()?;
            store::accounts::update(tx, &account, iban.as_deref())?;
            Ok(("changed", changed("saved; it must be verified again", account)))
        })
        .await
    }

    async fn delete_settlement_account(&self, id: &SettlementAccountId) -> Result<MessageData> {
        self.change_account(caller()?, *id, |tx, account, _| {
            store::accounts::delete(tx, account.id)?;
            Ok(("deleted", done("deleted")))
        })
        .await
    }

    async fn set_default_settlement_account(&self, id: &SettlementAccountId) -> Result<MessageData> {
        let now = self.clock.now();
        self.change_account(caller()?, *id, move |tx, account, _| {
            store::accounts::set_default(tx, &account, now)?;
            Ok(("default", done("saved")))
        })
        .await
    }

    async fn verify_settlement_account(
        &self,
        id: &SettlementAccountId,
        verdict: &VerifySettlementAccount,
    ) -> Result<MessageData> {
        let caller = caller()?;
        caller.platform()?;
        let reason = fields::optional("reason", verdict.reason.as_ref(), 500)?;
        let (to, now) = (verdict.status.clone(), self.clock.now());
        if to == SettlementAccountStatus::Rejected {
            text::required("reason", &reason, 500)?;
        }
        self.change_account(caller, *id, move |tx, account, caller| {
            let (from, word) = (account.status.as_str(), to.as_str());
            if VERDICT.step(from, word)? {
                let verified = to == SettlementAccountStatus::Verified;
                let shown = if to == SettlementAccountStatus::Rejected { reason.as_str() } else { "" };
                store::accounts::verdict(tx, account.id, verified, shown, now)?;
                let (id, actor) = (account.id.to_string(), &caller.name);
                let step = Step { lifecycle: &VERDICT, id: &id, from, to: word, actor, detail: &reason, at: now };
                store::advance(tx, store::accounts::VERDICT, &step)?;
            }
            Ok(("verdict", done("saved")))
        })
        .await
    }
}
