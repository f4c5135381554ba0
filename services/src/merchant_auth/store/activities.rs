//! Attempts to log in, as the merchant reads them.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::{LoginActivity, SessionId},
        words::{DeviceType, LoginStatus, LoginType},
    },
    contract::{error::Result, page::Page, secret::PersonalText},
};

use crate::{
    args,
    kit::store::{Row, Tx, View},
};

/// One attempt to log in.
#[derive(Debug)]
pub struct Activity {
    /// The record.
    pub id: String,
    /// As whom.
    pub merchant: MerchantId,
    /// With what.
    pub login_type: LoginType,
    /// How it ended.
    pub status: LoginStatus,
    /// Why it failed; empty where it did not.
    pub failed_reason: &'static str,
    /// The session that came of it; empty where none did.
    pub session: SessionId,
}

/// Writes down an attempt.
///
/// # Errors
/// When the store fails.
pub fn insert(tx: &mut Tx<'_>, activity: &Activity, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO activities(seq, id, merchant_id, login_type, status, failed_reason, session_id,
        login_at) SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5, $6, CAST($7 AS BIGINT) FROM activities";
    let Activity { id, merchant, login_type, status, failed_reason, session } = activity;
    let session = session.as_str();
    let (merchant, login_type, status) = (merchant.to_string(), login_type.as_str(), status.as_str());
    let row = args![id, merchant, login_type, status, failed_reason, session, now];
    tx.execute(INSERT, row).map(drop)
}

/// Writes down that the session of an attempt is over.
///
/// # Errors
/// When the store fails.
pub fn logged_out(tx: &mut Tx<'_>, session: &str, now: i64) -> Result<()> {
    const OUT: &str = "UPDATE activities SET logout_at = $2 WHERE session_id = $1 AND session_id <> ''";
    tx.execute(OUT, args![session, now]).map(drop)
}

/// A page of a merchant's attempts, newest first.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, merchant: MerchantId, page: i64, page_size: i64) -> Result<Page<LoginActivity>> {
    const COUNT: &str = "SELECT COUNT(*) AS total FROM activities WHERE merchant_id = $1";
    const LIST: &str = "SELECT id, merchant_id, login_type, status, failed_reason, session_id, login_at, logout_at
        FROM activities WHERE merchant_id = $1 ORDER BY seq DESC LIMIT $2 OFFSET $3";
    let merchant = merchant.to_string();
    let total = view.one(COUNT, args![merchant], |row| row.get("total"))?;
    let skipped = (page - 1).saturating_mul(page_size);
    let list = view.all(LIST, args![merchant, page_size, skipped], activity)?;
    Ok(Page { list, total, page, page_size })
}

fn activity(row: &Row<'_>) -> Result<LoginActivity> {
    let text = |column: &str| row.get::<String>(column);
    Ok(LoginActivity {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        login_type: LoginType::from(text("login_type")?.as_str()),
        status: LoginStatus::from(text("status")?.as_str()),
        ip: PersonalText::default(),
        user_agent: String::new(),
        device_type: DeviceType::Unknown,
        browser: String::new(),
        os: String::new(),
        country: String::new(),
        city: String::new(),
        location: String::new(),
        is_abnormal: false,
        abnormal_reason: String::new(),
        failed_reason: text("failed_reason")?,
        session_id: SessionId::from(text("session_id")?),
        login_at: row.get("login_at")?,
        logout_at: row.get("logout_at")?,
    })
}
