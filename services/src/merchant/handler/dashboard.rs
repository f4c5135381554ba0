//! The dashboard: what others know of a merchant, put together. Nobody is waited for long, and what nobody knows is null.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting,
        analytics::{ChannelBreakdown, MerchantStatistics, MerchantTransactions, PaymentTrend},
        ids::MerchantId,
        merchant::{
            AccountBalance, BalanceInfo, BalanceParts, ChannelShare, DailyData, Dashboard, DashboardPart,
            DashboardParts, MerchantDashboardApi, TransactionSummary,
        },
    },
    contract::{error::Result, money::Currency},
};
use tokio::join;

use super::{Merchants, caller};
use crate::{
    kit::{currency, parts::Part},
    merchant::figures::{Amounts, Withdrawals},
};

#[async_trait]
impl MerchantDashboardApi for Merchants {
    async fn get_dashboard(&self, currency: Option<Currency>) -> Result<Dashboard> {
        self.dashboard(caller()?.own()?, currency).await
    }

    async fn get_merchant_dashboard(&self, id: &MerchantId, currency: Option<Currency>) -> Result<Dashboard> {
        self.dashboard(caller()?.reach(*id)?, currency).await
    }

    async fn get_transaction_summary(
        &self,
        start_date: Option<&str>,
        end_date: Option<&str>,
        currency: Option<Currency>,
    ) -> Result<TransactionSummary> {
        let own = caller()?.own()?;
        self.figures.transactions(own, [start_date, end_date], currency).await.map(summary)
    }

    async fn get_balance_info(&self, currency: Option<Currency>) -> Result<BalanceInfo> {
        let own = caller()?.own()?;
        known(currency)?;
        let figures = &self.figures;
        let ((payments, currency), balance, settlements, withdrawals) = join!(
            self.currency(own, currency),
            figures.balance(own),
            figures.settlements(own),
            figures.withdrawals(own),
        );
        let Funds { available, frozen } = funds(&balance, currency);
        Ok(BalanceInfo {
            currency,
            available_balance: available,
            frozen_balance: frozen,
            total_balance: available.zip(frozen).and_then(|(available, frozen)| available.checked_add(frozen)),
            pending_settlement: amount(settlements.value.as_ref(), currency),
            in_transit: amount(in_transit(&withdrawals), currency),
            parts: BalanceParts {
                payments,
                balance: told(&balance),
                settlements: told(&settlements),
                withdrawals: told(&withdrawals),
            },
            accounts: balance.value.map(|accounts| accounts.iter().map(account).collect()),
        })
    }
}

// === impl Merchants ===

impl Merchants {
    async fn dashboard(&self, merchant: MerchantId, currency: Option<Currency>) -> Result<Dashboard> {
        known(currency)?;
        let figures = &self.figures;
        let statistics = async {
            let (payments, currency) = self.currency(merchant, currency).await;
            (payments, currency, figures.statistics(merchant, currency).await)
        };
        let ((payments, currency, statistics), balance, settlements, withdrawals, reviews, risk, notifications) = join!(
            statistics,
            figures.balance(merchant),
            figures.settlements(merchant),
            figures.withdrawals(merchant),
            figures.reviews(merchant),
            figures.risk(merchant),
            figures.unread(merchant),
        );
        let paid = statistics.value.as_ref();
        // Whoever counts payments knows their currency too.
        let currency = currency.or_else(|| paid?.currency.parse().ok());
        let Funds { available, frozen } = funds(&balance, currency);
        Ok(Dashboard {
            today_payments: paid.map(|paid| paid.today_payments),
            today_amount: paid.and_then(|paid| currency.map(|_| paid.today_amount)),
            today_success_rate: paid.map(|paid| paid.today_success_rate),
            month_payments: paid.map(|paid| paid.month_payments),
            month_amount: paid.and_then(|paid| currency.map(|_| paid.month_amount)),
            month_success_rate: paid.map(|paid| paid.month_success_rate),
            available_balance: available,
            frozen_balance: frozen,
            pending_settlement: amount(settlements.value.as_ref(), currency),
            currency,
            risk_level: risk.value.as_ref().map(|level| level.as_str().into()),
            pending_reviews: count(reviews.value),
            pending_withdrawals: count(withdrawals.value.as_ref().map(|withdrawals| withdrawals.pending)),
            unread_notifications: notifications.value,
            parts: DashboardParts {
                payments,
                statistics: told(&statistics),
                balance: told(&balance),
                settlements: told(&settlements),
                withdrawals: told(&withdrawals),
                reviews: told(&reviews),
                risk: told(&risk),
                notifications: told(&notifications),
            },
            payment_trend: currency.and(statistics.value).map(trend),
        })
    }

    /// The currency that was asked for, or that of the latest payment and how far it can be trusted.
    async fn currency(
        &self,
        merchant: MerchantId,
        asked: Option<Currency>,
    ) -> (Option<DashboardPart>, Option<Currency>) {
        if asked.is_some() {
            return (None, asked);
        }
        let latest = self.figures.latest_currency(merchant).await;
        (Some(told(&latest)), latest.value.flatten())
    }
}

fn known(asked: Option<Currency>) -> Result<()> {
    asked.map_or(Ok(()), |asked| currency::known("currency", asked))
}

// === parts of an answer ===

/// What is on the accounts of one currency.
#[derive(Clone, Copy, Debug, Default)]
struct Funds {
    available: Option<i64>,
    frozen: Option<i64>,
}

fn told<T>(part: &Part<T>) -> DashboardPart {
    let Part { state, as_of, age_ms, .. } = part;
    DashboardPart { state: state.clone(), as_of: *as_of, age_ms: *age_ms }
}

/// Nothing where the accounts are not known, or no currency is; who has no account in one has nothing in it.
fn funds(balance: &Part<Vec<accounting::AccountBalance>>, currency: Option<Currency>) -> Funds {
    let (Some(accounts), Some(currency)) = (&balance.value, currency) else { return Funds::default() };
    let sum = |of: fn(&accounting::AccountBalance) -> i64| {
        let mut accounts = accounts.iter().filter(|account| account.currency == currency);
        accounts.try_fold(0_i64, |sum, account| sum.checked_add(of(account)))
    };
    Funds { available: sum(|account| account.available_balance), frozen: sum(|account| account.frozen_balance) }
}

/// What there is of one currency, where that is known.
fn amount(known: Option<&Amounts>, currency: Option<Currency>) -> Option<i64> {
    Some(known?.get(&currency?).copied().unwrap_or_default())
}

fn in_transit(withdrawals: &Part<Withdrawals>) -> Option<&Amounts> {
    withdrawals.value.as_ref().map(|withdrawals| &withdrawals.in_transit)
}

fn count(known: Option<i64>) -> Option<i32> {
    known.map(|known| i32::try_from(known).unwrap_or(i32::MAX))
}

fn account(account: &accounting::AccountBalance) -> AccountBalance {
    AccountBalance {
        account_type: account.account_type.to_string(),
        balance: account.balance,
        currency: account.currency,
    }
}

fn trend(statistics: MerchantStatistics) -> Vec<DailyData> {
    let daily =
        |PaymentTrend { date, payments, amount, success_rate }| DailyData { date, payments, amount, success_rate };
    statistics.payment_trend.into_iter().map(daily).collect()
}

fn summary(sums: MerchantTransactions) -> TransactionSummary {
    let share = |ChannelBreakdown { channel, payments, amount, success_rate, percentage }| ChannelShare {
        channel,
        payments,
        amount,
        success_rate,
        percentage,
    };
    TransactionSummary {
        total_payments: sums.total_payments,
        success_payments: sums.success_payments,
        failed_payments: sums.failed_payments,
        total_amount: sums.total_amount,
        success_amount: sums.success_amount,
        success_rate: sums.success_rate,
        average_amount: sums.average_amount,
        total_refunds: sums.total_refunds,
        total_refund_amount: sums.total_refund_amount,
        refund_rate: sums.refund_rate,
        currency: sums.currency,
        channel_breakdown: sums.channel_breakdown.into_iter().map(share).collect(),
    }
}
