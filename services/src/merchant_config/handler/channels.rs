//! Channels: a merchant sets up its own, and staff any.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{
            ChannelConfig, ChannelConfigId, CreateChannelConfig, MerchantChannelApi, UpdateChannelConfig,
        },
        words::Channel,
    },
    contract::{error::Result, secret::SecretText},
};

use super::{MerchantConfigs, seen};
use crate::{
    kit::{
        caller::{Caller, caller},
        store::{Tx, View},
        vault::About,
    },
    merchant_config::{domain::channels, store},
};

/// A channel as the audit names it.
fn target(id: ChannelConfigId) -> String {
    format!("channel:{id}")
}

/// A channel, if there is one of this id for who asks.
fn found(view: &View<'_>, caller: &Caller, id: ChannelConfigId) -> Result<Option<ChannelConfig>> {
    Ok(store::channels::find(view, id)?.filter(|channel| caller.sees(channel.merchant_id)))
}

fn required(view: &View<'_>, caller: &Caller, id: ChannelConfigId) -> Result<ChannelConfig> {
    found(view, caller, id)?.ok_or_else(|| store::missing("channel", id))
}

impl MerchantConfigs {
    fn seal_settings(&self, channel: &ChannelConfig, settings: &SecretText) -> Result<String> {
        let (owner, id) = (channel.merchant_id.to_string(), channel.id.to_string());
        let about = About { owner: &owner, kind: store::channels::SETTINGS.kind, id: &id };
        self.vault.seal(about, settings.expose().as_bytes())
    }

    /// Changes a channel: absent fields keep their values.
    async fn change_channel(&self, id: ChannelConfigId, changes: UpdateChannelConfig) -> Result<ChannelConfig> {
        let (caller, now, configs) = (caller()?, self.clock.timestamp(), self.clone());
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let before = required(tx, &caller, id)?;
            let mut channel = ChannelConfig {
                is_enabled: changes.is_enabled.unwrap_or(before.is_enabled),
                is_test_mode: changes.is_test_mode.unwrap_or(before.is_test_mode),
                updated_at: now,
                ..before.clone()
            };
            let mut sealed = None;
            if let Some(settings) = &changes.config {
                channel.config = channels::masked(settings)?;
                sealed = Some(configs.seal_settings(&channel, settings)?);
            }
            store::channels::update(tx, &channel, sealed.as_deref())?;
            store::note(tx, &by, "channel.changed", &target(id), [Some(&before), Some(&channel)])?;
            Ok(channel)
        };
        self.store.write(unit).await
    }

    async fn switch_channel(&self, id: ChannelConfigId, is_enabled: bool) -> Result<()> {
        let changes = UpdateChannelConfig { is_enabled: Some(is_enabled), ..UpdateChannelConfig::default() };
        self.change_channel(id, changes).await.map(drop)
    }
}

#[async_trait]
impl MerchantChannelApi for MerchantConfigs {
    async fn create_channel_config(&self, asked: &CreateChannelConfig) -> Result<ChannelConfig> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        seen(&caller, asked.merchant_id)?;
        let channel = channels::draft(asked, self.ids.uuid().into(), now)?;
        let sealed = self.seal_settings(&channel, &asked.config)?;
        let by = self.by(&caller);
        self.once(&caller, move |tx| {
            store::channels::insert(tx, &channel, &sealed)?;
            store::note(tx, &by, "channel.created", &target(channel.id), [None, Some(&channel)])?;
            Ok(channel)
        })
        .await
    }

    async fn get_channel_config(&self, id: &ChannelConfigId) -> Result<ChannelConfig> {
        let (caller, id) = (caller()?, *id);
        self.store.read(move |view| required(view, &caller, id)).await
    }

    async fn update_channel_config(
        &self,
        id: &ChannelConfigId,
        changes: &UpdateChannelConfig,
    ) -> Result<ChannelConfig> {
        self.change_channel(*id, changes.clone()).await
    }

    async fn delete_channel_config(&self, id: &ChannelConfigId) -> Result<()> {
        let (caller, id) = (caller()?, *id);
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let Some(before) = found(tx, &caller, id)? else { return Ok(()) };
            store::channels::delete(tx, id)?;
            store::note(tx, &by, "channel.deleted", &target(id), [Some(&before), None])
        };
        self.store.write(unit).await
    }

    async fn list_merchant_channel_configs(&self, merchant_id: &MerchantId) -> Result<Vec<ChannelConfig>> {
        let owner = seen(&caller()?, *merchant_id)?;
        self.store.read(move |view| store::channels::list(view, owner)).await
    }

    async fn get_merchant_channel_config(&self, merchant_id: &MerchantId, channel: &Channel) -> Result<ChannelConfig> {
        let (owner, channel) = (seen(&caller()?, *merchant_id)?, channel.clone());
        self.store.read(move |view| store::channels::of(view, owner, &channel)).await
    }

    async fn enable_channel_config(&self, id: &ChannelConfigId) -> Result<()> {
        self.switch_channel(*id, true).await
    }

    async fn disable_channel_config(&self, id: &ChannelConfigId) -> Result<()> {
        self.switch_channel(*id, false).await
    }
}
