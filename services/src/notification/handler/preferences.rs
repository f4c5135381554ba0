//! Preferences: who wants to hear of what, by which way.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, EventType, MessageData, NewPreference, NotificationPreference, NotificationPreferenceApi,
            NotificationPreferenceId, UserId,
        },
        words::JsonObject,
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::done;
use crate::{
    kit::store::Tx,
    notification::{Notifications, caller::caller, domain::fields, store},
};

#[async_trait]
impl NotificationPreferenceApi for Notifications {
    async fn list_preferences(&self, user_id: Option<UserId>) -> Result<Vec<NotificationPreference>> {
        let scope = caller()?.scope();
        self.store.read(move |view| store::preferences::list(view, &scope, user_id)).await
    }

    async fn create_preference(&self, preference: &NewPreference) -> Result<NotificationPreference> {
        let owner = caller()?.on_behalf_of(preference.merchant_id)?;
        let preference = draft(preference, self.ids.uuid().into(), owner, self.clock.timestamp())?;
        self.once(move |tx| store::preferences::insert(tx, &preference).map(|()| preference)).await
    }

    async fn get_preference(&self, id: &NotificationPreferenceId) -> Result<NotificationPreference> {
        let (scope, id) = (caller()?.scope(), id.to_string());
        self.store.read(move |view| store::preferences::require(view, &id, &scope)).await
    }

    async fn update_preference(
        &self,
        id: &NotificationPreferenceId,
        preference: &NewPreference,
    ) -> Result<NotificationPreference> {
        let (scope, id, now) = (caller()?.scope(), *id, self.clock.timestamp());
        let preference = draft(preference, id, MerchantId::default(), now)?;
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::preferences::require(tx, &id.to_string(), &scope)?;
            // Whose it is stays as it was.
            let NotificationPreference { merchant_id, created_at, .. } = before;
            let preference = NotificationPreference { merchant_id, created_at, ..preference };
            store::preferences::update(tx, &preference).map(|()| preference)
        };
        self.store.write(unit).await
    }

    async fn delete_preference(&self, id: &NotificationPreferenceId) -> Result<MessageData> {
        let (scope, id) = (caller()?.scope(), id.to_string());
        self.store.write(move |tx| store::preferences::delete(tx, &id, &scope)).await?;
        Ok(done("deleted"))
    }
}

fn draft(
    asked: &NewPreference,
    id: NotificationPreferenceId,
    merchant_id: MerchantId,
    now: Timestamp,
) -> Result<NotificationPreference> {
    fields::known("channel", asked.channel.as_ref().map(|channel| channel.as_str()), DeliveryChannel::KNOWN)?;
    let event_type = asked.event_type.clone().unwrap_or_else(|| EventType::from(""));
    fields::event("event_type", &event_type)?;
    let channel = asked.channel.clone().unwrap_or(DeliveryChannel::InApp);
    let extra = fields::json::<JsonObject>("extra", asked.extra.as_deref(), "an object")?;
    address(&channel, &extra)?;
    Ok(NotificationPreference {
        id,
        user_id: asked.user_id.unwrap_or_default(),
        merchant_id,
        channel,
        event_type,
        is_enabled: asked.is_enabled.unwrap_or(true),
        description: fields::optional("description", asked.description.as_ref(), fields::MESSAGE)?,
        extra: extra.into(),
        created_at: now,
        updated_at: now,
    })
}

/// What stands under `to` is where messages go.
fn address(channel: &DeliveryChannel, extra: &str) -> Result<()> {
    let extra: JsonObject = serde_json::from_str(extra).unwrap_or_default();
    let Some(to) = extra.get("to") else { return Ok(()) };
    let to = to.as_str().ok_or_else(|| Error::invalid_input("extra.to", "must be a text"))?;
    match channel {
        DeliveryChannel::Email => fields::addresses("extra.to", &[to.into()]).map(drop),
        DeliveryChannel::Sms => fields::telephone("extra.to", to),
        _ => Err(Error::invalid_input("extra.to", "is for the channels `email` and `sms`")),
    }
}
