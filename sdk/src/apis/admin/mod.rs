//! admin-service: who runs the platform, and how. Administrators, their roles and what these may do; the audit log; the
//! platform's settings; mails; decisions that wait at other services; and everybody's own security and preferences.
//!
//! Answers are wrapped as everywhere, except where more than `data` is read at the top: lists with their totals, the
//! login, rendered templates. Those are bare. Two groups of routes repeat a segment, `/security/security` and
//! `/preferences/preferences`: that is where callers look for them.
//!
//! An answer that carries a secret is never stored, so no operation that gives one is keyed.

#![allow(missing_docs, reason = "a field carries a sentence where its name does not say enough")]

mod admins;
mod audit_logs;
mod email_templates;
mod emails;
mod login_activities;
mod pages;
mod passwords;
mod permissions;
mod preference_words;
mod preferences;
mod reviews;
mod roles;
mod security_settings;
mod sessions;
mod system_configs;
mod two_factor;

pub use self::{
    admins::*, audit_logs::*, email_templates::*, emails::*, login_activities::*, pages::*, passwords::*,
    permissions::*, preference_words::*, preferences::*, reviews::*, roles::*, security_settings::*, sessions::*,
    system_configs::*, two_factor::*,
};
