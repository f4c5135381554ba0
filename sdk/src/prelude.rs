//! What most files that make calls need: `use payment_clients::prelude::*`.
//!
//! Every API's trait is in scope under no name, so that the methods of a client can be called; the names of traits,
//! DTOs and ids come from [`apis`](crate::apis).

pub use payment_clients_macros::{ServiceClient, api};

#[cfg(feature = "bank-transfer")]
pub use crate::{
    apis::bank_transfer::{BankTransferApi as _, IcbcTransferApi as _},
    platform::BankTransferClient,
};
#[cfg(feature = "channel-adapter")]
pub use crate::{
    apis::channel_adapter::{
        ChannelConfigApi as _, ChannelPaymentApi as _, ChannelRefundApi as _, ChannelWebhookApi as _,
    },
    platform::ChannelAdapterClient,
};
#[cfg(feature = "exchange-rate")]
pub use crate::{apis::exchange_rate::ExchangeRateApi as _, platform::ExchangeRateClient};
#[cfg(feature = "ip-geo")]
pub use crate::{apis::ip_geo::IpGeoApi as _, platform::IpGeoClient};
#[cfg(feature = "order")]
pub use crate::{
    apis::order::{OrderApi as _, OrderStatisticsApi as _},
    platform::OrderClient,
};
#[cfg(feature = "payment-gateway")]
pub use crate::{
    apis::payment_gateway::{GatewayWebhookApi as _, PaymentApi as _, RefundApi as _},
    platform::PaymentGatewayClient,
};
#[cfg(feature = "risk")]
pub use crate::{
    apis::risk::{BlacklistApi as _, RiskCheckApi as _, RiskRuleApi as _},
    platform::RiskClient,
};
pub use crate::{
    client::{BaseClient, ClientBuilder, ClientConfig},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        idempotency::IdempotencyKey,
        indeterminate::{Indeterminate, Resolution},
        money::{Currency, Money},
        operation::{Class, Tier},
        options::{CallOptions, WithOptions},
        page::Page,
        timestamp::Timestamp,
    },
};
