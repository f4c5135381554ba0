//! The services that settlements call, as the APIs they need of them; a test hands them mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        accounting::{AccountApi, AccountSettlementApi, TransactionApi},
        withdrawal::{BankAccountApi, WithdrawalApi},
    },
    contract::error::Result,
    platform::Platform,
};

/// What settlements call.
#[derive(Clone)]
pub struct Deps {
    /// Where settled funds go.
    pub accounts: Arc<dyn AccountApi>,
    /// Claims and bookings.
    pub claims: Arc<dyn AccountSettlementApi>,
    /// What was booked, to be compared with what a caller says.
    pub transactions: Arc<dyn TransactionApi>,
    /// Payouts.
    pub withdrawals: Arc<dyn WithdrawalApi>,
    /// Where they go.
    pub bank_accounts: Arc<dyn BankAccountApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        let (accounting, withdrawal) = (platform.accounting()?, platform.withdrawal()?);
        Ok(Self {
            accounts: Arc::new(accounting.clone()),
            claims: Arc::new(accounting.clone()),
            transactions: Arc::new(accounting),
            withdrawals: Arc::new(withdrawal.clone()),
            bank_accounts: Arc::new(withdrawal),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
