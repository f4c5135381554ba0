//! What each operation does, one file a resource: load, decide, save, answer. Who may ask for it was judged before.

mod admins;
mod audit_logs;
mod login;
mod passwords;
mod preferences;
mod reviews;
mod roles;
mod sessions;
mod system_configs;
mod two_factor;

use payment_clients::{
    apis::admin::AdminId,
    contract::{error::Result, secret::SecretText},
    server,
};
use serde::Serialize;

use super::{
    AdminService,
    domain::{self, Caller},
    store::{self, admins::Known, attempts, audit_logs::Author},
};
use crate::kit::{
    idempotency,
    password::{Hash, Verdict},
    store::Tx,
};

pub(super) use reviews::Owners;

/// What somebody was found to be who said a password.
enum Proof {
    /// Whom he says. The attempt still counts as failed.
    Right(Known),
    /// Nobody is listened to.
    Locked,
    /// Not whom he says.
    Wrong,
    /// Whom he says, and switched off.
    Disabled,
}

impl AdminService {
    /// Who calls, as the log names him.
    async fn author(&self) -> Result<(Caller, Author)> {
        let caller = domain::caller()?;
        let admin = caller.admin;
        let name = self.store.read(move |view| store::admins::name(view, admin)).await?;
        Ok((caller, self.author_of(admin, name)))
    }

    /// Somebody as the log names him, at the operation being served.
    fn author_of(&self, admin: AdminId, name: String) -> Author {
        let operation = server::current().operation;
        let method = operation.map(|operation| operation.method.to_string()).unwrap_or_default();
        let path = operation.map(|operation| operation.path.to_owned()).unwrap_or_default();
        Author { admin, name, method, path, ids: self.ids.clone(), now: self.clock.now() }
    }

    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, admin: AdminId, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        idempotency::local(&self.store, &self.clock, &server::current(), &domain::principal(admin), work).await
    }

    // === proofs ===

    /// Whether a password is somebody's. The attempt is counted first, so that any number of guesses at once are no more
    /// than may fail in a row; to refuse somebody whom nobody knows takes as long.
    async fn prove(&self, known: Option<Known>, password: &SecretText) -> Result<Proof> {
        if !domain::can_be_password(password) {
            return Ok(Proof::Wrong);
        }
        let Some(known) = known else {
            return self.passwords.verify(password, None).await.map(|_| Proof::Wrong);
        };
        let (admin, now) = (known.admin, self.clock.now());
        if !self.store.write(move |tx| attempts::begin(tx, admin, now)).await? {
            return Ok(Proof::Locked);
        }
        match self.passwords.verify(password, Some(known.hash.clone())).await {
            Ok(Verdict::Wrong) => Ok(Proof::Wrong),
            Ok(Verdict::Right { .. }) if !known.active => self.take_back(admin).await.map(|()| Proof::Disabled),
            Ok(Verdict::Right { renewed }) => self.renew(known, renewed).await.map(Proof::Right),
            Err(error) => {
                self.take_back(admin).await?;
                Err(error)
            }
        }
    }

    /// Proof of somebody who has logged in already, for what takes more than that.
    async fn prove_again(&self, admin: AdminId, field: &str, password: &SecretText) -> Result<Known> {
        let known = self.store.read(move |view| store::admins::known_as(view, admin)).await?;
        match self.prove(Some(known), password).await? {
            Proof::Right(known) => self.take_back(admin).await.map(|()| known),
            Proof::Locked => Err(domain::locked()),
            Proof::Wrong => Err(domain::forbidden("INVALID_CREDENTIALS", format!("`{field}` is wrong"))),
            Proof::Disabled => Err(domain::disabled()),
        }
    }

    async fn renew(&self, known: Known, renewed: Option<Hash>) -> Result<Known> {
        let Some(renewed) = renewed else { return Ok(known) };
        let new = Known { hash: renewed.clone(), ..known.clone() };
        self.store.write(move |tx| store::admins::renew(tx, &known, &renewed)).await?;
        Ok(new)
    }

    async fn take_back(&self, admin: AdminId) -> Result<()> {
        self.store.write(move |tx| attempts::take_back(tx, admin)).await
    }
}
