//! People who act for a merchant.

use async_trait::async_trait;
use payment_clients::{
    apis::merchant::{
        Changed, InviteUser, MerchantUser, MerchantUserApi, MerchantUserId, MerchantUserStatus, MessageData,
        UpdateMerchantUser,
    },
    contract::error::{Error, Result},
};
use uuid::Uuid;

use super::{Caller, Merchants, caller, changed, done, forbidden};
use crate::{
    kit::store::Tx,
    merchant::{
        domain::users::{self, STATUS},
        store::{self, Step, text},
    },
};

/// Takes somebody's status one step.
fn advance(tx: &mut Tx<'_>, caller: &Caller, user: &MerchantUser, to: &MerchantUserStatus, at: i64) -> Result<()> {
    let (id, from, to_word) = (user.id.to_string(), user.status.as_str(), to.as_str());
    let step = Step { lifecycle: &STATUS, id: &id, from, to: to_word, actor: &caller.name, detail: "", at };
    if store::advance(tx, store::users::STATUS, &step)? && *to == MerchantUserStatus::Active {
        store::users::accepted(tx, user.id, at)?;
    }
    Ok(())
}

#[async_trait]
impl MerchantUserApi for Merchants {
    async fn invite_user(&self, asked: &InviteUser) -> Result<Changed<MerchantUser>> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(asked.merchant_id)?;
        let (operator, named) = (caller.operator(), asked.invited_by);
        if operator.is_some() && named.is_some() && operator != named {
            return Err(forbidden("`invited_by` names somebody else than the one who asks"));
        }
        let user = users::draft(asked, self.ids.uuid().into(), owner, named.or(operator), now)?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            if let Some(named) = named.filter(|_| operator.is_none()) {
                // A merchant's own people invite for it, and nobody else's.
                store::users::require(tx, Uuid::from(named).into(), &Some(owner.to_string()))?;
            }
            store::users::insert(tx, &user)?;
            let (id, after) = (user.id.to_string(), text(&user)?);
            store::note(tx, &caller.name, "invited", ("user", &id), ("", &after), now.unix_ms())?;
            Ok(changed("invited", user))
        })
        .await
    }

    async fn list_merchant_users(&self) -> Result<Vec<MerchantUser>> {
        let own = caller()?.own()?;
        self.store.read(move |view| store::users::list(view, own)).await
    }

    async fn update_merchant_user(
        &self,
        id: &MerchantUserId,
        changes: &UpdateMerchantUser,
    ) -> Result<Changed<MerchantUser>> {
        let (caller, id, changes, now) = (caller()?, *id, changes.clone(), self.clock.timestamp());
        if changes.status == Some(MerchantUserStatus::Deleted) {
            return Err(Error::invalid_input("status", "cannot be set to `deleted`; delete the user"));
        }
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::users::require(tx, id, &caller.scope())?;
            store::users::update(tx, &users::update(before.clone(), &changes, now)?)?;
            if let Some(to) = &changes.status {
                advance(tx, &caller, &before, to, now.unix_ms())?;
            }
            let user = store::users::require(tx, id, &caller.scope())?;
            let texts = (&*text(&before)?, &*text(&user)?);
            store::note(tx, &caller.name, "changed", ("user", &id.to_string()), texts, now.unix_ms())?;
            Ok(changed("saved", user))
        };
        self.store.write(unit).await
    }

    async fn delete_merchant_user(&self, id: &MerchantUserId) -> Result<MessageData> {
        let (caller, id, now) = (caller()?, *id, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let user = store::users::require(tx, id, &caller.scope())?;
            advance(tx, &caller, &user, &MerchantUserStatus::Deleted, now)
        };
        self.store.write(unit).await.map(|()| done("deleted"))
    }
}
