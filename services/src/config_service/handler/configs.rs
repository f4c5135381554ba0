//! Entries and their history.

use async_trait::async_trait;
use payment_clients::{
    apis::config_service::{
        ChangeType, Config, ConfigApi, ConfigFilter, ConfigHistory, ConfigId, CreateConfig, RollbackConfig,
        UpdateConfig,
    },
    contract::{
        error::{Error, Result},
        page::Page,
        secret::SecretText,
    },
};

use super::{author, staff};
use crate::{
    config_service::{
        ConfigService,
        domain::{self, given},
        store::{
            self,
            configs::{self, Change},
        },
    },
    kit::{paging, store::Tx},
};

/// Most changes that are listed at once.
const MOST_CHANGES: i32 = 100;
/// As many as are listed when nobody says how many.
const CHANGES: i32 = 10;

#[async_trait]
impl ConfigApi for ConfigService {
    async fn list_configs(&self, filter: &ConfigFilter) -> Result<Page<Config>> {
        staff()?;
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| configs::list(view, &filter, page, size)).await
    }

    async fn create_config(&self, config: &CreateConfig) -> Result<Config> {
        let caller = staff()?;
        domain::validate(config)?;
        let (id, now) = (ConfigId::from(self.ids.uuid()), self.clock.timestamp());
        let by = author(&caller, config.created_by.as_deref());
        let is_encrypted = config.is_encrypted.unwrap_or_default();
        let or = |text: &Option<String>, default: &str| given(text.as_deref()).unwrap_or(default).to_owned();
        let config = Config {
            id,
            service_name: config.service_name.clone(),
            config_key: config.config_key.clone(),
            config_value: self.kept(&id, config.config_value.expose(), is_encrypted)?,
            value_type: or(&config.value_type, "string"),
            environment: or(&config.environment, domain::PRODUCTION),
            description: or(&config.description, ""),
            is_encrypted,
            version: 1,
            created_by: by.clone(),
            updated_by: by.clone(),
            created_at: now,
            updated_at: now,
        };
        let history = self.ids.uuid().into();
        let unit = move |tx: &mut Tx<'_>| {
            configs::insert(tx, &config)?;
            let kind = ChangeType::Create;
            let change = Change { id: history, kind, old_value: "", version: 0, by: &by, reason: "" };
            note(tx, &config, &change, now.unix_ms())?;
            Ok(config)
        };
        self.once(&caller, unit).await
    }

    async fn get_config(&self, id: &ConfigId) -> Result<Config> {
        staff()?;
        let id = *id;
        let config = self.store.read(move |view| configs::require(view, &id)).await?;
        Ok(Config { config_value: self.clear(&config)?.into(), ..config })
    }

    async fn update_config(&self, id: &ConfigId, changes: &UpdateConfig) -> Result<Config> {
        let caller = staff()?;
        domain::validate_changes(changes)?;
        let (id, changes, now) = (*id, changes.clone(), self.clock.timestamp());
        let by = author(&caller, changes.updated_by.as_deref());
        let (history, service) = (self.ids.uuid().into(), self.clone());
        let unit = move |tx: &mut Tx<'_>| {
            let old = configs::require(tx, &id)?;
            let mut new = Config { updated_by: by.clone(), updated_at: now, ..old.clone() };
            if let Some(description) = given(changes.description.as_deref()) {
                description.clone_into(&mut new.description);
            }
            if let Some(value) = given(changes.config_value.as_ref().map(SecretText::expose))
                && service.clear(&old)? != value
            {
                domain::value(old.config_key.as_str(), value)?;
                new.config_value = service.kept(&id, value, old.is_encrypted)?;
                new.version = domain::next(&old)?;
            }
            if new.version == old.version && new.description == old.description {
                return Ok(old);
            }
            let reason = changes.change_reason.as_deref().unwrap_or_default();
            let (kind, version, old_value) = (ChangeType::Update, old.version, old.config_value.expose());
            configs::update(tx, &new, version)?;
            note(tx, &new, &Change { id: history, kind, old_value, version, by: &by, reason }, now.unix_ms())?;
            Ok(new)
        };
        self.store.write(unit).await
    }

    async fn delete_config(&self, id: &ConfigId) -> Result<()> {
        let by = staff()?;
        let (id, history, now) = (*id, self.ids.uuid().into(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let config = configs::require(tx, &id)?;
            configs::delete(tx, &id, now)?;
            let (kind, version) = (ChangeType::Delete, config.version);
            let gone = Config { config_value: SecretText::default(), ..config.clone() };
            let old_value = config.config_value.expose();
            note(tx, &gone, &Change { id: history, kind, old_value, version, by: &by, reason: "" }, now)
        };
        self.store.write(unit).await
    }

    async fn list_config_history(&self, id: &ConfigId, limit: Option<i32>) -> Result<Vec<ConfigHistory>> {
        staff()?;
        let (id, limit) = (*id, limit.unwrap_or(CHANGES));
        if !(1..=MOST_CHANGES).contains(&limit) {
            return Err(Error::invalid_input("limit", format!("must be 1 to {MOST_CHANGES}; it is {limit}")));
        }
        self.store.read(move |view| configs::history(view, &id, limit)).await
    }

    async fn rollback_config(&self, id: &ConfigId, rollback: &RollbackConfig) -> Result<Config> {
        let caller = staff()?;
        domain::validate_rollback(rollback)?;
        let (id, rollback, now) = (*id, rollback.clone(), self.clock.timestamp());
        let by = author(&caller, Some(&rollback.rolled_by));
        let (history, service) = (self.ids.uuid().into(), self.clone());
        let unit = move |tx: &mut Tx<'_>| {
            let old = configs::require(tx, &id)?;
            let missing = || Error::not_found(format_args!("version {} of entry {id}", rollback.target_version));
            let value = configs::value_at(tx, &old, rollback.target_version)?.ok_or_else(missing)?;
            let new = Config {
                config_value: value.into(),
                version: domain::next(&old)?,
                updated_by: by.clone(),
                updated_at: now,
                ..old.clone()
            };
            // The rules may have become stricter since.
            domain::value(old.config_key.as_str(), &service.clear(&new)?)?;
            let (kind, version, old_value) = (ChangeType::Rollback, old.version, old.config_value.expose());
            configs::update(tx, &new, version)?;
            let change = Change { id: history, kind, old_value, version, by: &by, reason: &rollback.reason };
            note(tx, &new, &change, now.unix_ms())?;
            Ok(new)
        };
        self.once(&caller, unit).await
    }
}

impl ConfigService {
    /// A value as it is kept.
    fn kept(&self, id: &ConfigId, value: &str, is_encrypted: bool) -> Result<SecretText> {
        if is_encrypted { self.seal(&id.to_string(), value).map(Into::into) } else { Ok(value.into()) }
    }

    /// The value of an entry in clear.
    fn clear(&self, config: &Config) -> Result<String> {
        let value = config.config_value.expose();
        if config.is_encrypted { self.unseal(&config.id.to_string(), value) } else { Ok(value.to_owned()) }
    }
}

/// Notes a change, and counts it if another value holds since.
fn note(tx: &mut Tx<'_>, config: &Config, change: &Change<'_>, now: i64) -> Result<()> {
    configs::note(tx, config, change, now)?;
    if change.kind == ChangeType::Update && change.version == config.version {
        return Ok(());
    }
    store::changed(tx, &config.environment, &config.id.to_string(), now)
}
