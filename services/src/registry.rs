//! Registry 2: the services that this binary can run, and where each listens.

use std::{fmt, str::FromStr};

use payment_clients::{
    apis::{
        channel_adapter::channel_payment_api, order::order_api, payment_gateway::payment_api, risk::risk_check_api,
    },
    contract::operation::Service,
};

use crate::channel_sim::api::channel_sim_api;

/// A service of the platform, or a simulator of the outside world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// What merchants call.
    PaymentGateway,
    /// What is bought.
    Order,
    /// The way to the channels.
    ChannelAdapter,
    /// Whether a payment may be tried.
    Risk,
    /// A simulated payment channel.
    ChannelSim,
}

impl Name {
    /// All of them, in the order in which they are started.
    pub const ALL: [Self; 5] = [Self::ChannelSim, Self::Risk, Self::Order, Self::ChannelAdapter, Self::PaymentGateway];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentGateway => "payment-gateway",
            Self::Order => "order",
            Self::ChannelAdapter => "channel-adapter",
            Self::Risk => "risk",
            Self::ChannelSim => "channel-sim",
        }
    }

    /// The service as its declaration names it.
    pub const fn service(self) -> Service {
        match self {
            Self::PaymentGateway => payment_api::SERVICE,
            Self::Order => order_api::SERVICE,
            Self::ChannelAdapter => channel_payment_api::SERVICE,
            Self::Risk => risk_check_api::SERVICE,
            Self::ChannelSim => channel_sim_api::SERVICE,
        }
    }

    /// The declared port.
    pub const fn port(self) -> u16 {
        match self.service().port {
            Some(port) => port,
            None => 0,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|name| name.as_str()).collect();
            format!("`{text}` is no service; use one of {}", known.join(", "))
        })
    }
}
