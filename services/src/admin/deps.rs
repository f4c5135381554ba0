//! The services about whose affairs staff decide, as the APIs that admin-service needs of them; a test hands it mocks.
//! Each call says for whom it is made: the member of staff whose session calls.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        kyc::{IdentityDocumentApi, KycQualificationApi},
        merchant::MerchantApi,
        settlement::SettlementApi,
        withdrawal::WithdrawalApi,
    },
    contract::error::Result,
    platform::Platform,
};

/// What admin-service calls.
#[derive(Clone)]
pub struct Deps {
    /// Merchants that wait to do business.
    pub merchants: Arc<dyn MerchantApi>,
    /// Papers that say who a merchant is.
    pub documents: Arc<dyn IdentityDocumentApi>,
    /// Papers about a merchant's business.
    pub qualifications: Arc<dyn KycQualificationApi>,
    /// What is to be settled.
    pub settlements: Arc<dyn SettlementApi>,
    /// What is to be paid out.
    pub withdrawals: Arc<dyn WithdrawalApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        let kyc = platform.kyc()?;
        Ok(Self {
            merchants: Arc::new(platform.merchant()?),
            documents: Arc::new(kyc.clone()),
            qualifications: Arc::new(kyc),
            settlements: Arc::new(platform.settlement()?),
            withdrawals: Arc::new(platform.withdrawal()?),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
