//! How the portal looks to whom. No privileged change: nothing of it is audited.

use payment_clients::{
    apis::{
        admin::{
            AdminId, DateFormat, Language, NumberFormat, Theme, TimeFormat, Timezone, UserPreferences,
            UserPreferencesId,
        },
        words::OperatorType,
    },
    contract::{error::Result, money::Currency, timestamp::Timestamp},
};

use crate::{
    args,
    kit::store::{Row, Tx, View},
};

/// The preferences of an administrator, or the defaults under this id.
///
/// # Errors
/// When the store fails.
pub fn get(view: &View<'_>, admin: AdminId, id: UserPreferencesId, now: i64) -> Result<UserPreferences> {
    const FIND: &str =
        "SELECT id, admin_id, language, currency, timezone, date_format, time_format, number_format, theme,
        dashboard_layout, notification_prefs, created_at, updated_at FROM preferences WHERE admin_id = $1";
    let found = view.optional(FIND, args![admin.to_string()], preferences)?;
    let now = Timestamp::from_unix_ms(now);
    Ok(found.unwrap_or_else(|| UserPreferences {
        id,
        user_id: uuid::Uuid::from(admin).into(),
        user_type: OperatorType::Admin,
        language: Language::English,
        currency: Currency::USD,
        timezone: Timezone::Utc,
        date_format: DateFormat::YearMonthDay,
        time_format: TimeFormat::TwentyFourHours,
        number_format: NumberFormat::CommaPoint,
        theme: Theme::Light,
        dashboard_layout: "{}".to_owned(),
        notification_prefs: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    }))
}

/// Stores preferences as they are now.
///
/// # Errors
/// When the store fails.
pub fn put(tx: &mut Tx<'_>, admin: AdminId, wanted: &UserPreferences) -> Result<()> {
    const PUT: &str = "INSERT INTO preferences(admin_id, id, language, currency, timezone, date_format, time_format,
            number_format, theme, dashboard_layout, notification_prefs, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (admin_id) DO UPDATE SET language = $3, currency = $4, timezone = $5, date_format = $6,
            time_format = $7, number_format = $8, theme = $9, dashboard_layout = $10, notification_prefs = $11,
            updated_at = $13";
    let (admin, id) = (admin.to_string(), wanted.id.to_string());
    tx.execute(
        PUT,
        args![
            admin,
            id,
            wanted.language.as_str(),
            wanted.currency,
            wanted.timezone.as_str(),
            wanted.date_format.as_str(),
            wanted.time_format.as_str(),
            wanted.number_format.as_str(),
            wanted.theme.as_str(),
            wanted.dashboard_layout,
            wanted.notification_prefs,
            wanted.created_at,
            wanted.updated_at,
        ],
    )
    .map(drop)
}

fn preferences(row: &Row<'_>) -> Result<UserPreferences> {
    Ok(UserPreferences {
        id: row.parse("id")?,
        user_id: row.parse("admin_id")?,
        user_type: OperatorType::Admin,
        language: row.parse("language")?,
        currency: row.get("currency")?,
        timezone: row.parse("timezone")?,
        date_format: row.parse("date_format")?,
        time_format: row.parse("time_format")?,
        number_format: row.parse("number_format")?,
        theme: row.parse("theme")?,
        dashboard_layout: row.get("dashboard_layout")?,
        notification_prefs: row.get("notification_prefs")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
