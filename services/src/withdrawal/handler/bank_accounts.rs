//! Operations on bank accounts.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        withdrawal::{
            BankAccount, BankAccountApi, BankAccountId, BankAccountStatus, BankAccountType, CreateBankAccount, Receipt,
            UpdateBankAccount,
        },
    },
    contract::error::{Error, Result},
    server,
};

use crate::{
    kit::{
        caller::{Caller, caller},
        idempotency,
        store::Tx,
        text,
    },
    withdrawal::{Withdrawals, accounts, domain},
};

#[async_trait]
impl BankAccountApi for Withdrawals {
    async fn create_bank_account(&self, bank_account: &CreateBankAccount) -> Result<BankAccount> {
        let caller = caller()?;
        domain::validate_account(bank_account)?;
        if let BankAccountType::Other(word) = &bank_account.account_type {
            let rule = format!("must be one of {}; it is `{word}`", BankAccountType::KNOWN.join(", "));
            return Err(Error::invalid_input("account_type", rule));
        }
        own(&caller, bank_account.merchant_id)?;
        let (id, now) = (BankAccountId::from(self.ids.uuid()), self.clock.now());
        let (account, vault) = (bank_account.clone(), self.vault.clone());
        let call = server::current();
        let work = move |tx: &mut Tx<'_>| accounts::insert(tx, &vault, id, &account, now);
        idempotency::local(&self.store, &self.clock, &call, &caller.principal(), work).await
    }

    async fn list_bank_accounts(&self, merchant_id: MerchantId) -> Result<Vec<BankAccount>> {
        own(&caller()?, merchant_id)?;
        self.store.read(move |view| accounts::list(view, merchant_id)).await
    }

    async fn get_bank_account(&self, id: &BankAccountId) -> Result<BankAccount> {
        let (caller, id) = (caller()?, *id);
        let account = self.store.read(move |view| accounts::require(view, id)).await?.shown;
        if caller.sees(account.merchant_id) { Ok(account) } else { Err(accounts::missing(id)) }
    }

    async fn update_bank_account(&self, id: &BankAccountId, changes: &UpdateBankAccount) -> Result<Receipt> {
        let (caller, id, changes, now) = (caller()?, *id, changes.clone(), self.clock.now());
        validate(&caller, &changes)?;
        let change = move |tx: &mut Tx<'_>| {
            let account = accounts::require(tx, id)?.shown;
            if !caller.sees(account.merchant_id) {
                return Err(accounts::missing(id));
            }
            if account.status == BankAccountStatus::Suspended {
                caller.is_of_the_platform("status")?;
            }
            let active = changes.status.as_ref().unwrap_or(&account.status) == &BankAccountStatus::Active;
            if changes.is_default == Some(true) && !active {
                return Err(Error::conflict(
                    "BANK_ACCOUNT_NOT_ACTIVE",
                    "only an active bank account is the default one",
                ));
            }
            accounts::update(tx, &account, &changes, now)
        };
        self.store.write(change).await?;
        Ok(Receipt { message: "the bank account is changed".to_owned() })
    }

    async fn set_default_bank_account(&self, id: &BankAccountId, merchant_id: MerchantId) -> Result<Receipt> {
        let (caller, id, now) = (caller()?, *id, self.clock.now());
        let change = move |tx: &mut Tx<'_>| {
            let account = accounts::require(tx, id)?.shown;
            if account.merchant_id != merchant_id || !caller.sees(merchant_id) {
                return Err(accounts::missing(id));
            }
            if account.status != BankAccountStatus::Active {
                return Err(Error::conflict(
                    "BANK_ACCOUNT_NOT_ACTIVE",
                    format!("bank account {id} is {}", account.status),
                ));
            }
            accounts::set_default(tx, merchant_id, id, now)
        };
        self.store.write(change).await?;
        Ok(Receipt { message: "it is the default bank account".to_owned() })
    }
}

/// Lets a merchant name itself only.
fn own(caller: &Caller, merchant: MerchantId) -> Result<()> {
    if caller.sees(merchant) { Ok(()) } else { Err(Error::not_found(format_args!("merchant {merchant}"))) }
}

fn validate(caller: &Caller, changes: &UpdateBankAccount) -> Result<()> {
    text::between("bank_branch", changes.bank_branch.as_deref().unwrap_or_default(), 0, 200)?;
    text::between("verification_doc", changes.verification_doc.as_deref().unwrap_or_default(), 0, 500)?;
    if changes.is_verified.is_some() {
        caller.is_of_the_platform("is_verified")?;
    }
    match &changes.status {
        Some(BankAccountStatus::Other(word)) => {
            let rule = format!("must be one of {}; it is `{word}`", BankAccountStatus::KNOWN.join(", "));
            Err(Error::invalid_input("status", rule))
        }
        Some(BankAccountStatus::Suspended) => caller.is_of_the_platform("status").map(drop),
        _ => Ok(()),
    }
}
