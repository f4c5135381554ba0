//! The change of a password.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        merchant::UpdatePasswordHash,
        merchant_auth::{ChangePassword, MerchantPasswordApi, SecurityReceipt},
    },
    contract::error::{Error, Result},
};

use super::MerchantAuth;
use crate::{
    kit::{password, store::Tx},
    merchant_auth::{domain, store::accounts},
};

#[async_trait]
impl MerchantPasswordApi for MerchantAuth {
    async fn change_password(&self, change: &ChangePassword) -> Result<SecurityReceipt> {
        let merchant = domain::caller()?;
        let ChangePassword { old_password, new_password } = change;
        password::check("new_password", new_password)?;
        let epoch = self.prove_again(merchant, old_password).await?;
        let old = self.store.read(move |view| accounts::old_passwords(view, merchant)).await?;
        if new_password == old_password || self.passwords.is_one_of(new_password, old).await? {
            let rule = format!("must differ from the present one and from the last {}", domain::OLD_PASSWORDS);
            return Err(Error::invalid_input("new_password", rule));
        }
        let (old, new) = (self.passwords.hash(old_password).await?, self.passwords.hash(new_password).await?);
        let (account, id, now) = (self.ids.uuid().to_string(), self.ids.uuid().to_string(), self.clock.now());
        let begin = move |tx: &mut Tx<'_>| {
            accounts::ensure(tx, merchant, &account, now)?;
            accounts::begin_change(tx, merchant, epoch, &id, &old, now)
        };
        self.store.write(begin).await?;
        let update = UpdatePasswordHash { password_hash: new.expose().into() };
        let told = self.deps.merchants.update_merchant_password_hash(&merchant, &update).await;
        let changed_at = told.is_ok().then_some(now);
        self.store.write(move |tx| accounts::end_change(tx, merchant, epoch, changed_at)).await?;
        told.map(|_| domain::receipt("the password was changed and all sessions have ended; log in again"))
    }
}
