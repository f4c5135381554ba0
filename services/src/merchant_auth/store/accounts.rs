//! Settings of accounts, and the changes of their passwords.
//!
//! `epoch` counts the changes. A login carries the epoch that it found before it asked whether the password was right,
//! and opens a session in that epoch only: who knew an old password does not get in after it was changed.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::{SecuritySettings, UpdateSecuritySettings},
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use crate::{
    args,
    kit::{
        audit,
        clock::millis,
        password::Hash,
        store::{Row, Tx, View},
    },
    merchant_auth::{
        domain::{self, CHANGING, OLD_PASSWORDS, settings::Settings},
        store::sessions::{self, Cause},
    },
};

/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;

/// Makes the account on its first use.
///
/// # Errors
/// When the store fails.
pub fn ensure(tx: &mut Tx<'_>, merchant: MerchantId, id: &str, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO accounts(merchant_id, id, password_expiry_days, session_timeout_minutes,
            max_concurrent_sessions, login_notification, abnormal_notification, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (merchant_id) DO NOTHING";
    let (settings, merchant) = (Settings::default(), merchant.to_string());
    let values = args![
        merchant,
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

/// The settings as the merchant reads them.
///
/// # Errors
/// When the store fails.
pub fn get(view: &View<'_>, merchant: MerchantId, now: i64) -> Result<SecuritySettings> {
    const FIND: &str = "SELECT id, merchant_id, password_changed_at, password_expiry_days, session_timeout_minutes,
        max_concurrent_sessions, login_notification, abnormal_notification, created_at, updated_at
        FROM accounts WHERE merchant_id = $1";
    view.one(FIND, args![merchant.to_string()], |row| {
        let settings = settings(row)?;
        let changed: Option<Timestamp> = row.get("password_changed_at")?;
        let kept = i64::from(settings.password_expiry_days) * DAY;
        Ok(SecuritySettings {
            id: row.parse("id")?,
            merchant_id: row.parse("merchant_id")?,
            password_changed_at: changed,
            require_password_change: kept > 0 && changed.is_some_and(|at| at.unix_ms() + kept <= now),
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
pub fn obeyed(view: &View<'_>, merchant: MerchantId) -> Result<Settings> {
    const FIND: &str = "SELECT password_expiry_days, session_timeout_minutes, max_concurrent_sessions,
        login_notification, abnormal_notification FROM accounts WHERE merchant_id = $1";
    Ok(view.optional(FIND, args![merchant.to_string()], settings)?.unwrap_or_default())
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

/// Changes the settings; a change of nothing changes nothing.
///
/// # Errors
/// 400 or 501 as [`Settings::with`], or when the store fails.
pub fn update(tx: &mut Tx<'_>, merchant: MerchantId, changes: &UpdateSecuritySettings, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE accounts SET password_expiry_days = $2, session_timeout_minutes = $3,
        max_concurrent_sessions = $4, login_notification = $5, abnormal_notification = $6, version = version + 1,
        updated_at = $7 WHERE merchant_id = $1";
    let before = obeyed(tx, merchant)?;
    let after = before.with(changes)?;
    if before == after {
        return Ok(());
    }
    let name = merchant.to_string();
    let values = args![
        name,
        after.password_expiry_days,
        after.session_timeout_minutes,
        after.max_concurrent_sessions,
        after.login_notification,
        after.abnormal_notification,
        now,
    ];
    tx.execute(UPDATE, values)?;
    let text = |settings: &Settings| serde_json::to_string(settings).map_err(Error::internal);
    let (before, after, actor) = (text(&before)?, text(&after)?, format!("merchant:{merchant}"));
    let entry =
        audit::Entry { actor: &actor, action: "settings.updated", target: &actor, before: &before, after: &after };
    audit::append(tx, &entry, now).map(drop)
}

// === passwords ===

/// How often the password was changed, before somebody is asked whether one is right.
///
/// # Errors
/// `Unavailable` while the password is being changed.
pub fn epoch(view: &View<'_>, merchant: MerchantId, now: i64) -> Result<i64> {
    const FIND: &str = "SELECT epoch, changing_since FROM accounts WHERE merchant_id = $1";
    let found = view.optional(FIND, args![merchant.to_string()], |row| {
        Ok((row.get::<i64>("epoch")?, row.get::<Option<i64>>("changing_since")?))
    })?;
    match found {
        // A change that a crash has cut short is over after a while.
        Some((_, Some(since))) if (since..since.saturating_add(millis(CHANGING))).contains(&now) => {
            Err(domain::changing())
        }
        Some((epoch, _)) => Ok(epoch),
        None => Ok(0),
    }
}

/// The old passwords that a new one must differ from.
///
/// # Errors
/// When the store fails.
pub fn old_passwords(view: &View<'_>, merchant: MerchantId) -> Result<Vec<Hash>> {
    const FIND: &str = "SELECT hash FROM old_passwords WHERE merchant_id = $1 AND hash <> ''
        ORDER BY epoch DESC LIMIT $2";
    view.all(FIND, args![merchant.to_string(), OLD_PASSWORDS], |row| Ok(Hash::from(row.get::<String>("hash")?)))
}

/// Lets no login get in that is on its way: it finds that the password it knew is of an earlier epoch.
///
/// # Errors
/// When the store fails.
pub fn overtake(tx: &mut Tx<'_>, merchant: MerchantId) -> Result<()> {
    tx.execute("UPDATE accounts SET epoch = epoch + 1 WHERE merchant_id = $1", args![merchant.to_string()]).map(drop)
}

/// Begins a change of the password: logins wait, sessions end, the old password is remembered, all in this unit. The new
/// one is told to merchant-service then; should that fail, the merchant logs in again with the old one.
///
/// # Errors
/// 409 when another change came first.
pub fn begin_change(tx: &mut Tx<'_>, merchant: MerchantId, epoch: i64, id: &str, old: &Hash, now: i64) -> Result<()> {
    const BEGIN: &str = "UPDATE accounts SET epoch = epoch + 1, changing_since = $3
        WHERE merchant_id = $1 AND epoch = $2";
    const REMEMBER: &str = "INSERT INTO old_passwords(id, merchant_id, hash, epoch, replaced_at, audit_seq)
        VALUES ($1, $2, $3, $4, $5, $6)";
    const WIPE: &str = "UPDATE old_passwords SET hash = '' WHERE merchant_id = $1 AND hash <> '' AND epoch <= $2";
    let (name, actor) = (merchant.to_string(), format!("merchant:{merchant}"));
    if self::epoch(tx, merchant, now)? != epoch || tx.execute(BEGIN, args![name, epoch, now])? == 0 {
        return Err(domain::overtaken());
    }
    let action = "password.changed";
    let entry = audit::Entry { actor: &actor, action, target: &actor, ..audit::Entry::default() };
    let seq = audit::append(tx, &entry, now)?;
    tx.execute(REMEMBER, args![id, name, old.expose(), epoch, now, seq])?;
    tx.execute(WIPE, args![name, epoch - OLD_PASSWORDS])?;
    sessions::end_all(tx, merchant, Cause::Password, seq, now).map(drop)
}

/// Ends a change of the password, done or not: logins no longer wait.
///
/// # Errors
/// When the store fails.
pub fn end_change(tx: &mut Tx<'_>, merchant: MerchantId, epoch: i64, changed_at: Option<i64>) -> Result<()> {
    const END: &str = "UPDATE accounts SET changing_since = NULL,
        password_changed_at = COALESCE($3, password_changed_at) WHERE merchant_id = $1 AND epoch = $2";
    tx.execute(END, args![merchant.to_string(), epoch + 1, changed_at]).map(drop)
}
