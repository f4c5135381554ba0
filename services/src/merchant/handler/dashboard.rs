//! The dashboard needs figures of services that this one does not ask yet.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{BalanceInfo, Dashboard, MerchantDashboardApi, TransactionSummary},
    },
    contract::{error::Result, money::Currency},
};

use super::{Merchants, caller, not_implemented};

#[async_trait]
impl MerchantDashboardApi for Merchants {
    async fn get_dashboard(&self, _currency: Option<Currency>) -> Result<Dashboard> {
        caller()?.own()?;
        Err(not_implemented("the dashboard"))
    }

    async fn get_merchant_dashboard(&self, id: &MerchantId, _currency: Option<Currency>) -> Result<Dashboard> {
        caller()?.reach(*id)?;
        Err(not_implemented("the dashboard"))
    }

    async fn get_transaction_summary(
        &self,
        _start_date: Option<&str>,
        _end_date: Option<&str>,
        _currency: Option<Currency>,
    ) -> Result<TransactionSummary> {
        caller()?.own()?;
        Err(not_implemented("the summary of transactions"))
    }

    async fn get_balance_info(&self, _currency: Option<Currency>) -> Result<BalanceInfo> {
        caller()?.own()?;
        Err(not_implemented("the balance"))
    }
}
