//! Settings of the account security of staff: defaults, bounds, and what of them a login obeys.

use payment_clients::{
    apis::admin::UpdateSecuritySettings,
    contract::error::{Error, Result},
};
use serde::Serialize;

use crate::kit::not_served;

/// What a member of staff may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Days after which a password should be changed; 0 for never.
    pub password_expiry_days: i32,
    /// How long a session lasts, used or not.
    pub session_timeout_minutes: i32,
    /// A login beyond them ends the oldest.
    pub max_concurrent_sessions: i32,
    /// A login is told.
    pub login_notification: bool,
    /// A suspicious login is told.
    pub abnormal_notification: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            password_expiry_days: 90,
            session_timeout_minutes: 60,
            max_concurrent_sessions: 5,
            login_notification: true,
            abnormal_notification: true,
        }
    }
}

impl Settings {
    /// These settings with the changes; absent fields keep their values.
    ///
    /// # Errors
    /// 400 for a value out of its bounds, 501 for a list: no login could obey it, since callers' addresses are not known.
    pub fn with(self, changes: &UpdateSecuritySettings) -> Result<Self> {
        let lists = [
            ("ip_whitelist", &changes.ip_whitelist),
            ("allowed_countries", &changes.allowed_countries),
            ("blocked_countries", &changes.blocked_countries),
        ];
        for (field, list) in lists {
            if list.as_ref().is_some_and(|list| !list.is_empty()) {
                let text = format!("`{field}` must be empty: logins do not know where they are from");
                return Err(not_served::refusal(text));
            }
        }
        let settings = Self {
            password_expiry_days: changes.password_expiry_days.unwrap_or(self.password_expiry_days),
            session_timeout_minutes: changes.session_timeout_minutes.unwrap_or(self.session_timeout_minutes),
            max_concurrent_sessions: changes.max_concurrent_sessions.unwrap_or(self.max_concurrent_sessions),
            login_notification: changes.login_notification.unwrap_or(self.login_notification),
            abnormal_notification: changes.abnormal_notification.unwrap_or(self.abnormal_notification),
        };
        within("password_expiry_days", settings.password_expiry_days, 0, 365)?;
        within("session_timeout_minutes", settings.session_timeout_minutes, 5, 24 * 60)?;
        within("max_concurrent_sessions", settings.max_concurrent_sessions, 1, 20)?;
        Ok(settings)
    }
}

fn within(field: &str, value: i32, least: i32, most: i32) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("must be {least} to {most}; it is {value}")))
}
