//! What the risk service keeps: checks and counters, rules, the blacklist, reports.

pub mod blacklist;
pub mod checks;
pub mod rules;

use payment_clients::{apis::risk::ReportPaymentResult, contract::error::Result};

use crate::{
    args,
    kit::{configuration, idempotency, store::Tx},
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    "CREATE TABLE checks(
        id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, related_id TEXT NOT NULL,
        related_type TEXT NOT NULL CHECK(related_type IN('payment','order')), check_data TEXT NOT NULL,
        risk_score {{int}} NOT NULL CHECK(risk_score >= 0),
        risk_level TEXT NOT NULL CHECK(risk_level IN('low','medium','high','critical')), check_result TEXT NOT NULL,
        decision TEXT NOT NULL CHECK(decision IN('pass','review','reject')), reason TEXT NOT NULL,
        created_at {{int}} NOT NULL) {{strict}}",
    "CREATE INDEX checks_by_age ON checks(created_at)",
    "CREATE INDEX checks_of_merchant ON checks(merchant_id, created_at)",
    "CREATE INDEX checks_held ON checks(merchant_id, decision) WHERE decision <> 'pass'",
    // One row a subject: the minute in which it was last checked, and how often in that minute.
    "CREATE TABLE frequency(
        subject TEXT PRIMARY KEY, minute {{int}} NOT NULL, checks {{int}} NOT NULL CHECK(checks > 0)) {{clustered}}",
    "CREATE TABLE rules(
        id TEXT PRIMARY KEY, rule_name TEXT NOT NULL, rule_type TEXT NOT NULL, priority {{int}} NOT NULL,
        conditions TEXT NOT NULL, actions TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN('active','inactive')),
        description TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{clustered}}",
    "CREATE TABLE blacklist(
        id TEXT PRIMARY KEY, entity_type TEXT NOT NULL CHECK(entity_type IN('ip','email','phone','device','card')),
        entity_value TEXT NOT NULL CHECK(length(entity_value) BETWEEN 1 AND 255), reason TEXT NOT NULL,
        added_by TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'active' CHECK(status IN('active','removed')),
        expire_at {{int}}, removed_at {{int}}, created_at {{int}} NOT NULL,
        CHECK((status = 'removed') = (removed_at IS NOT NULL))) {{clustered}}",
    "CREATE UNIQUE INDEX blacklist_active ON blacklist(entity_type, entity_value) WHERE status = 'active'",
    "CREATE TABLE reports(
        payment_no TEXT PRIMARY KEY, success {{int}} NOT NULL, fraudulent {{int}} NOT NULL,
        created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{clustered}}",
    configuration::TABLES,
    "ALTER TABLE checks ADD COLUMN config_version {{int}} NOT NULL DEFAULT 0",
];

/// Stores how a payment ended. The last word counts: fraud is found out long after a success.
///
/// # Errors
/// When the statement fails.
pub fn report(tx: &mut Tx<'_>, report: &ReportPaymentResult, now: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO reports(payment_no, success, fraudulent, created_at, updated_at) VALUES($1, $2, $3, $4, $4)
         ON CONFLICT(payment_no) DO UPDATE
            SET success = excluded.success, fraudulent = excluded.fraudulent, updated_at = excluded.updated_at",
        args![report.payment_no.as_str(), report.success, report.fraudulent, now],
    )
    .map(drop)
}
