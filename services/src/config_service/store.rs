//! What config-service keeps: entries with their history, flags, instances, and when each version began.

pub mod configs;
pub mod flags;
pub mod instances;

use payment_clients::contract::error::Result;

use crate::{
    args,
    kit::{
        events::config::{self, ConfigPayload},
        idempotency, outbox,
        store::{Tx, View},
    },
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    "CREATE TABLE revisions(
        environment TEXT NOT NULL, version {{int}} NOT NULL CHECK(version > 0), subject TEXT NOT NULL,
        created_at {{int}} NOT NULL, PRIMARY KEY(environment, version)) {{clustered}}",
    "CREATE TABLE configs(
        id TEXT PRIMARY KEY, service_name TEXT NOT NULL CHECK(length(service_name) > 0),
        config_key TEXT NOT NULL CHECK(length(config_key) > 0), config_value TEXT NOT NULL,
        value_type TEXT NOT NULL, environment TEXT NOT NULL, description TEXT NOT NULL,
        is_encrypted {{int}} NOT NULL CHECK(is_encrypted IN(0, 1)), version {{int}} NOT NULL CHECK(version > 0),
        created_by TEXT NOT NULL, updated_by TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
        deleted_at {{int}}) {{strict}}",
    "CREATE UNIQUE INDEX configs_named ON configs(service_name, environment, config_key) WHERE deleted_at IS NULL",
    "CREATE INDEX configs_by_age ON configs(created_at)",
    "CREATE TABLE config_history(
        config_id TEXT NOT NULL REFERENCES configs(id), number {{int}} NOT NULL CHECK(number > 0),
        id TEXT NOT NULL UNIQUE, old_value TEXT NOT NULL, new_value TEXT NOT NULL, version {{int}} NOT NULL,
        changed_by TEXT NOT NULL, change_type TEXT NOT NULL
            CHECK(change_type IN('create', 'update', 'delete', 'rollback')),
        change_reason TEXT NOT NULL, created_at {{int}} NOT NULL, PRIMARY KEY(config_id, number)) {{clustered}}",
    // A key is unique among deleted flags, too: what was decided by it once is not decided by another.
    "CREATE TABLE flags(
        id TEXT PRIMARY KEY, flag_key TEXT NOT NULL UNIQUE CHECK(length(flag_key) > 0), flag_name TEXT NOT NULL,
        description TEXT NOT NULL, enabled {{int}} NOT NULL CHECK(enabled IN(0, 1)), environment TEXT NOT NULL,
        conditions TEXT, percentage {{int}} NOT NULL CHECK(percentage >= 0), created_by TEXT NOT NULL,
        updated_by TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, deleted_at {{int}})
        {{strict}}",
    "CREATE TABLE instances(
        id TEXT PRIMARY KEY, service_name TEXT NOT NULL, service_url TEXT NOT NULL, service_ip TEXT NOT NULL,
        service_port {{int}} NOT NULL CHECK(service_port BETWEEN 0 AND 65535),
        status TEXT NOT NULL CHECK(status IN('active', 'inactive')), health_check TEXT NOT NULL, metadata TEXT,
        last_heartbeat {{int}} NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
        UNIQUE(service_name, service_url)) {{strict}}",
    outbox::TABLES,
];

/// Counts a change of a value or of a flag. `subject` is the entry or the flag.
///
/// Here, in the unit that makes the change, others are told of it, and not of what it is.
///
/// # Errors
/// When a statement fails.
pub fn changed(tx: &mut Tx<'_>, environment: &str, subject: &str, now: i64) -> Result<()> {
    let next = version(tx, environment)? + 1;
    tx.execute(
        "INSERT INTO revisions(environment, version, subject, created_at) VALUES($1, $2, $3, $4)",
        args![environment, next, subject, now],
    )?;
    let payload =
        ConfigPayload { environment: environment.to_owned(), config_version: next, subject: subject.to_owned() };
    outbox::append(tx, config::CHANGED, &payload, now).map(drop)
}

/// The version of an environment; 0 before the first change.
///
/// # Errors
/// When the statement fails.
pub fn version(view: &View<'_>, environment: &str) -> Result<i64> {
    let read = "SELECT COALESCE(MAX(version), 0) FROM revisions WHERE environment = $1";
    view.one(read, args![environment], |row| row.get(0))
}
