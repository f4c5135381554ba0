//! The registry: one line a service, where declarations and stack meet.
//!
//! A line names the cargo feature, the folder under [`apis`](crate::apis), the client, and the APIs that the client
//! offers. It becomes the client, its accessor on [`Platform`], its names in the [prelude](crate::prelude) and its
//! [`Entry`] in the [`REGISTRY`], which tests and documents walk. The word `partner` in front says that the service is
//! somebody else's; its folder then holds `PROFILE`, what is promised about repeats. Code that calls a service holds `Arc<dyn OrderApi>`
//! instead of a client, so that a test can hand it a mock.

mod builder;
mod code;
#[cfg(feature = "config-file")]
mod file;
mod handle;
mod registry;
mod source;

pub use self::{
    builder::PlatformBuilder,
    handle::Platform,
    registry::{Api, Entry},
};

registry::apis! {
    /// Payments, refunds and callbacks at payment-gateway: what merchants call. Reads `PAYMENT_GATEWAY_URL`.
    "payment-gateway" payment_gateway => PaymentGatewayClient: PaymentApi, RefundApi, GatewayWebhookApi;

    /// Orders and figures about them at order-service. Reads `ORDER_SERVICE_URL`.
    "order" order => OrderClient: OrderApi, OrderStatisticsApi;

    /// Payments, refunds, configurations and webhooks of the channels at channel-adapter. Reads `CHANNEL_ADAPTER_URL`.
    "channel-adapter" channel_adapter => ChannelAdapterClient:
        ChannelPaymentApi, ChannelRefundApi, ChannelConfigApi, ChannelWebhookApi;

    /// Checks, rules and the blacklist at risk-service. Reads `RISK_SERVICE_URL`.
    "risk" risk => RiskClient: RiskCheckApi, RiskRuleApi, BlacklistApi;

    /// Merchants, what they may do and on what terms, and their dashboard at merchant-service. Reads
    /// `MERCHANT_SERVICE_URL`.
    "merchant" merchant => MerchantClient:
        MerchantApi, MerchantInternalApi, ApiKeyApi, ApiKeyInternalApi, OwnChannelApi, SettlementAccountApi,
        OwnDocumentApi, OwnFeeApi, MerchantUserApi, OwnLimitApi, OwnQualificationApi, MerchantDashboardApi;

    /// Accounts, transactions, holds and all that is booked on them at accounting-service. Reads
    /// `ACCOUNTING_SERVICE_URL`.
    "accounting" accounting => AccountingClient:
        AccountApi, TransactionApi, HoldApi, BalanceApi, AccountSettlementApi, AccountWithdrawalApi, InvoiceApi,
        ReconciliationApi, ConversionApi;

    /// Administrators, roles, the audit log, settings, decisions and mails at admin-service. Reads `ADMIN_SERVICE_URL`.
    "admin" admin => AdminClient:
        AdminApi, AdminPasswordApi, RoleApi, PermissionApi, AuditLogApi, SystemConfigApi, AdminTwoFactorApi,
        AdminLoginActivityApi, AdminSecuritySettingsApi, AdminSessionApi, AdminPreferenceApi, AdminReviewApi,
        EmailTemplateApi, EmailApi;

    /// Login, second factor and sessions of merchants, and tokens of services, at merchant-auth-service. Reads
    /// `MERCHANT_AUTH_SERVICE_URL`.
    "merchant-auth" merchant_auth => MerchantAuthClient:
        MerchantLoginApi, MerchantPasswordApi, MerchantTwoFactorApi, MerchantSecuritySettingsApi,
        MerchantLoginActivityApi, MerchantSessionApi, ServiceTokenApi, SessionInternalApi;

    /// Fees, limits and channels of merchants at merchant-config-service. Reads `MERCHANT_CONFIG_SERVICE_URL`.
    "merchant-config" merchant_config => MerchantConfigClient: MerchantFeeApi, MerchantLimitApi, MerchantChannelApi;

    /// Verifications, documents, qualifications and levels of merchants at kyc-service. Reads `KYC_SERVICE_URL`.
    "kyc" kyc => KycClient:
        KycVerificationApi, IdentityDocumentApi, KycQualificationApi, KycLevelApi, KycAlertApi, KycStatisticsApi;

    /// Messages, their templates, webhooks of the merchants and preferences at notification-service. Reads
    /// `NOTIFICATION_SERVICE_URL`.
    "notification" notification => NotificationClient:
        NotificationApi, NotificationTemplateApi, MerchantWebhookApi, NotificationPreferenceApi;

    /// Settings of the services, feature flags and registered instances at config-service. Reads `CONFIG_SERVICE_URL`.
    "config" config_service => ConfigClient: ConfigApi, FeatureFlagApi, ServiceConfigApi, ServiceRegistryApi;

    /// Figures about payments, orders and channels at analytics-service, and the events that they are made of. Reads
    /// `ANALYTICS_SERVICE_URL`.
    "analytics" analytics => AnalyticsClient:
        PaymentAnalyticsApi, MerchantAnalyticsApi, ChannelAnalyticsApi, RealtimeAnalyticsApi, MerchantStatisticsApi,
        AnalyticsEventApi;

    /// Settlements of the merchants at settlement-service. Reads `SETTLEMENT_SERVICE_URL`.
    "settlement" settlement => SettlementClient: SettlementApi;

    /// Withdrawals of the merchants and their bank accounts at withdrawal-service. Reads `WITHDRAWAL_SERVICE_URL`.
    "withdrawal" withdrawal => WithdrawalClient: WithdrawalApi, BankAccountApi;

    /// Checkout pages, their sessions and figures at cashier-service. Reads `CASHIER_SERVICE_URL`.
    "cashier" cashier => CashierClient:
        CashierConfigApi, CashierSessionApi, CashierLogApi, CashierAnalyticsApi, CashierTemplateApi;

    /// Transfers at a bank. Reads `BANK_TRANSFER_API_URL`.
    partner "bank-transfer" bank_transfer => BankTransferClient: BankTransferApi, IcbcTransferApi;

    /// Currency rates of exchangerate-api.com. Reads `EXCHANGE_RATE_API_URL`.
    partner "exchange-rate" exchange_rate => ExchangeRateClient: ExchangeRateApi;

    /// Places of IP addresses at ipapi.co. Reads `IPAPI_URL`.
    partner "ip-geo" ip_geo => IpGeoClient: IpGeoApi;
}
