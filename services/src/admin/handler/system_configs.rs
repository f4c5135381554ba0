//! Settings of the platform.

use std::collections::BTreeMap;

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{
        CreateSystemConfig, GroupedSystemConfigs, NewSystemConfigValue, Paginated, SystemConfig, SystemConfigApi,
        SystemConfigCategory, SystemConfigId, SystemConfigKey, SystemConfigType, UpdateSystemConfig,
        UpdateSystemConfigs,
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::AdminService;
use crate::{
    admin::store::{audit_logs::Author, system_configs},
    kit::{paging, store::Tx, text, vault::Vault},
};

/// Most characters of a value.
const VALUE: usize = 16_384;
/// Most settings of a batch.
const BATCH: usize = 100;

#[async_trait]
impl SystemConfigApi for AdminService {
    async fn create_system_config(&self, config: &CreateSystemConfig) -> Result<SystemConfig> {
        let (_, author) = self.author().await?;
        text::required("key", config.key.as_str(), 128)?;
        text::required("value", config.value.expose(), VALUE)?;
        text::required("category", config.category.as_str(), 64)?;
        text::at_most("description", config.description.as_deref(), 500)?;
        check_value(&config.value_type, &config.value)?;
        let at = Timestamp::from_unix_ms(author.now);
        let new = SystemConfig {
            id: self.ids.uuid().into(),
            key: config.key.clone(),
            value: config.value.clone(),
            value_type: config.value_type.clone(),
            category: config.category.clone(),
            description: config.description.clone().unwrap_or_default(),
            is_public: config.is_public.unwrap_or_default(),
            updated_by: uuid::Uuid::from(author.admin).into(),
            created_at: at,
            updated_at: at,
        };
        let vault = self.vault.clone();
        let unit = move |tx: &mut Tx<'_>| {
            system_configs::insert(tx, &author, &vault, &new)?;
            Ok(new)
        };
        self.store.write(unit).await
    }

    async fn list_system_configs(
        &self,
        page: Option<i64>,
        page_size: Option<i64>,
        category: Option<SystemConfigCategory>,
    ) -> Result<Paginated<SystemConfig>> {
        text::at_most("category", category.as_ref().map(SystemConfigCategory::as_str), 64)?;
        let (page, vault) = (paging::of(page, page_size)?, self.vault.clone());
        let category = category.filter(|category| !category.as_str().is_empty());
        self.store.read(move |view| system_configs::list(view, &vault, category.as_ref(), page)).await
    }

    async fn get_system_config(&self, id: &SystemConfigId) -> Result<SystemConfig> {
        let (id, vault) = (*id, self.vault.clone());
        self.store.read(move |view| system_configs::get(view, &vault, id)).await
    }

    async fn update_system_config(&self, id: &SystemConfigId, changes: &UpdateSystemConfig) -> Result<SystemConfig> {
        let (_, author) = self.author().await?;
        let (id, changes, vault) = (*id, changes.clone(), self.vault.clone());
        self.store.write(move |tx| update(tx, &author, &vault, id, &changes)).await
    }

    async fn delete_system_config(&self, id: &SystemConfigId) -> Result<()> {
        let (_, author) = self.author().await?;
        let (id, vault) = (*id, self.vault.clone());
        self.store.write(move |tx| system_configs::delete(tx, &author, &vault, id)).await
    }

    async fn get_system_config_by_key(&self, key: &SystemConfigKey) -> Result<SystemConfig> {
        let (key, vault) = (key.clone(), self.vault.clone());
        self.store.read(move |view| system_configs::by_key(view, &vault, &key)).await
    }

    async fn list_system_configs_by_category(&self) -> Result<GroupedSystemConfigs> {
        let vault = self.vault.clone();
        let all = self.store.read(move |view| system_configs::all(view, &vault)).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let mut configs: BTreeMap<String, Vec<SystemConfig>> = BTreeMap::new();
        for config in all {
            configs.entry(config.category.as_str().to_owned()).or_default().push(config);
        }
        Ok(GroupedSystemConfigs { configs, total })
    }

    async fn batch_update_system_configs(&self, changes: &UpdateSystemConfigs) -> Result<()> {
        let (_, author) = self.author().await?;
        let count = changes.configs.len();
        if !(1..=BATCH).contains(&count) {
            return Err(Error::invalid_input("configs", format!("must be 1 to {BATCH} settings; there are {count}")));
        }
        let (changes, vault) = (changes.configs.clone(), self.vault.clone());
        let unit = move |tx: &mut Tx<'_>| {
            for NewSystemConfigValue { id, value, description } in changes {
                let change = UpdateSystemConfig { value: Some(value), description, ..UpdateSystemConfig::default() };
                update(tx, &author, &vault, id, &change)?;
            }
            Ok(())
        };
        self.store.write(unit).await
    }
}

/// Changes a setting; a change of nothing changes nothing, not even the time.
fn update(
    tx: &mut Tx<'_>,
    author: &Author,
    vault: &Vault,
    id: SystemConfigId,
    changes: &UpdateSystemConfig,
) -> Result<SystemConfig> {
    text::all_at_most([
        ("key", changes.key.as_ref().map(SystemConfigKey::as_str), 128),
        ("value", changes.value.as_ref().map(SecretText::expose), VALUE),
        ("category", changes.category.as_ref().map(SystemConfigCategory::as_str), 64),
        ("description", changes.description.as_deref(), 500),
    ])?;
    let old = system_configs::get(tx, vault, id)?;
    let mut new = old.clone();
    new.key = changes.key.clone().filter(|key| !key.as_str().is_empty()).unwrap_or(new.key);
    new.value = changes.value.clone().filter(|value| !value.expose().is_empty()).unwrap_or(new.value);
    let value_type = changes.value_type.clone().filter(|word| !word.as_str().is_empty());
    new.value_type = value_type.unwrap_or(new.value_type);
    let category = changes.category.clone().filter(|word| !word.as_str().is_empty());
    new.category = category.unwrap_or(new.category);
    new.description = text::given(changes.description.as_ref()).unwrap_or(new.description);
    new.is_public = changes.is_public.unwrap_or(new.is_public);
    check_value(&new.value_type, &new.value)?;
    if new == old {
        return Ok(old);
    }
    (new.updated_by, new.updated_at) = (uuid::Uuid::from(author.admin).into(), Timestamp::from_unix_ms(author.now));
    system_configs::update(tx, author, vault, &new)?;
    Ok(new)
}

/// Refuses a value that is not of its type.
fn check_value(value_type: &SystemConfigType, value: &SecretText) -> Result<()> {
    let text = value.expose();
    let json = || serde_json::from_str::<serde_json::Value>(text);
    let fits = match value_type {
        SystemConfigType::Text => true,
        SystemConfigType::Number => json().is_ok_and(|value| value.is_number()),
        SystemConfigType::Boolean => matches!(text, "true" | "false"),
        SystemConfigType::Json => json().is_ok(),
        SystemConfigType::Other(_) => {
            let rule = format!("must be one of {}", SystemConfigType::KNOWN.join(", "));
            return Err(Error::invalid_input("type", rule));
        }
    };
    if fits { Ok(()) } else { Err(Error::invalid_input("value", format!("must be a {value_type}"))) }
}
