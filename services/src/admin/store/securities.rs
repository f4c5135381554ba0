//! Settings of account security. Who never changed them has the defaults, and no row before somebody asks.

use payment_clients::{
    apis::{
        admin::{AdminId, SecuritySettings, UpdateSecuritySettings},
        words::OperatorType,
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::audit_logs::{Act, Author};
use crate::{
    admin::domain::settings::Settings,
    args,
    kit::store::{Row, Tx, View},
};

/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;

/// Makes the row on its first use.
///
/// # Errors
/// When the store fails.
pub fn ensure(tx: &mut Tx<'_>, admin: AdminId, id: &str, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO securities(admin_id, id, password_expiry_days, session_timeout_minutes,
            max_concurrent_sessions, login_notification, abnormal_notification, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (admin_id) DO NOTHING";
    let (settings, admin) = (Settings::default(), admin.to_string());
    let values = args![
        admin,
        id,
        settings.password_expiry_days,
        settings.session_timeout_minutes,
        settings.max_concurrent_sessions,
        settings.login_notification,
        settings.abnormal_notification,
        now,
    ];
    tx.execute(INSERT, values).map(drop)
}

/// The settings as their owner reads them.
///
/// # Errors
/// When the store fails.
pub fn get(view: &View<'_>, admin: AdminId, now: i64) -> Result<SecuritySettings> {
    const FIND: &str = "SELECT securities.id, admin_id, password_changed_at, must_change, password_expiry_days,
        session_timeout_minutes, max_concurrent_sessions, login_notification, abnormal_notification,
        securities.created_at, securities.updated_at
        FROM securities JOIN admins ON admins.id = securities.admin_id WHERE admin_id = $1";
    view.one(FIND, args![admin.to_string()], |row| {
        let settings = settings(row)?;
        let changed: Timestamp = row.get("password_changed_at")?;
        let kept = i64::from(settings.password_expiry_days) * DAY;
        let expired = kept > 0 && changed.unix_ms().saturating_add(kept) <= now;
        Ok(SecuritySettings {
            id: row.parse("id")?,
            user_id: row.parse("admin_id")?,
            user_type: OperatorType::Admin,
            password_changed_at: Some(changed),
            require_password_change: expired || row.get("must_change")?,
            password_expiry_days: settings.password_expiry_days,
            session_timeout_minutes: settings.session_timeout_minutes,
            max_concurrent_sessions: settings.max_concurrent_sessions,
            ip_whitelist: "[]".to_owned(),
            allowed_countries: "[]".to_owned(),
            blocked_countries: "[]".to_owned(),
            login_notification: settings.login_notification,
            abnormal_notification: settings.abnormal_notification,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    })
}

/// What logins obey.
///
/// # Errors
/// When the store fails.
pub fn obeyed(view: &View<'_>, admin: AdminId) -> Result<Settings> {
    const FIND: &str = "SELECT password_expiry_days, session_timeout_minutes, max_concurrent_sessions,
        login_notification, abnormal_notification FROM securities WHERE admin_id = $1";
    Ok(view.optional(FIND, args![admin.to_string()], settings)?.unwrap_or_default())
}

fn settings(row: &Row<'_>) -> Result<Settings> {
    Ok(Settings {
        password_expiry_days: row.get("password_expiry_days")?,
        session_timeout_minutes: row.get("session_timeout_minutes")?,
        max_concurrent_sessions: row.get("max_concurrent_sessions")?,
        login_notification: row.get("login_notification")?,
        abnormal_notification: row.get("abnormal_notification")?,
    })
}

/// Changes the settings of whoever acts; a change of nothing changes nothing.
///
/// # Errors
/// 400 or 501 as [`Settings::with`], or when the store fails.
pub fn update(tx: &mut Tx<'_>, author: &Author, changes: &UpdateSecuritySettings) -> Result<()> {
    const UPDATE: &str = "UPDATE securities SET password_expiry_days = $2, session_timeout_minutes = $3,
        max_concurrent_sessions = $4, login_notification = $5, abnormal_notification = $6, updated_at = $7
        WHERE admin_id = $1";
    let before = obeyed(tx, author.admin)?;
    let after = before.with(changes)?;
    if before == after {
        return Ok(());
    }
    let name = author.admin.to_string();
    let values = args![
        name,
        after.password_expiry_days,
        after.session_timeout_minutes,
        after.max_concurrent_sessions,
        after.login_notification,
        after.abnormal_notification,
        author.now,
    ];
    tx.execute(UPDATE, values)?;
    let text = |settings: &Settings| serde_json::to_string(settings).map_err(Error::internal);
    let (before, after) = (text(&before)?, text(&after)?);
    let act = Act {
        action: "security.updated",
        resource: "admin",
        id: &name,
        before: &before,
        after: &after,
        ..Act::default()
    };
    author.tell(tx, &act).map(drop)
}
