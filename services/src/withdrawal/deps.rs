//! The services that withdrawals call, as the APIs they need of them; a test hands them mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        accounting::{BalanceApi, HoldApi, TransactionApi},
        bank_transfer::BankTransferApi,
        merchant::MerchantApi,
    },
    contract::error::Result,
    platform::Platform,
};

/// What withdrawals call.
#[derive(Clone)]
pub struct Deps {
    /// Who may be paid.
    pub merchants: Arc<dyn MerchantApi>,
    /// Funds set aside.
    pub holds: Arc<dyn HoldApi>,
    /// Bookings, to be reversed when money comes back.
    pub transactions: Arc<dyn TransactionApi>,
    /// In which currencies a merchant has funds.
    pub balances: Arc<dyn BalanceApi>,
    /// Who pays.
    pub bank: Arc<dyn BankTransferApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        let accounting = platform.accounting()?;
        Ok(Self {
            merchants: Arc::new(platform.merchant()?),
            holds: Arc::new(accounting.clone()),
            transactions: Arc::new(accounting.clone()),
            balances: Arc::new(accounting),
            bank: Arc::new(platform.bank_transfer()?),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
