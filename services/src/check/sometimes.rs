//! What has to happen sometimes: a run in which nothing went wrong proves nothing. Each count is taken from the stores, from
//! the books of the simulators, and from what the client and the supervisor of the run have written down; nobody who caused
//! a situation counts it.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::{
    apis::{
        accounting::hold_api, channel_adapter::channel_webhook_api, config_service::config_api,
        withdrawal::withdrawal_api,
    },
    contract::error::{Result, code},
};

use super::{SAGAS, books::Books};
use crate::{
    demo::history::Line,
    reconcile::{matching::Class, report::Report},
    supervisor::book::Fault,
};

/// What is looked at.
pub struct Evidence<'a> {
    /// The stores.
    pub books: &'a Books,
    /// What the client asked and was answered.
    pub history: &'a [Line],
    /// What was done to the platform.
    pub faults: &'a [Fault],
    /// A reconciliation with a channel's file of which one line is wrong.
    pub spoilt: &'a Report,
}

/// Situations by name, and how often each has come up.
pub type Sometimes = BTreeMap<&'static str, u64>;

/// Counts one situation.
type Count = fn(&Evidence<'_>) -> Result<u64>;

/// All situations.
const SITUATIONS: [(&str, Count); 20] = [
    ("overdraft_rejected", |of| {
        one(of, "accounting", "SELECT COUNT(*) FROM idem WHERE status = 422 AND body LIKE '%INSUFFICIENT_BALANCE%'")
    }),
    ("idem_replayed", |of| Ok(replays(of.history))),
    ("idem_409", |of| Ok(refusals(of, |line, why| why == code::IN_PROGRESS && !line.question.key.is_empty()))),
    ("idem_422", |of| Ok(refusals(of, |_, why| why == code::KEY_REUSED))),
    ("unknown_done", |of| {
        sagas(of, "SELECT COUNT(*) FROM saga_step WHERE doubt = 1 AND state = 'done' AND direction = 'fwd'")
    }),
    ("unknown_refused", |of| sagas(of, "SELECT COUNT(*) FROM saga_step WHERE doubt = 1 AND state = 'declined'")),
    ("compensated", |of| {
        sagas(
            of,
            "SELECT COUNT(DISTINCT s.id) FROM saga s JOIN saga_step p ON p.saga_id = s.id
            WHERE s.state = 'compensated' AND p.direction = 'comp' AND p.state = 'done'",
        )
    }),
    ("late_success_refunded", |of| {
        const BACK: &str = "SELECT payment_no FROM intents WHERE status = 'captured' AND refunded = amount";
        const ENDED: &str = "SELECT payment_no FROM payments WHERE status IN ('failed', 'cancelled', 'expired')";
        let back: BTreeSet<_> = of.books.rows("channel-sim", BACK, text)?.into_iter().collect();
        Ok(count(of.books.rows("gateway", ENDED, text)?.iter().filter(|number| back.contains(*number))))
    }),
    ("dup_webhook_dropped", |of| {
        let sent = of.books.rows(
            "channel-sim",
            "SELECT id FROM events WHERE copies > 1 AND delivered_at IS NOT NULL",
            text,
        )?;
        let kept = of.books.rows("channel-adapter", "SELECT event_id FROM webhook_inbox", text)?;
        let kept: BTreeSet<_> = kept.into_iter().collect();
        Ok(count(sent.iter().filter(|id| kept.contains(*id))))
    }),
    ("forged_webhook_rejected", |of| {
        let webhook = channel_webhook_api::HANDLE_STRIPE_WEBHOOK.name;
        Ok(refusals(of, |line, why| line.question.operation == webhook && why == "INVALID_SIGNATURE"))
    }),
    ("out_of_order_applied", |of| {
        one(of, "gateway", "SELECT COUNT(*) FROM transitions WHERE came_from = 'pending' AND went_to = 'success'")
    }),
    ("hold_void_vs_post_race", |of| {
        let ends = [hold_api::CAPTURE_HOLD.name, withdrawal_api::CANCEL_WITHDRAWAL.name];
        Ok(refusals(of, |line, _| ends.contains(&line.question.operation.as_str())))
    }),
    ("saga_resumed_after_kill", resumed),
    ("bus_dup_dropped", |of| {
        let again = |store| one(of, store, "SELECT CAST(COALESCE(SUM(again), 0) AS BIGINT) FROM cursors");
        ["accounting", "analytics", "notification", "settlement"].into_iter().map(again).sum()
    }),
    ("settlement_claim_conflict", |of| {
        one(of, "settlement", "SELECT COUNT(*) FROM saga WHERE kind = 'claim' AND state = 'compensated'")
    }),
    ("refund_over_limit_rejected", |of| {
        one(of, "gateway", "SELECT COUNT(*) FROM idem WHERE status >= 400 AND body LIKE '%REFUND_AMOUNT_EXCEEDS%'")
    }),
    ("nonce_replay_rejected", |of| {
        Ok(refusals(of, |line, why| line.question.nonce.is_some() && why == "SIGNATURE_REPLAYED"))
    }),
    ("config_reload_refused", |of| {
        let update = config_api::UPDATE_CONFIG.name;
        Ok(refusals(of, |line, _| line.question.operation == update))
    }),
    ("bank_return_reversed", |of| one(of, "withdrawal", "SELECT COUNT(*) FROM withdrawals WHERE status = 'returned'")),
    ("recon_break_detected", |of| Ok(count(of.spoilt.items.iter().filter(|(_, item)| item.class == Class::Amount)))),
];

/// Counts all situations.
///
/// # Errors
/// When a store is missing or cannot be read.
pub fn counts(of: &Evidence<'_>) -> Result<Sometimes> {
    SITUATIONS.iter().map(|(name, count)| Ok((*name, count(of)?))).collect()
}

// === in the stores ===

fn one(of: &Evidence<'_>, store: &str, sql: &'static str) -> Result<u64> {
    let counts = of.books.rows(store, sql, |row| row.get::<i64>(0))?;
    Ok(counts.into_iter().map(|count| u64::try_from(count).unwrap_or(0)).sum())
}

fn sagas(of: &Evidence<'_>, sql: &'static str) -> Result<u64> {
    SAGAS.iter().map(|store| one(of, store, sql)).sum()
}

fn text(row: &crate::kit::store::Row<'_>) -> Result<String> {
    row.get(0)
}

/// Sagas of a service that had begun a step when it was killed, and came to an end.
fn resumed(of: &Evidence<'_>) -> Result<u64> {
    const AGAIN: &str = "SELECT s.created_at, s.ended_at FROM saga s
        WHERE s.ended_at IS NOT NULL AND EXISTS(SELECT 1 FROM saga_step p WHERE p.saga_id = s.id AND p.attempts > 1)";
    let kills = of.faults.iter().filter(|fault| fault.kind == "kill");
    let kills: Vec<_> = kills.filter(|fault| fault.service.as_deref() == Some("payment-gateway")).collect();
    let again = of.books.rows("gateway", AGAIN, |row| Ok(row.get::<i64>(0)?..=row.get::<i64>(1)?))?;
    Ok(count(again.iter().filter(|life| kills.iter().any(|kill| life.contains(&kill.at)))))
}

// === in what the client has written ===

/// Refusals of this kind, each question once.
fn refusals(of: &Evidence<'_>, wanted: impl Fn(&Line, &str) -> bool) -> u64 {
    let refused = of
        .history
        .iter()
        .filter(|line| line.answer.as_ref().is_some_and(|answer| answer.status >= 400 && wanted(line, &answer.code)));
    count(refused)
}

/// Answers that were given again.
fn replays(history: &[Line]) -> u64 {
    let mut first = BTreeSet::new();
    let answered = history.iter().filter(|line| line.question.nonce.is_none());
    let answered = answered.filter(|line| line.answer.as_ref().is_some_and(|answer| answer.status < 300));
    count(answered.filter(|line| !first.insert((&line.question.operation, &line.question.key))))
}

fn count<T>(things: impl Iterator<Item = T>) -> u64 {
    u64::try_from(things.count()).unwrap_or(u64::MAX)
}
