//! What merchants and staff ask for: load, decide, save, answer.

mod pages;
mod sessions;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        cashier::{
            CashierAnalytics, CashierAnalyticsApi, CashierLogApi, CashierPlatformStats, CheckoutStep, RecordCashierLog,
        },
        ids::MerchantId,
        words::{Channel, DeviceType},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        timestamp::Timestamp,
    },
    server,
};
use serde::Serialize;

use super::{Cashier, domain::figures, store};
use crate::kit::{
    caller::{Caller, caller},
    days, idempotency,
    store::{Tx, View},
    text,
};

/// The merchant who asks.
///
/// # Errors
/// 403 for everybody else.
fn own() -> Result<MerchantId> {
    match caller()? {
        Caller::Merchant(id) => Ok(id),
        _ => Err(forbidden("this is about the merchant who asks; ask as a merchant")),
    }
}

/// Lets staff of the platform through.
///
/// # Errors
/// 403 for everybody else.
fn staff() -> Result<()> {
    match caller()? {
        Caller::Staff(_) => Ok(()),
        _ => Err(forbidden("this is for staff of the platform")),
    }
}

fn forbidden(why: &str) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::Processed, why).with_code("FORBIDDEN")
}

impl Cashier {
    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let principal = caller()?.principal();
        idempotency::local(&self.store, &self.clock, &server::current(), &principal, work).await
    }
}

// === what payers did ===

#[async_trait]
impl CashierLogApi for Cashier {
    async fn record_log(&self, log: &RecordCashierLog) -> Result<()> {
        let (owner, log, now) = (own()?, log.clone(), self.clock.now());
        check(&log)?;
        let Some(token) = log.session_token.clone() else {
            return Err(Error::invalid_input("session_token", "must be given"));
        };
        let id = self.ids.uuid().to_string();
        let unit = move |tx: &mut Tx<'_>| {
            let session = store::sessions::require(tx, owner, token.expose())?.shown;
            store::logs::insert(tx, &id, (session.id, owner), &log, now)
        };
        self.store.write(unit).await
    }
}

fn check(log: &RecordCashierLog) -> Result<()> {
    text::all_at_most([
        ("user_ip", log.user_ip.as_deref(), 64),
        ("user_agent", log.user_agent.as_deref(), 500),
        ("device_type", log.device_type.as_ref().map(DeviceType::as_str), 32),
        ("browser", log.browser.as_deref(), 100),
        ("selected_channel", log.selected_channel.as_ref().map(Channel::as_str), 32),
        ("selected_method", log.selected_method.as_deref(), 32),
        ("dropped_at_step", log.dropped_at_step.as_ref().map(CheckoutStep::as_str), 32),
        ("error_message", log.error_message.as_deref(), 1000),
    ])?;
    for (field, time) in [("page_load_time", log.page_load_time), ("time_to_submit", log.time_to_submit)] {
        if time.is_some_and(|time| time < 0) {
            return Err(Error::invalid_input(field, "must not be negative"));
        }
    }
    Ok(())
}

// === figures ===

#[async_trait]
impl CashierAnalyticsApi for Cashier {
    async fn get_analytics(
        &self,
        start_time: Option<Timestamp>,
        end_time: Option<Timestamp>,
    ) -> Result<CashierAnalytics> {
        let owner = own()?;
        let end = end_time.map_or_else(|| self.clock.now().saturating_add(1), Timestamp::unix_ms);
        let start = start_time.map_or_else(|| end.saturating_sub(7 * days::DAY), Timestamp::unix_ms);
        if end < start {
            return Err(Error::invalid_input("end_time", "must not be before `start_time`"));
        }
        let read = move |view: &View<'_>| {
            let counts = store::sessions::count(view, Some(owner), [start, end])?;
            Ok(CashierAnalytics {
                conversion_rate: figures::per_cent(counts.completed, counts.opened)?,
                channel_stats: store::logs::channels(view, owner, [start, end])?,
                total_sessions: counts.opened,
            })
        };
        self.store.read(read).await
    }

    async fn get_platform_stats(&self) -> Result<CashierPlatformStats> {
        staff()?;
        let now = self.clock.now();
        let read = move |view: &View<'_>| {
            let end = now.saturating_add(1);
            let since = |start| store::sessions::count(view, None, [start, end]);
            let (merchants, all) = (store::pages::count(view)?, since(0)?);
            let (week, today) = (since(now - 7 * days::DAY)?, since(days::midnight(now))?);
            Ok(CashierPlatformStats {
                total_merchants: merchants,
                active_cashiers: merchants,
                total_sessions: all.opened,
                avg_conversion_rate: figures::per_cent(week.completed, week.opened)?,
                total_sessions_today: today.opened,
                completed_sessions_today: today.completed,
            })
        };
        self.store.read(read).await
    }
}
