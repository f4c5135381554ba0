//! What merchant-auth keeps. Each privileged change names the row of the audit that tells of it, and no two name the same
//! unless one act made both.
//!
//! | module | rows |
//! |---|---|
//! | `accounts` | settings, and how often the password was changed |
//! | `attempts` | failures in a row |
//! | `factors` | second factors, their recovery codes, every step that was taken |
//! | `pending` | logins that wait for their second step |
//! | `sessions` | sessions, and each thing that befell them |
//! | `activities` | logins as the merchant reads them |

pub mod accounts;
pub mod activities;
pub mod attempts;
pub mod factors;
pub mod pending;
pub mod sessions;

use crate::kit::{audit, configuration, inbox, incident};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    audit::TABLES,
    "CREATE TABLE attempts(
        merchant_id TEXT PRIMARY KEY, failures {{int}} NOT NULL CHECK(failures BETWEEN 0 AND 10),
        locked_until {{int}} NOT NULL, last_at {{int}} NOT NULL,
        CHECK((failures = 10) = (locked_until > 0))) {{clustered}}",
    "CREATE TABLE accounts(
        merchant_id TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, epoch {{int}} NOT NULL DEFAULT 0, changing_since {{int}},
        password_changed_at {{int}}, version {{int}} NOT NULL DEFAULT 0,
        password_expiry_days {{int}} NOT NULL CHECK(password_expiry_days BETWEEN 0 AND 365),
        session_timeout_minutes {{int}} NOT NULL CHECK(session_timeout_minutes BETWEEN 5 AND 1440),
        max_concurrent_sessions {{int}} NOT NULL CHECK(max_concurrent_sessions BETWEEN 1 AND 20),
        login_notification {{int}} NOT NULL CHECK(login_notification IN (0, 1)),
        abnormal_notification {{int}} NOT NULL CHECK(abnormal_notification IN (0, 1)),
        created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{strict}}",
    // The hash of one that no longer counts is wiped; that it was changed is not.
    "CREATE TABLE old_passwords(
        id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES accounts(merchant_id), hash TEXT NOT NULL,
        epoch {{int}} NOT NULL, replaced_at {{int}} NOT NULL,
        audit_seq {{int}} NOT NULL UNIQUE REFERENCES audit(seq), UNIQUE(merchant_id, epoch)) {{strict}}",
    "CREATE TABLE factors(
        id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('pending','active','off')),
        sealed TEXT, last_step {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL,
        enabled_audit {{int}} UNIQUE REFERENCES audit(seq), disabled_audit {{int}} UNIQUE REFERENCES audit(seq),
        CHECK((state = 'pending') = (enabled_audit IS NULL)), CHECK((state = 'off') = (disabled_audit IS NOT NULL)),
        CHECK((state = 'off') = (sealed IS NULL))) {{strict}};
    CREATE UNIQUE INDEX factors_in_use ON factors(merchant_id) WHERE state <> 'off';
    CREATE TABLE recovery_codes(
        factor_id TEXT NOT NULL REFERENCES factors(id), digest TEXT NOT NULL, used_at {{int}},
        PRIMARY KEY(factor_id, digest)) {{clustered}};
    CREATE TABLE code_uses(
        seq {{int}} PRIMARY KEY CHECK(seq >= 1), factor_id TEXT NOT NULL REFERENCES factors(id), step {{int}} NOT NULL,
        at {{int}} NOT NULL, UNIQUE(factor_id, step)) {{strict}};
    {{immutable:code_uses}}",
    "CREATE TABLE pending_logins(
        digest TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, epoch {{int}} NOT NULL,
        tries {{int}} NOT NULL DEFAULT 0 CHECK(tries BETWEEN 0 AND 5), expires_at {{int}} NOT NULL) {{clustered}}",
    "CREATE TABLE sessions(
        session_id TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
        two_factor {{int}} NOT NULL CHECK(two_factor IN (0, 1)), created_at {{int}} NOT NULL,
        last_seen_at {{int}} NOT NULL, expires_at {{int}} NOT NULL, ended_at {{int}},
        end_cause TEXT CHECK(end_cause IN ('revoked','password','factor','replaced','expired')),
        opened_audit {{int}} NOT NULL UNIQUE REFERENCES audit(seq), ended_audit {{int}} REFERENCES audit(seq),
        CHECK((ended_at IS NULL) = (end_cause IS NULL)),
        CHECK((ended_audit IS NOT NULL) = (COALESCE(end_cause, '') IN ('revoked','password','factor')))) {{strict}};
    CREATE INDEX sessions_by_merchant ON sessions(merchant_id, ended_at);
    CREATE INDEX sessions_by_expiry ON sessions(expires_at) WHERE ended_at IS NULL;
    CREATE TABLE session_events(
        seq {{int}} PRIMARY KEY CHECK(seq >= 1), session_id TEXT NOT NULL REFERENCES sessions(session_id),
        event TEXT NOT NULL CHECK(event IN ('opened','used','ended')), at {{int}} NOT NULL) {{strict}};
    CREATE INDEX session_events_by_session ON session_events(session_id, seq);
    CREATE UNIQUE INDEX session_ends ON session_events(session_id) WHERE event = 'ended';
    {{immutable:session_events}}",
    "CREATE TABLE activities(
        seq {{int}} PRIMARY KEY CHECK(seq >= 1), id TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL,
        login_type TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN ('success','failed','blocked')),
        failed_reason TEXT NOT NULL, session_id TEXT NOT NULL, login_at {{int}} NOT NULL, logout_at {{int}}) {{strict}};
    CREATE INDEX activities_by_merchant ON activities(merchant_id, seq);
    CREATE INDEX activities_by_session ON activities(session_id) WHERE session_id <> ''",
    configuration::TABLES,
    inbox::TABLES,
    incident::TABLES,
];
