//! The service's rows and statements; the ledger has its own.

pub mod accounts;
pub mod conversions;
pub mod fee_plans;
pub mod holds;
pub mod invoices;
pub mod postings;
pub mod rates;
pub mod reconciliations;
pub mod settlements;
pub mod transactions;

use super::ledger::schema;
use crate::kit::{configuration, idempotency, inbox, incident, outbox};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    outbox::TABLES,
    inbox::TABLES,
    schema::TABLES,
    fee_plans::TABLES,
    transactions::TABLES,
    holds::TABLES,
    settlements::TABLES,
    configuration::TABLES,
    conversions::TABLES,
    invoices::TABLES,
    reconciliations::TABLES,
    rates::TABLES,
    settlements::REFUNDS,
    holds::OPEN,
];
