//! Channels: what a merchant has agreed on with each, and whether it is used.

use async_trait::async_trait;
use payment_clients::{
    apis::merchant::{
        Changed, ChannelConfig, ChannelConfigId, ChannelSettings, CreateChannel, MessageData, OwnChannelApi,
        ToggleChannel, UpdateChannel,
    },
    contract::error::Result,
};

use super::{Caller, Merchants, caller, changed, done};
use crate::{
    kit::{store::Tx, vault::About},
    merchant::{
        domain::channels,
        store::{self, text},
    },
};

impl Merchants {
    fn seal_settings(&self, channel: &ChannelConfig, settings: &ChannelSettings) -> Result<String> {
        let (owner, id) = (channel.merchant_id.to_string(), channel.id.to_string());
        let about = About { owner: &owner, kind: store::channels::SETTINGS.kind, id: &id };
        self.vault.seal(about, channels::text(settings)?.expose().as_bytes())
    }

    /// Changes one channel in a unit, and writes down what `change` did.
    async fn change_channel<T, F>(
        &self,
        caller: Caller,
        id: ChannelConfigId,
        what: &'static str,
        change: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, ChannelConfig) -> Result<T> + Send + 'static,
    {
        let (scope, now) = (caller.scope(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let channel = store::channels::require(tx, id, &scope)?;
            let before = text(&channel)?;
            let answer = change(tx, channel)?;
            store::note(tx, &caller.name, what, ("channel", &id.to_string()), (&before, ""), now)?;
            Ok(answer)
        };
        self.store.write(unit).await
    }
}

#[async_trait]
impl OwnChannelApi for Merchants {
    async fn list_channels(&self) -> Result<Vec<ChannelConfig>> {
        let own = caller()?.own()?;
        self.store.read(move |view| store::channels::list(view, own)).await
    }

    async fn create_channel(&self, asked: &CreateChannel) -> Result<Changed<ChannelConfig>> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(Some(asked.merchant_id))?;
        let channel = channels::draft(asked, self.ids.uuid().into(), owner, now)?;
        let sealed = self.seal_settings(&channel, &asked.config)?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            store::channels::insert(tx, &channel, &sealed)?;
            let (id, after) = (channel.id.to_string(), text(&channel)?);
            store::note(tx, &caller.name, "created", ("channel", &id), ("", &after), now.unix_ms())?;
            Ok(changed("created; switch it on to use it", channel))
        })
        .await
    }

    async fn get_channel(&self, id: &ChannelConfigId) -> Result<ChannelConfig> {
        let (scope, id) = (caller()?.scope(), *id);
        self.store.read(move |view| store::channels::require(view, id, &scope)).await
    }

    async fn update_channel(&self, id: &ChannelConfigId, changes: &UpdateChannel) -> Result<Changed<ChannelConfig>> {
        let (changes, now, merchants) = (changes.clone(), self.clock.timestamp(), self.clone());
        self.change_channel(caller()?, *id, "changed", move |tx, before| {
            let mut channel = ChannelConfig {
                is_enabled: changes.is_enabled.unwrap_or(before.is_enabled),
                is_test_mode: changes.is_test_mode.unwrap_or(before.is_test_mode),
                updated_at: now,
                ..before
            };
            let mut sealed = None;
            if let Some(settings) = &changes.config {
                channels::check(&channel.channel, settings)?;
                channel.config = channels::masked(settings)?;
                sealed = Some(merchants.seal_settings(&channel, settings)?);
            }
            store::channels::update(tx, &channel, sealed.as_deref())?;
            Ok(changed("saved", channel))
        })
        .await
    }

    async fn delete_channel(&self, id: &ChannelConfigId) -> Result<MessageData> {
        self.change_channel(caller()?, *id, "deleted", |tx, channel| {
            store::channels::delete(tx, channel.id)?;
            Ok(done("deleted"))
        })
        .await
    }

    async fn toggle_channel(&self, id: &ChannelConfigId, toggle: &ToggleChannel) -> Result<MessageData> {
        let (is_enabled, now) = (toggle.enabled, self.clock.timestamp());
        self.change_channel(caller()?, *id, "toggled", move |tx, channel| {
            store::channels::update(tx, &ChannelConfig { is_enabled, updated_at: now, ..channel }, None)?;
            Ok(done(if is_enabled { "switched on" } else { "switched off" }))
        })
        .await
    }
}
