//! Changes of passwords.

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{AdminId, AdminPasswordApi, ChangePassword, ResetPassword},
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};

use super::AdminService;
use crate::{
    admin::{
        domain::{self, OLD_PASSWORDS},
        store::admins::{self, Change, Known},
    },
    kit::{
        password::Verdict,
        store::{Tx, View},
    },
};

#[async_trait]
impl AdminPasswordApi for AdminService {
    async fn change_own_password(&self, change: &ChangePassword) -> Result<()> {
        let (caller, author) = self.author().await?;
        let ChangePassword { old_password, new_password } = change;
        domain::check_password("new_password", new_password)?;
        let known = self.prove_again(caller.admin, "old_password", old_password).await?;
        self.must_be_new(&known, new_password).await?;
        let hash = self.passwords.hash(new_password).await?;
        let unit = move |tx: &mut Tx<'_>| admins::change_password(tx, &author, &known, &hash, Change::Own);
        self.store.write(unit).await
    }

    async fn change_password_strict(&self, change: &ChangePassword) -> Result<()> {
        self.change_own_password(change).await
    }

    async fn reset_admin_password(&self, id: &AdminId, reset: &ResetPassword) -> Result<()> {
        let (caller, author) = self.author().await?;
        let (id, now) = (*id, author.now);
        domain::check_password("new_password", &reset.new_password)?;
        if caller.admin == id {
            let text = "this is for the passwords of others; change your own with the old one";
            return Err(domain::forbidden("OWN_ACCOUNT", text));
        }
        let read = move |view: &View<'_>| Ok((admins::get(view, id, now)?.is_super, admins::known_as(view, id)?));
        let (is_super, known) = self.store.read(read).await?;
        if is_super {
            return Err(domain::super_admin());
        }
        // A repeat finds the password that it asks for.
        let same = self.passwords.verify(&reset.new_password, Some(known.hash.clone())).await?;
        if matches!(same, Verdict::Right { .. }) {
            return Ok(());
        }
        self.must_be_new(&known, &reset.new_password).await?;
        let hash = self.passwords.hash(&reset.new_password).await?;
        let unit = move |tx: &mut Tx<'_>| admins::change_password(tx, &author, &known, &hash, Change::Others);
        self.store.write(unit).await
    }
}

impl AdminService {
    /// Refuses a password that is, or lately was, the one of this administrator.
    async fn must_be_new(&self, known: &Known, password: &SecretText) -> Result<()> {
        let admin = known.admin;
        let mut used = self.store.read(move |view| admins::old_passwords(view, admin)).await?;
        used.push(known.hash.clone());
        if self.passwords.is_one_of(password, used).await? {
            let rule = format!("must differ from the present one and from the last {OLD_PASSWORDS}");
            return Err(Error::invalid_input("new_password", rule));
        }
        Ok(())
    }
}
