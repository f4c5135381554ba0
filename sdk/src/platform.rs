//! The registry of clients: one struct a service, where declarations and stack meet.
//!
//! Each client offers every API of its service: `OrderClient` answers the methods of `OrderApi` and
//! `OrderStatisticsApi`. Code that calls a service holds `Arc<dyn OrderApi>` instead, so that a test can hand it a mock.

#![cfg(any(feature = "channel-adapter", feature = "order", feature = "payment-gateway", feature = "risk"))]

use payment_clients_macros::ServiceClient;

#[cfg(feature = "channel-adapter")]
use crate::apis::channel_adapter::{ChannelConfigApi, ChannelPaymentApi, ChannelRefundApi, ChannelWebhookApi};
#[cfg(feature = "order")]
use crate::apis::order::{OrderApi, OrderStatisticsApi};
#[cfg(feature = "payment-gateway")]
use crate::apis::payment_gateway::{GatewayWebhookApi, PaymentApi, RefundApi};
#[cfg(feature = "risk")]
use crate::apis::risk::{BlacklistApi, RiskCheckApi, RiskRuleApi};
use crate::client::BaseClient;

/// Payments, refunds and callbacks at payment-gateway: what merchants call. Reads `PAYMENT_GATEWAY_URL`.
#[cfg(feature = "payment-gateway")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(PaymentApi, RefundApi, GatewayWebhookApi))]
pub struct PaymentGatewayClient {
    base: BaseClient,
}

/// Orders and figures about them at order-service. Reads `ORDER_SERVICE_URL`.
#[cfg(feature = "order")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(OrderApi, OrderStatisticsApi))]
pub struct OrderClient {
    base: BaseClient,
}

/// Payments, refunds, configurations and webhooks of the channels at channel-adapter. Reads `CHANNEL_ADAPTER_URL`.
#[cfg(feature = "channel-adapter")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(ChannelPaymentApi, ChannelRefundApi, ChannelConfigApi, ChannelWebhookApi))]
pub struct ChannelAdapterClient {
    base: BaseClient,
}

/// Checks, rules and the blacklist at risk-service. Reads `RISK_SERVICE_URL`.
#[cfg(feature = "risk")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(RiskCheckApi, RiskRuleApi, BlacklistApi))]
pub struct RiskClient {
    base: BaseClient,
}
