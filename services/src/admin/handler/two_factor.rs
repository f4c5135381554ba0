//! Setting up, confirming and turning off the second factor.

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{
        AdminTwoFactorApi, BackupCodes, DisableTwoFactor, RegenerateBackupCodes, SetupTwoFactor, TwoFactorSetup,
        VerifyTwoFactor,
    },
    contract::error::{Error, Result},
};

use super::AdminService;
use crate::{
    admin::{
        domain::{self, ISSUER},
        store::{attempts, factors},
    },
    kit::{store::Tx, text, totp::Seed},
};

#[async_trait]
impl AdminTwoFactorApi for AdminService {
    async fn setup_two_factor(&self, setup: &SetupTwoFactor) -> Result<TwoFactorSetup> {
        let admin = domain::caller()?.admin;
        text::required("account_name", &setup.account_name, 100)?;
        let (seed, codes) = (Seed::random()?, domain::backup_codes()?);
        let (secret, qr_code_url) = (seed.base32(), seed.uri(ISSUER, &setup.account_name));
        let setup = TwoFactorSetup { secret, qr_code_url, backup_codes: codes.clone() };
        let (id, vault, now) = (self.ids.uuid().to_string(), self.vault.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| factors::set_up(tx, &vault, admin, (&id, &seed, &codes), now);
        self.store.write(unit).await?;
        Ok(setup)
    }

    async fn verify_two_factor(&self, verification: &VerifyTwoFactor) -> Result<()> {
        let (_, author) = self.author().await?;
        let (code, vault) = (verification.code.clone(), self.vault.clone());
        let unit = move |tx: &mut Tx<'_>| {
            let (admin, now) = (author.admin, author.now);
            let Some(factor) = factors::find(tx, &vault, admin)?.filter(|factor| !factor.active) else {
                let text = "no second factor waits for its first code; set one up first";
                return Ok(Err(Error::conflict("TWO_FACTOR_NOT_PENDING", text)));
            };
            if !attempts::begin(tx, admin, now)? {
                return Ok(Err(domain::locked()));
            }
            if !factors::take_code(tx, &factor, &code, now)? {
                return Ok(Err(Error::invalid_input("code", "is not the one that the authenticator shows now")));
            }
            attempts::take_back(tx, admin)?;
            factors::activate(tx, &author, &factor).map(Ok)
        };
        self.store.write(unit).await?
    }

    async fn disable_two_factor(&self, request: &DisableTwoFactor) -> Result<()> {
        let (caller, author) = self.author().await?;
        self.prove_again(caller.admin, "password", &request.password).await?;
        let (code, vault) = (request.code.clone(), self.vault.clone());
        let unit = move |tx: &mut Tx<'_>| {
            let (admin, now) = (author.admin, author.now);
            let Some(factor) = factors::find(tx, &vault, admin)? else { return Ok(Ok(())) };
            if !factor.active {
                return factors::discard(tx, &factor).map(Ok);
            }
            let Some(code) = code else {
                return Ok(Err(Error::invalid_input("code", "is missing; the second factor is active")));
            };
            if !attempts::begin(tx, admin, now)? {
                return Ok(Err(domain::locked()));
            }
            if !factors::take_any(tx, &factor, &code, now)? {
                let rule = "is neither shown by the authenticator nor a backup code";
                return Ok(Err(Error::invalid_input("code", rule)));
            }
            attempts::take_back(tx, admin)?;
            factors::turn_off(tx, &author, &factor).map(Ok)
        };
        self.store.write(unit).await?
    }

    async fn regenerate_backup_codes(&self, request: &RegenerateBackupCodes) -> Result<BackupCodes> {
        let (caller, author) = self.author().await?;
        self.prove_again(caller.admin, "password", &request.password).await?;
        let (codes, vault) = (domain::backup_codes()?, self.vault.clone());
        let kept = codes.clone();
        let unit = move |tx: &mut Tx<'_>| {
            let factor = factors::find(tx, &vault, author.admin)?.filter(|factor| factor.active);
            let factor = factor.ok_or_else(|| {
                Error::conflict("TWO_FACTOR_NOT_ACTIVE", "there is no second factor to have backup codes; set one up")
            })?;
            factors::replace_codes(tx, &author, &factor, &kept)
        };
        self.store.write(unit).await?;
        Ok(BackupCodes { backup_codes: codes })
    }
}
