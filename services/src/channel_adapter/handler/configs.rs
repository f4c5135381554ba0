//! Configurations. They were read when the service started: no route changes one.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelConfig, ChannelConfigApi},
        words::Channel,
    },
    contract::error::{Error, Result},
};

use crate::channel_adapter::{ChannelAdapter, domain};

#[async_trait]
impl ChannelConfigApi for ChannelAdapter {
    async fn list_channel_configs(&self) -> Result<Vec<ChannelConfig>> {
        Ok(self.0.configs.iter().map(domain::shown).collect())
    }

    async fn get_channel_config(&self, channel: &Channel) -> Result<ChannelConfig> {
        let found = self.0.configs.iter().find(|config| config.channel == *channel && config.is_enabled);
        found.map(domain::shown).ok_or_else(|| Error::not_found(format_args!("an enabled configuration of {channel}")))
    }
}
