//! What admin-service keeps. Each privileged change names the row of the audit that tells of it, and no two name the same
//! unless one act made both.
//!
//! | module | rows |
//! |---|---|
//! | `admins` | who is staff, and their passwords |
//! | `roles` | roles, what they allow, who has them |
//! | `audit_logs` | the audit, with what people want to read of it |
//! | `attempts` | failures in a row |
//! | `factors` | second factors, their backup codes, every step that was taken |
//! | `sessions` | sessions, and each thing that befell them |
//! | `activities` | logins as their owner reads them |
//! | `securities` | settings of account security |
//! | `system_configs` | settings of the platform, their values sealed |
//! | `preferences` | how the portal looks |

pub mod activities;
pub mod admins;
pub mod attempts;
pub mod audit_logs;
pub mod factors;
pub mod preferences;
pub mod roles;
pub mod securities;
pub mod sessions;
pub mod system_configs;

use crate::kit::{audit, configuration, idempotency, inbox, incident};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    audit::TABLES,
    "CREATE TABLE audit_logs(
        seq {{int}} PRIMARY KEY REFERENCES audit(seq), id TEXT NOT NULL UNIQUE, admin_id TEXT NOT NULL,
        admin_name TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL, resource_id TEXT NOT NULL,
        method TEXT NOT NULL, path TEXT NOT NULL, response_code {{int}} NOT NULL, description TEXT NOT NULL,
        at {{int}} NOT NULL) {{strict}};
    CREATE INDEX audit_logs_by_admin ON audit_logs(admin_id, seq);
    CREATE INDEX audit_logs_by_time ON audit_logs(at);
    {{immutable:audit_logs}}",
    // A name stays taken. Of a deleted administrator the hash is wiped, that there was one is not.
    "CREATE TABLE admins(
        id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, email TEXT NOT NULL, full_name TEXT NOT NULL,
        phone TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN ('active','disabled')),
        is_super {{int}} NOT NULL CHECK(is_super IN (0, 1)), hash TEXT NOT NULL, epoch {{int}} NOT NULL DEFAULT 0,
        must_change {{int}} NOT NULL DEFAULT 0 CHECK(must_change IN (0, 1)), password_changed_at {{int}} NOT NULL,
        last_login_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, deleted_at {{int}},
        created_audit {{int}} NOT NULL UNIQUE REFERENCES audit(seq), deleted_audit {{int}} UNIQUE REFERENCES audit(seq),
        CHECK((deleted_at IS NULL) = (deleted_audit IS NULL)), CHECK(deleted_at IS NULL OR hash = ''),
        CHECK(is_super = 0 OR (deleted_at IS NULL AND status = 'active'))) {{strict}};
    CREATE TABLE old_passwords(
        admin_id TEXT NOT NULL REFERENCES admins(id), epoch {{int}} NOT NULL, hash TEXT NOT NULL,
        replaced_at {{int}} NOT NULL, audit_seq {{int}} NOT NULL UNIQUE REFERENCES audit(seq),
        PRIMARY KEY(admin_id, epoch)) {{clustered}}",
    "CREATE TABLE roles(
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, description TEXT NOT NULL,
        is_system {{int}} NOT NULL CHECK(is_system IN (0, 1)), created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
        deleted_at {{int}}, CHECK(is_system = 0 OR deleted_at IS NULL)) {{strict}};
    CREATE TABLE role_permissions(
        role_id TEXT NOT NULL REFERENCES roles(id), code TEXT NOT NULL, PRIMARY KEY(role_id, code)) {{clustered}};
    CREATE TABLE admin_roles(
        admin_id TEXT NOT NULL REFERENCES admins(id), role_id TEXT NOT NULL REFERENCES roles(id),
        PRIMARY KEY(admin_id, role_id)) {{clustered}};
    CREATE INDEX admin_roles_by_role ON admin_roles(role_id)",
    "CREATE TABLE attempts(
        admin_id TEXT PRIMARY KEY, failures {{int}} NOT NULL CHECK(failures BETWEEN 0 AND 5),
        locked_until {{int}} NOT NULL, last_at {{int}} NOT NULL,
        CHECK((failures = 5) = (locked_until > 0))) {{clustered}}",
    "CREATE TABLE factors(
        id TEXT PRIMARY KEY, admin_id TEXT NOT NULL REFERENCES admins(id),
        state TEXT NOT NULL CHECK(state IN ('pending','active','off')), sealed TEXT,
        last_step {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL,
        enabled_audit {{int}} UNIQUE REFERENCES audit(seq), disabled_audit {{int}} UNIQUE REFERENCES audit(seq),
        CHECK((state = 'pending') = (enabled_audit IS NULL)), CHECK((state = 'off') = (disabled_audit IS NOT NULL)),
        CHECK((state = 'off') = (sealed IS NULL))) {{strict}};
    CREATE UNIQUE INDEX factors_in_use ON factors(admin_id) WHERE state <> 'off';
    CREATE TABLE backup_codes(
        factor_id TEXT NOT NULL REFERENCES factors(id), digest TEXT NOT NULL, used_at {{int}},
        PRIMARY KEY(factor_id, digest)) {{clustered}};
    CREATE TABLE code_uses(
        seq {{int}} PRIMARY KEY CHECK(seq >= 1), factor_id TEXT NOT NULL REFERENCES factors(id), step {{int}} NOT NULL,
        at {{int}} NOT NULL, UNIQUE(factor_id, step)) {{strict}};
    {{immutable:code_uses}}",
    "CREATE TABLE sessions(
        session_id TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, admin_id TEXT NOT NULL REFERENCES admins(id),
        digest TEXT NOT NULL UNIQUE, two_factor {{int}} NOT NULL CHECK(two_factor IN (0, 1)),
        created_at {{int}} NOT NULL, last_seen_at {{int}} NOT NULL, expires_at {{int}} NOT NULL, ended_at {{int}},
        end_cause TEXT CHECK(end_cause IN ('revoked','password','factor','account','replaced','expired')),
        opened_audit {{int}} NOT NULL UNIQUE REFERENCES audit(seq), ended_audit {{int}} REFERENCES audit(seq),
        CHECK((ended_at IS NULL) = (end_cause IS NULL)),
        CHECK((ended_audit IS NOT NULL) = (COALESCE(end_cause, '') IN ('revoked','password','factor','account')))
    ) {{strict}};
    CREATE INDEX sessions_by_admin ON sessions(admin_id, ended_at);
    CREATE INDEX sessions_by_expiry ON sessions(expires_at) WHERE ended_at IS NULL;
    CREATE TABLE session_events(
        seq {{int}} PRIMARY KEY CHECK(seq >= 1), session_id TEXT NOT NULL REFERENCES sessions(session_id),
        event TEXT NOT NULL CHECK(event IN ('opened','used','ended')), at {{int}} NOT NULL) {{strict}};
    CREATE INDEX session_events_by_session ON session_events(session_id, seq);
    CREATE UNIQUE INDEX session_ends ON session_events(session_id) WHERE event = 'ended';
    {{immutable:session_events}}",
    "CREATE TABLE activities(
        seq {{int}} PRIMARY KEY CHECK(seq >= 1), id TEXT NOT NULL UNIQUE, admin_id TEXT NOT NULL,
        login_type TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN ('success','failed','blocked')),
        failed_reason TEXT NOT NULL, session_id TEXT NOT NULL, login_at {{int}} NOT NULL, logout_at {{int}}) {{strict}};
    CREATE INDEX activities_by_admin ON activities(admin_id, seq);
    CREATE INDEX activities_by_session ON activities(session_id) WHERE session_id <> ''",
    "CREATE TABLE securities(
        admin_id TEXT PRIMARY KEY REFERENCES admins(id), id TEXT NOT NULL UNIQUE,
        password_expiry_days {{int}} NOT NULL CHECK(password_expiry_days BETWEEN 0 AND 365),
        session_timeout_minutes {{int}} NOT NULL CHECK(session_timeout_minutes BETWEEN 5 AND 1440),
        max_concurrent_sessions {{int}} NOT NULL CHECK(max_concurrent_sessions BETWEEN 1 AND 20),
        login_notification {{int}} NOT NULL CHECK(login_notification IN (0, 1)),
        abnormal_notification {{int}} NOT NULL CHECK(abnormal_notification IN (0, 1)),
        created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{strict}}",
    "CREATE TABLE system_configs(
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, sealed TEXT NOT NULL, value_type TEXT NOT NULL,
        category TEXT NOT NULL, description TEXT NOT NULL, is_public {{int}} NOT NULL CHECK(is_public IN (0, 1)),
        updated_by TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, deleted_at {{int}}) {{strict}};
    CREATE INDEX system_configs_by_category ON system_configs(category, name)",
    "CREATE TABLE preferences(
        admin_id TEXT PRIMARY KEY REFERENCES admins(id), id TEXT NOT NULL UNIQUE, language TEXT NOT NULL,
        currency TEXT NOT NULL, timezone TEXT NOT NULL, date_format TEXT NOT NULL, time_format TEXT NOT NULL,
        number_format TEXT NOT NULL, theme TEXT NOT NULL, dashboard_layout TEXT NOT NULL,
        notification_prefs TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{strict}}",
    idempotency::TABLES,
    configuration::TABLES,
    inbox::TABLES,
    incident::TABLES,
];
