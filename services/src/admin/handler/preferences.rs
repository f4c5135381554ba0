//! How the portal looks to the caller.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        admin::{
            AdminPreferenceApi, DateFormat, Language, NumberFormat, Theme, TimeFormat, Timezone, UpdatePreferences,
            UserPreferences,
        },
        words::JsonObject,
    },
    contract::error::{Error, Result},
};

use super::AdminService;
use crate::{
    admin::{domain, store::preferences},
    kit::{currency, store::Tx, text},
};

/// Most characters of an object.
const OBJECT: usize = 16_384;

#[async_trait]
impl AdminPreferenceApi for AdminService {
    async fn get_preferences(&self) -> Result<UserPreferences> {
        let (admin, id, now) = (domain::caller()?.admin, self.ids.uuid().into(), self.clock.now());
        self.store.read(move |view| preferences::get(view, admin, id, now)).await
    }

    async fn update_preferences(&self, changes: &UpdatePreferences) -> Result<UserPreferences> {
        let admin = domain::caller()?.admin;
        check(changes)?;
        let layout = object("dashboard_layout", changes.dashboard_layout.as_ref())?;
        let notices = object("notification_prefs", changes.notification_prefs.as_ref())?;
        let (changes, id, now) = (changes.clone(), self.ids.uuid().into(), self.clock.timestamp());
        let unit = move |tx: &mut Tx<'_>| {
            let old = preferences::get(tx, admin, id, now.unix_ms())?;
            let new = UserPreferences {
                language: changes.language.unwrap_or(old.language),
                currency: changes.currency.unwrap_or(old.currency),
                timezone: changes.timezone.unwrap_or(old.timezone),
                date_format: changes.date_format.unwrap_or(old.date_format),
                time_format: changes.time_format.unwrap_or(old.time_format),
                number_format: changes.number_format.unwrap_or(old.number_format),
                theme: changes.theme.unwrap_or(old.theme),
                dashboard_layout: layout.unwrap_or(old.dashboard_layout),
                notification_prefs: notices.unwrap_or(old.notification_prefs),
                updated_at: now,
                ..old
            };
            preferences::put(tx, admin, &new)?;
            Ok(new)
        };
        self.store.write(unit).await
    }
}

/// Refuses words that nobody knows.
fn check(changes: &UpdatePreferences) -> Result<()> {
    changes.currency.map_or(Ok(()), |currency| currency::known("currency", currency))?;
    let words = [
        ("language", changes.language.as_ref().map(Language::as_str), Language::KNOWN),
        ("timezone", changes.timezone.as_ref().map(Timezone::as_str), Timezone::KNOWN),
        ("date_format", changes.date_format.as_ref().map(DateFormat::as_str), DateFormat::KNOWN),
        ("time_format", changes.time_format.as_ref().map(TimeFormat::as_str), TimeFormat::KNOWN),
        ("number_format", changes.number_format.as_ref().map(NumberFormat::as_str), NumberFormat::KNOWN),
        ("theme", changes.theme.as_ref().map(Theme::as_str), Theme::KNOWN),
    ];
    match words.into_iter().find(|(_, word, known)| word.is_some_and(|word| !known.contains(&word))) {
        Some((field, _, known)) => Err(Error::invalid_input(field, format!("must be one of {}", known.join(", ")))),
        None => Ok(()),
    }
}

fn object(field: &str, object: Option<&JsonObject>) -> Result<Option<String>> {
    let Some(object) = object else { return Ok(None) };
    let text = serde_json::to_string(object).map_err(Error::internal)?;
    text::at_most(field, Some(&text), OBJECT)?;
    Ok(Some(text))
}
