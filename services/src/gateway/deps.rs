//! The services that the gateway calls, as the APIs it needs of them; a test hands it mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        channel_adapter::{ChannelPaymentApi, ChannelRefundApi},
        order::OrderApi,
        risk::RiskCheckApi,
    },
    client::{BaseClient, ClientBuilder},
    contract::error::Result,
    platform::{ChannelAdapterClient, OrderClient, RiskClient},
};

/// What the gateway calls.
#[derive(Clone)]
pub struct Deps {
    /// Whether a payment may be tried.
    pub risk: Arc<dyn RiskCheckApi>,
    /// What is bought.
    pub orders: Arc<dyn OrderApi>,
    /// Payments at their channels.
    pub payments: Arc<dyn ChannelPaymentApi>,
    /// Refunds at their channels.
    pub refunds: Arc<dyn ChannelRefundApi>,
}

/// Where they listen.
#[derive(Clone, Debug)]
pub struct Urls {
    /// Of risk-service.
    pub risk: String,
    /// Of order-service.
    pub order: String,
    /// Of channel-adapter.
    pub channel_adapter: String,
}

impl Deps {
    /// Typed clients over HTTP; `with` finishes each builder, such as with a recorder.
    ///
    /// # Errors
    /// When a URL cannot be one.
    pub fn connect(urls: &Urls, with: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Self> {
        let build = |builder: ClientBuilder, url: &str| -> Result<BaseClient> { with(builder.url(url)).build() };
        let channel = ChannelAdapterClient::from_base(build(ChannelAdapterClient::builder(), &urls.channel_adapter)?);
        Ok(Self {
            risk: Arc::new(RiskClient::from_base(build(RiskClient::builder(), &urls.risk)?)),
            orders: Arc::new(OrderClient::from_base(build(OrderClient::builder(), &urls.order)?)),
            payments: Arc::new(channel.clone()),
            refunds: Arc::new(channel),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
