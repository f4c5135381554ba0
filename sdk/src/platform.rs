//! The registry of clients: one struct a service, where declarations and stack meet.
//!
//! Each client offers every API of its service: `OrderClient` answers the methods of `OrderApi` and
//! `OrderStatisticsApi`. Code that calls a service holds `Arc<dyn OrderApi>` instead, so that a test can hand it a mock.

#![cfg(any(
    feature = "bank-transfer",
    feature = "channel-adapter",
    feature = "exchange-rate",
    feature = "ip-geo",
    feature = "order",
    feature = "payment-gateway",
    feature = "risk"
))]

use payment_clients_macros::ServiceClient;

#[cfg(feature = "bank-transfer")]
use crate::apis::bank_transfer::{BankTransferApi, IcbcTransferApi};
#[cfg(feature = "channel-adapter")]
use crate::apis::channel_adapter::{ChannelConfigApi, ChannelPaymentApi, ChannelRefundApi, ChannelWebhookApi};
#[cfg(feature = "exchange-rate")]
use crate::apis::exchange_rate::ExchangeRateApi;
#[cfg(feature = "ip-geo")]
use crate::apis::ip_geo::IpGeoApi;
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

/// Transfers at a bank. Reads `BANK_TRANSFER_API_URL`.
#[cfg(feature = "bank-transfer")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(BankTransferApi, IcbcTransferApi))]
pub struct BankTransferClient {
    base: BaseClient,
}

/// Currency rates of exchangerate-api.com. Reads `EXCHANGE_RATE_API_URL`.
#[cfg(feature = "exchange-rate")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(ExchangeRateApi))]
pub struct ExchangeRateClient {
    base: BaseClient,
}

/// Places of IP addresses at ipapi.co. Reads `IPAPI_URL`.
#[cfg(feature = "ip-geo")]
#[derive(Clone, Debug, ServiceClient)]
#[client(api(IpGeoApi))]
pub struct IpGeoClient {
    base: BaseClient,
}
