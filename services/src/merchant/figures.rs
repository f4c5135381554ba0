//! What other services know of a merchant, part by part: each asks the one who owns it, and says how far it can be trusted.
//! Amounts are never added over currencies.

use std::{collections::BTreeMap, time::Duration};

use payment_clients::{
    apis::{
        accounting::{AccountBalance, BalanceApi},
        analytics::{MerchantStatistics, MerchantStatisticsApi, MerchantTransactions},
        ids::MerchantId,
        kyc::{DocumentFilter, IdentityDocumentApi, KycStatus},
        notification::NotificationApi,
        payment_gateway::{PaymentApi, PaymentFilter},
        risk::{RiskCheckApi, RiskLevel},
        settlement::{SettlementApi, SettlementFilter, SettlementStatus},
        withdrawal::{WithdrawalApi, WithdrawalFilter, WithdrawalStatus},
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        options::WithOptions,
    },
};
use tokio::try_join;

use super::deps::Sources;
use crate::kit::{
    clock::Clock,
    parts::{Owner, Part},
};

/// How long one owner is asked for one part. At most two are asked in a row, so an answer comes within twice of it.
const PATIENCE: Duration = Duration::from_millis(350);
/// Most rows of a page.
const PAGE: i64 = 100;

/// Minor units by their currency.
pub(super) type Amounts = BTreeMap<Currency, i64>;

/// Those who know, and what they last said of each merchant.
#[derive(Debug)]
pub(super) struct Figures {
    sources: Sources,
    clock: Clock,
    payments: Owner<MerchantId, Option<Currency>>,
    statistics: Owner<(MerchantId, Option<Currency>), MerchantStatistics>,
    balance: Owner<MerchantId, Vec<AccountBalance>>,
    settlements: Owner<MerchantId, Amounts>,
    withdrawals: Owner<MerchantId, Withdrawals>,
    reviews: Owner<MerchantId, i64>,
    risk: Owner<MerchantId, RiskLevel>,
    notifications: Owner<MerchantId, i32>,
}

/// A merchant's withdrawals on their way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Withdrawals {
    /// How many wait for approvals.
    pub pending: i64,
    /// What is at the bank.
    pub in_transit: Amounts,
}

// === impl Figures ===

impl Figures {
    /// Nothing is known yet.
    pub(super) fn new(sources: Sources, clock: Clock) -> Self {
        Self {
            sources,
            clock,
            payments: Owner::new("payments", PATIENCE),
            statistics: Owner::new("statistics", PATIENCE),
            balance: Owner::new("balance", PATIENCE),
            settlements: Owner::new("settlements", PATIENCE),
            withdrawals: Owner::new("withdrawals", PATIENCE),
            reviews: Owner::new("reviews", PATIENCE),
            risk: Owner::new("risk", PATIENCE),
            notifications: Owner::new("notifications", PATIENCE),
        }
    }

    /// The currency of the latest payment, if there is one.
    pub(super) async fn latest_currency(&self, merchant: MerchantId) -> Part<Option<Currency>> {
        let filter = PaymentFilter { merchant_id: Some(merchant), page_size: Some(1), ..PaymentFilter::default() };
        let asked = async {
            let page = self.sources.payments.with(self.payments.options()).list_payments(&filter).await?;
            Ok(page.list.first().map(|payment| payment.currency))
        };
        self.payments.part(merchant, &self.clock, asked).await
    }

    /// Payments today, this month and day by day.
    pub(super) async fn statistics(
        &self,
        merchant: MerchantId,
        currency: Option<Currency>,
    ) -> Part<MerchantStatistics> {
        let statistics = self.sources.statistics.with(self.statistics.options());
        let asked = statistics.get_merchant_statistics(&merchant, currency);
        self.statistics.part((merchant, currency), &self.clock, asked).await
    }

    /// Payments over a period. Nothing older stands in for it: whoever names a period reckons with it.
    pub(super) async fn transactions(
        &self,
        merchant: MerchantId,
        [start, end]: [Option<&str>; 2],
        currency: Option<Currency>,
    ) -> Result<MerchantTransactions> {
        let statistics = self.sources.statistics.with(self.statistics.options());
        statistics.get_transaction_summary(&merchant, start, end, currency).await
    }

    /// What is on each account.
    pub(super) async fn balance(&self, merchant: MerchantId) -> Part<Vec<AccountBalance>> {
        let asked = async {
            let balances = self.sources.balances.with(self.balance.options());
            Ok(balances.get_balance_summary(&merchant).await?.accounts)
        };
        self.balance.part(merchant, &self.clock, asked).await
    }

    /// What settlements would pay that are not decided or not paid out yet.
    pub(super) async fn settlements(&self, merchant: MerchantId) -> Part<Amounts> {
        let asked = async {
            let (pending, approved, processing) = try_join!(
                self.settlements_that_are(SettlementStatus::Pending, merchant),
                self.settlements_that_are(SettlementStatus::Approved, merchant),
                self.settlements_that_are(SettlementStatus::Processing, merchant),
            )?;
            sums(pending.into_iter().chain(approved).chain(processing))
        };
        self.settlements.part(merchant, &self.clock, asked).await
    }

    async fn settlements_that_are(
        &self,
        status: SettlementStatus,
        merchant: MerchantId,
    ) -> Result<Vec<(Option<Currency>, i64)>> {
        let settlements = self.sources.settlements.with(self.settlements.options());
        let mut amounts = Vec::new();
        for page in 1.. {
            let filter = SettlementFilter {
                merchant_id: Some(merchant),
                status: Some(status.clone()),
                page: Some(page),
                page_size: Some(PAGE),
                ..SettlementFilter::default()
            };
            let found = settlements.list_settlements(&filter).await?;
            amounts.extend(found.settlements.iter().map(|one| (one.currency, one.settlement_amount)));
            if is_last(page, found.total) {
                break;
            }
        }
        Ok(amounts)
    }

    /// Withdrawals on their way.
    pub(super) async fn withdrawals(&self, merchant: MerchantId) -> Part<Withdrawals> {
        let asked = async {
            let (pending, in_transit) =
                try_join!(self.pending_withdrawals(merchant), self.withdrawals_at_the_bank(merchant))?;
            Ok(Withdrawals { pending, in_transit: sums(in_transit)? })
        };
        self.withdrawals.part(merchant, &self.clock, asked).await
    }

    async fn pending_withdrawals(&self, merchant: MerchantId) -> Result<i64> {
        let filter = WithdrawalFilter {
            merchant_id: Some(merchant),
            status: Some(WithdrawalStatus::Pending),
            page_size: Some(1),
            ..WithdrawalFilter::default()
        };
        let withdrawals = self.sources.withdrawals.with(self.withdrawals.options());
        withdrawals.list_withdrawals(&filter).await.map(|page| page.total)
    }

    async fn withdrawals_at_the_bank(&self, merchant: MerchantId) -> Result<Vec<(Option<Currency>, i64)>> {
        let withdrawals = self.sources.withdrawals.with(self.withdrawals.options());
        let mut amounts = Vec::new();
        for page in 1.. {
            let filter = WithdrawalFilter {
                merchant_id: Some(merchant),
                status: Some(WithdrawalStatus::Processing),
                page: Some(page),
                page_size: Some(PAGE),
                ..WithdrawalFilter::default()
            };
            let found = withdrawals.list_withdrawals(&filter).await?;
            amounts.extend(found.withdrawals.iter().map(|one| (one.currency, one.amount)));
            if is_last(page, found.total) {
                break;
            }
        }
        Ok(amounts)
    }

    /// How many papers wait for a review.
    pub(super) async fn reviews(&self, merchant: MerchantId) -> Part<i64> {
        let filter = DocumentFilter {
            merchant_id: Some(merchant),
            status: Some(KycStatus::Pending),
            page_size: Some(1),
            ..DocumentFilter::default()
        };
        let documents = self.sources.documents.with(self.reviews.options());
        let asked = async { documents.list_documents(&filter).await.map(|page| page.total) };
        self.reviews.part(merchant, &self.clock, asked).await
    }

    /// How risky the payments are.
    pub(super) async fn risk(&self, merchant: MerchantId) -> Part<RiskLevel> {
        let risk = self.sources.risk.with(self.risk.options());
        let asked = async { risk.get_merchant_risk(&merchant).await.map(|known| known.risk_level) };
        self.risk.part(merchant, &self.clock, asked).await
    }

    /// How many notifications were not read.
    pub(super) async fn unread(&self, merchant: MerchantId) -> Part<i32> {
        let notifications = self.sources.notifications.with(self.notifications.options());
        let asked = async { notifications.count_unread_notifications(&merchant).await.map(|unread| unread.total) };
        self.notifications.part(merchant, &self.clock, asked).await
    }
}

/// Whether no page of so many rows in all comes behind this one.
fn is_last(page: i64, total: i64) -> bool {
    page.saturating_mul(PAGE) >= total
}

/// The sum of each currency. An amount without one belongs to no sum, so there is none then.
fn sums(amounts: impl IntoIterator<Item = (Option<Currency>, i64)>) -> Result<Amounts> {
    let mut sums = Amounts::new();
    for (currency, amount) in amounts {
        let currency = currency.ok_or_else(|| Error::internal("an amount has no currency"))?;
        let sum = sums.entry(currency).or_default();
        *sum = sum.checked_add(amount).ok_or_else(|| Error::internal("a sum has more than 64 bits"))?;
    }
    Ok(sums)
}
