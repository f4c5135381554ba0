//! What can be called: one API, one place. A declaration is the only writing of its paths, methods, fields and classes;
//! client, router, mock and document come from it.
//!
//! | folder | service | traits |
//! |---|---|---|
//! | `admin` | admin-service, 40001 | `AdminApi`, `AdminPasswordApi`, `RoleApi`, `PermissionApi`, `AuditLogApi`, `SystemConfigApi`, `AdminTwoFactorApi`, `AdminLoginActivityApi`, `AdminSecuritySettingsApi`, `AdminSessionApi`, `AdminPreferenceApi`, `EmailTemplateApi`, `EmailApi` |
//! | `payment_gateway` | payment-gateway, 40003 | `PaymentApi`, `RefundApi`, `GatewayWebhookApi` |
//! | `order` | order-service, 40004 | `OrderApi`, `OrderStatisticsApi` |
//! | `channel_adapter` | channel-adapter, 40005 | `ChannelPaymentApi`, `ChannelRefundApi`, `ChannelConfigApi`, `ChannelWebhookApi` |
//! | `risk` | risk-service, 40006 | `RiskCheckApi`, `RiskRuleApi`, `BlacklistApi` |
//! | `accounting` | accounting-service, 40007 | `AccountApi`, `TransactionApi`, `HoldApi`, `BalanceApi`, `AccountSettlementApi`, `AccountWithdrawalApi`, `InvoiceApi`, `ReconciliationApi`, `ConversionApi` |
//! | `merchant_auth` | merchant-auth-service, 40011 | `MerchantLoginApi`, `MerchantPasswordApi`, `MerchantTwoFactorApi`, `MerchantSecuritySettingsApi`, `MerchantLoginActivityApi`, `MerchantSessionApi`, `ServiceTokenApi` |
//! | `merchant_config` | merchant-config-service, 40012 | `MerchantFeeApi`, `MerchantLimitApi`, `MerchantChannelApi` |
//! | `kyc` | kyc-service, 40015 | `KycVerificationApi`, `IdentityDocumentApi`, `KycQualificationApi`, `KycLevelApi`, `KycAlertApi`, `KycStatisticsApi` |
//! | `analytics` | analytics-service, 40009 | `PaymentAnalyticsApi`, `MerchantAnalyticsApi`, `ChannelAnalyticsApi`, `RealtimeAnalyticsApi`, `MerchantStatisticsApi`, `AnalyticsEventApi` |
//! | `settlement` | settlement-service, 40013 | `SettlementApi` |
//! | `withdrawal` | withdrawal-service, 40014 | `WithdrawalApi`, `BankAccountApi` |
//! | `cashier` | cashier-service, 40016 | `CashierConfigApi`, `CashierSessionApi`, `CashierLogApi`, `CashierAnalyticsApi`, `CashierTemplateApi` |
//! | `config_service` | config-service, 40010 | `ConfigApi`, `FeatureFlagApi`, `ServiceConfigApi`, `ServiceRegistryApi` |
//! | `notification` | notification-service, 40008 | `NotificationApi`, `NotificationTemplateApi`, `MerchantWebhookApi`, `NotificationPreferenceApi` |
//! | `merchant` | merchant-service, 40002 | `MerchantApi`, `MerchantInternalApi`, `ApiKeyApi`, `OwnChannelApi`, `SettlementAccountApi`, `OwnDocumentApi`, `OwnFeeApi`, `MerchantUserApi`, `OwnLimitApi`, `OwnQualificationApi`, `MerchantDashboardApi` |
//! | `bank_transfer` | bank-transfer-api, a partner; its stand-in at 40099 | `BankTransferApi`, `IcbcTransferApi` |
//! | `exchange_rate` | exchange-rate-api, a partner; its stand-in at 40098 | `ExchangeRateApi` |
//! | `ip_geo` | ipapi, a partner; its stand-in at 40097 | `IpGeoApi` |
//!
//! A file holds one resource: its trait, then the DTOs in the order in which the trait names them, then the words and
//! ids that it mints, then wire tests with literal JSON. [`ids`] and [`words`] hold what more than one API names.
//!
//! Conventions of the wire, the same everywhere: amounts are whole minor units in `i64`; an id that was not given is
//! the nil UUID or an empty text, never null; words are open, so that a newer server can be read; unknown fields are
//! ignored. Fields whose type the contract gives as *JSON text* stay `String`.

#[cfg(feature = "accounting")]
pub mod accounting;
#[cfg(feature = "admin")]
pub mod admin;
#[cfg(feature = "analytics")]
pub mod analytics;
#[cfg(feature = "bank-transfer")]
pub mod bank_transfer;
#[cfg(feature = "cashier")]
pub mod cashier;
#[cfg(feature = "channel-adapter")]
pub mod channel_adapter;
#[cfg(feature = "config")]
pub mod config_service;
#[cfg(feature = "exchange-rate")]
pub mod exchange_rate;
pub mod ids;
#[cfg(feature = "ip-geo")]
pub mod ip_geo;
#[cfg(feature = "kyc")]
pub mod kyc;
#[cfg(feature = "merchant")]
pub mod merchant;
#[cfg(feature = "merchant-auth")]
pub mod merchant_auth;
#[cfg(feature = "merchant-config")]
pub mod merchant_config;
#[cfg(feature = "notification")]
pub mod notification;
#[cfg(feature = "order")]
pub mod order;
#[cfg(feature = "payment-gateway")]
pub mod payment_gateway;
#[cfg(feature = "risk")]
pub mod risk;
#[cfg(feature = "settlement")]
pub mod settlement;
#[cfg(feature = "withdrawal")]
pub mod withdrawal;
pub mod words;

#[cfg(test)]
mod testing;
