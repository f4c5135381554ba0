//! Whom the channel adapter calls, as the APIs it needs of them; a test hands it mocks.

use std::{fmt, sync::Arc};

use payment_clients::{apis::payment_gateway::GatewayWebhookApi, contract::error::Result, platform::Platform};

use crate::channel_sim::api::{
    ChannelSimApi, ChannelSimClient,
    paypal::{PaypalSimApi, PaypalSimClient},
};

/// What the channel adapter calls.
#[derive(Clone)]
pub struct Deps {
    /// A channel.
    pub stripe: Arc<dyn ChannelSimApi>,
    /// Another.
    pub paypal: Arc<dyn PaypalSimApi>,
    /// Who wants to know what became of a payment.
    pub gateway: Arc<dyn GatewayWebhookApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        Ok(Self {
            stripe: Arc::new(platform.client::<ChannelSimClient>()?),
            paypal: Arc::new(platform.client::<PaypalSimClient>()?),
            gateway: Arc::new(platform.payment_gateway()?),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
