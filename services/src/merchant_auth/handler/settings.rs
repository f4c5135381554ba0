//! Settings of account security.

use async_trait::async_trait;
use payment_clients::{
    apis::merchant_auth::{MerchantSecuritySettingsApi, SecuritySettings, UpdateSecuritySettings},
    contract::error::Result,
};

use super::MerchantAuth;
use crate::{
    kit::store::Tx,
    merchant_auth::{domain, store::accounts},
};

#[async_trait]
impl MerchantSecuritySettingsApi for MerchantAuth {
    async fn get_security_settings(&self) -> Result<SecuritySettings> {
        self.update_security_settings(&UpdateSecuritySettings::default()).await
    }

    async fn update_security_settings(&self, changes: &UpdateSecuritySettings) -> Result<SecuritySettings> {
        let (merchant, changes, now) = (domain::caller()?, changes.clone(), self.clock.now());
        let account = self.ids.uuid().to_string();
        let unit = move |tx: &mut Tx<'_>| {
            accounts::ensure(tx, merchant, &account, now)?;
            accounts::update(tx, merchant, &changes, now)?;
            accounts::get(tx, merchant, now)
        };
        self.store.write(unit).await
    }
}
