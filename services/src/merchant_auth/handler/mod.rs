//! What each operation does: load, decide, save, answer.

mod login;
mod password;
mod sessions;
mod settings;
mod two_factor;

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{MerchantStatus, VerifyCredentials},
    },
    contract::{
        error::{ErrorKind, Result},
        secret::SecretText,
    },
};

use super::{
    MerchantAuth, domain,
    store::{accounts, attempts},
};
use crate::kit::{password::LONGEST, store::Tx};

/// What somebody was found to be who said a password.
enum Proof {
    /// The merchant, in this epoch of its password. Their attempt still counts as failed.
    Right { epoch: i64 },
    /// Nobody is listened to.
    Locked,
    /// Not the merchant.
    Wrong,
    /// The merchant, who may not log in.
    Barred,
}

impl MerchantAuth {
    /// Asks merchant-service whether a password is right. The attempt is counted first, so that any number of guesses at
    /// once are no more than may fail in a row.
    async fn prove(&self, merchant: MerchantId, password: &SecretText) -> Result<Proof> {
        if password.expose().is_empty() || password.expose().len() > LONGEST {
            return Ok(Proof::Wrong);
        }
        let now = self.clock.now();
        let unit = move |tx: &mut Tx<'_>| {
            let epoch = accounts::epoch(tx, merchant, now)?;
            Ok(attempts::begin(tx, merchant, now)?.then_some(epoch))
        };
        let Some(epoch) = self.store.write(unit).await? else { return Ok(Proof::Locked) };
        let credentials = VerifyCredentials { merchant_id: merchant, password: password.clone() };
        match self.deps.merchants.verify_credentials(&credentials).await {
            Ok(verdict) if !verdict.valid => Ok(Proof::Wrong),
            Ok(verdict) if matches!(verdict.status, MerchantStatus::Active | MerchantStatus::Pending) => {
                Ok(Proof::Right { epoch })
            }
            Ok(_) => self.take_back(merchant).await.map(|()| Proof::Barred),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Proof::Wrong),
            Err(error) => {
                self.take_back(merchant).await?;
                Err(error)
            }
        }
    }

    /// Proof of a merchant who is logged in already, for what takes more than that.
    async fn prove_again(&self, merchant: MerchantId, password: &SecretText) -> Result<i64> {
        match self.prove(merchant, password).await? {
            Proof::Right { epoch } => {
                self.take_back(merchant).await?;
                Ok(epoch)
            }
            Proof::Locked => Err(domain::locked()),
            Proof::Wrong => Err(domain::forbidden("INVALID_CREDENTIALS", "the password is wrong")),
            Proof::Barred => Err(barred()),
        }
    }

    async fn take_back(&self, merchant: MerchantId) -> Result<()> {
        self.store.write(move |tx| attempts::take_back(tx, merchant)).await
    }
}

fn barred() -> payment_clients::contract::error::Error {
    domain::forbidden("MERCHANT_BARRED", "the merchant is suspended or was refused; ask the platform's staff")
}
