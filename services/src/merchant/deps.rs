//! The services that merchant-service needs, as the APIs that it needs of them; a test hands in mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        accounting::BalanceApi,
        analytics::MerchantStatisticsApi,
        kyc::IdentityDocumentApi,
        merchant_auth::MerchantLoginApi,
        merchant_config::{MerchantFeeApi, MerchantLimitApi},
        notification::NotificationApi,
        payment_gateway::PaymentApi,
        risk::RiskCheckApi,
        settlement::SettlementApi,
        withdrawal::WithdrawalApi,
    },
    contract::error::{Error, Result},
    platform::Platform,
};

/// What the merchant service calls. What has no address says why there is none: all but what needs it goes on without.
#[derive(Clone)]
pub struct Deps {
    /// Who opens sessions.
    pub logins: Result<Arc<dyn MerchantLoginApi>, String>,
    /// Fees that are agreed on elsewhere.
    pub fees: Result<Arc<dyn MerchantFeeApi>, String>,
    /// Limits that are set elsewhere.
    pub limits: Result<Arc<dyn MerchantLimitApi>, String>,
    /// Who knows the figures of a dashboard.
    pub sources: Sources,
}

/// Those who know the figures of a merchant's dashboard, each a part of them.
#[derive(Clone)]
pub struct Sources {
    /// The latest payment.
    pub payments: Arc<dyn PaymentApi>,
    /// Payments by day.
    pub statistics: Arc<dyn MerchantStatisticsApi>,
    /// What is on the accounts.
    pub balances: Arc<dyn BalanceApi>,
    /// What is to be settled.
    pub settlements: Arc<dyn SettlementApi>,
    /// What is to be paid out.
    pub withdrawals: Arc<dyn WithdrawalApi>,
    /// Papers that wait for a review.
    pub documents: Arc<dyn IdentityDocumentApi>,
    /// How risky the payments are.
    pub risk: Arc<dyn RiskCheckApi>,
    /// What has not been read.
    pub notifications: Arc<dyn NotificationApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a source is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        let logins = platform.merchant_auth().map_err(|error| error.to_string());
        let terms = platform.merchant_config().map_err(|error| error.to_string());
        let sources = Sources {
            payments: Arc::new(platform.payment_gateway()?),
            statistics: Arc::new(platform.analytics()?),
            balances: Arc::new(platform.accounting()?),
            settlements: Arc::new(platform.settlement()?),
            withdrawals: Arc::new(platform.withdrawal()?),
            documents: Arc::new(platform.kyc()?),
            risk: Arc::new(platform.risk()?),
            notifications: Arc::new(platform.notification()?),
        };
        Ok(Self {
            logins: logins.map(|client| Arc::new(client) as Arc<dyn MerchantLoginApi>),
            fees: terms.clone().map(|client| Arc::new(client) as Arc<dyn MerchantFeeApi>),
            limits: terms.map(|client| Arc::new(client) as Arc<dyn MerchantLimitApi>),
            sources,
        })
    }

    /// Who opens sessions.
    ///
    /// # Errors
    /// When their address is missing; the text says what to set.
    pub fn logins(&self) -> Result<&dyn MerchantLoginApi> {
        self.logins.as_deref().map_err(|cause| missing(cause))
    }

    /// Who knows the fees that are agreed on elsewhere.
    ///
    /// # Errors
    /// As [`logins`](Self::logins).
    pub fn fees(&self) -> Result<&dyn MerchantFeeApi> {
        self.fees.as_deref().map_err(|cause| missing(cause))
    }

    /// Who knows the limits that are set elsewhere.
    ///
    /// # Errors
    /// As [`logins`](Self::logins).
    pub fn limits(&self) -> Result<&dyn MerchantLimitApi> {
        self.limits.as_deref().map_err(|cause| missing(cause))
    }
}

fn missing(cause: &str) -> Error {
    Error::configuration(cause)
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
