//! Setting up, confirming and turning off the second factor.

use async_trait::async_trait;
use payment_clients::{
    apis::merchant_auth::{
        DisableTwoFactor, MerchantTwoFactorApi, SecurityReceipt, TwoFactorSetup, TwoFactorVerification, VerifyTwoFactor,
    },
    contract::error::{Error, Result},
};

use super::MerchantAuth;
use crate::{
    kit::{store::Tx, totp::Seed},
    merchant_auth::{
        domain::{self, ISSUER},
        store::{attempts, factors},
    },
};

#[async_trait]
impl MerchantTwoFactorApi for MerchantAuth {
    async fn enable_two_factor(&self) -> Result<TwoFactorSetup> {
        let merchant = domain::caller()?;
        let identity = self.deps.merchants.get_merchant_identity(&merchant).await?;
        let (seed, codes) = (Seed::random()?, domain::recovery_codes()?);
        let (secret, qr_code) = (seed.base32(), seed.uri(ISSUER, &identity.email));
        let setup = TwoFactorSetup { secret, qr_code, backup_codes: codes.clone() };
        let (id, vault, now) = (self.ids.uuid().to_string(), self.vault.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| factors::set_up(tx, &vault, merchant, (&id, &seed, &codes), now);
        self.store.write(unit).await?;
        Ok(setup)
    }

    async fn verify_two_factor(&self, verification: &VerifyTwoFactor) -> Result<TwoFactorVerification> {
        let (merchant, code, now) = (domain::caller()?, verification.code.clone(), self.clock.now());
        let vault = self.vault.clone();
        let unit = move |tx: &mut Tx<'_>| {
            let Some(factor) = factors::find(tx, &vault, merchant)?.filter(|factor| !factor.active) else {
                let text = "no second factor waits for its first code; enable one first";
                return Ok(Err(Error::conflict("TWO_FACTOR_NOT_PENDING", text)));
            };
            if !attempts::begin(tx, merchant, now)? {
                return Ok(Err(domain::locked()));
            }
            if !factors::take_code(tx, &factor, &code, now)? {
                return Ok(Err(Error::invalid_input("code", "is not the one that the authenticator shows now")));
            }
            attempts::take_back(tx, merchant)?;
            factors::activate(tx, merchant, &factor, now)?;
            Ok(Ok(TwoFactorVerification { success: true }))
        };
        self.store.write(unit).await?
    }

    async fn disable_two_factor(&self, request: &DisableTwoFactor) -> Result<SecurityReceipt> {
        let merchant = domain::caller()?;
        self.prove_again(merchant, &request.password).await?;
        let (code, vault, now) = (request.code.clone(), self.vault.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let Some(factor) = factors::find(tx, &vault, merchant)? else { return Ok(Ok(())) };
            if !factor.active {
                return factors::discard(tx, &factor).map(Ok);
            }
            let Some(code) = code else {
                return Ok(Err(Error::invalid_input("code", "is missing; the second factor is active")));
            };
            if !attempts::begin(tx, merchant, now)? {
                return Ok(Err(domain::locked()));
            }
            if !factors::take_any(tx, &factor, &code, now)? {
                return Ok(Err(Error::invalid_input(
                    "code",
                    "is neither shown by the authenticator nor a backup code",
                )));
            }
            attempts::take_back(tx, merchant)?;
            factors::turn_off(tx, merchant, &factor, now).map(Ok)
        };
        self.store.write(unit).await??;
        Ok(domain::receipt("the second factor is off"))
    }
}
