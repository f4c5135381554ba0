//! The services that the gateway calls, as the APIs it needs of them; a test hands it mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        channel_adapter::{ChannelPaymentApi, ChannelRefundApi},
        order::OrderApi,
        risk::RiskCheckApi,
    },
    contract::error::Result,
    platform::Platform,
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

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        let channel = platform.channel_adapter()?;
        Ok(Self {
            risk: Arc::new(platform.risk()?),
            orders: Arc::new(platform.order()?),
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
