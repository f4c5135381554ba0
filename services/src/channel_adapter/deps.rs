//! Whom the channel adapter calls, as the APIs it needs of them; a test hands it mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::payment_gateway::GatewayWebhookApi,
    client::{BaseClient, ClientBuilder},
    contract::error::Result,
    platform::PaymentGatewayClient,
};

use crate::channel_sim::api::{ChannelSimApi, ChannelSimClient};

/// What the channel adapter calls.
#[derive(Clone)]
pub struct Deps {
    /// The channel.
    pub stripe: Arc<dyn ChannelSimApi>,
    /// Who wants to know what became of a payment.
    pub gateway: Arc<dyn GatewayWebhookApi>,
}

/// Where they listen.
#[derive(Clone, Debug)]
pub struct Urls {
    /// Of the channel.
    pub stripe: String,
    /// Of payment-gateway.
    pub gateway: String,
}

impl Deps {
    /// Typed clients over HTTP; `with` finishes each builder, such as with a recorder.
    ///
    /// # Errors
    /// When a URL cannot be one.
    pub fn connect(urls: &Urls, with: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Self> {
        let build = |builder: ClientBuilder, url: &str| -> Result<BaseClient> { with(builder.url(url)).build() };
        Ok(Self {
            stripe: Arc::new(ChannelSimClient::from_base(build(ChannelSimClient::builder(), &urls.stripe)?)),
            gateway: Arc::new(PaymentGatewayClient::from_base(build(PaymentGatewayClient::builder(), &urls.gateway)?)),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
