//! Feature flags.

use async_trait::async_trait;
use payment_clients::{
    apis::config_service::{
        CreateFeatureFlag, FeatureFlag, FeatureFlagApi, FeatureFlagFilter, FeatureFlagId, FeatureState, FlagKey,
        UpdateFeatureFlag,
    },
    contract::{error::Result, page::Page},
};

use super::{author, caller, staff};
use crate::{
    config_service::{
        ConfigService,
        domain::{self, given},
        store::{self, flags},
    },
    kit::{paging, store::Tx},
};

#[async_trait]
impl FeatureFlagApi for ConfigService {
    async fn list_feature_flags(&self, filter: &FeatureFlagFilter) -> Result<Page<FeatureFlag>> {
        staff()?;
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| flags::list(view, &filter, page, size)).await
    }

    async fn create_feature_flag(&self, flag: &CreateFeatureFlag) -> Result<FeatureFlag> {
        let caller = staff()?;
        domain::validate_flag(flag)?;
        let (now, by) = (self.clock.timestamp(), author(&caller, flag.created_by.as_deref()));
        let flag = FeatureFlag {
            id: self.ids.uuid().into(),
            flag_key: flag.flag_key.clone(),
            flag_name: flag.flag_name.clone(),
            description: flag.description.clone().unwrap_or_default(),
            enabled: flag.enabled.unwrap_or_default(),
            environment: given(flag.environment.as_deref()).unwrap_or(domain::PRODUCTION).to_owned(),
            conditions: domain::some(flag.conditions.clone()),
            percentage: flag.percentage.unwrap_or_default(),
            created_by: by.clone(),
            updated_by: by,
            created_at: now,
            updated_at: now,
        };
        let unit = move |tx: &mut Tx<'_>| {
            flags::insert(tx, &flag)?;
            store::changed(tx, &flag.environment, &flag.id.to_string(), now.unix_ms())?;
            Ok(flag)
        };
        self.once(&caller, unit).await
    }

    async fn get_feature_flag(&self, key: &FlagKey) -> Result<FeatureFlag> {
        staff()?;
        let key = key.clone();
        self.store.read(move |view| flags::require(view, &key)).await
    }

    async fn update_feature_flag(&self, key: &FlagKey, changes: &UpdateFeatureFlag) -> Result<FeatureFlag> {
        let caller = staff()?;
        domain::validate_flag_changes(changes)?;
        let (key, changes, now) = (key.clone(), changes.clone(), self.clock.timestamp());
        let by = author(&caller, changes.updated_by.as_deref());
        let unit = move |tx: &mut Tx<'_>| {
            let old = flags::require(tx, &key)?;
            let mut new = old.clone();
            new.flag_name = changes.flag_name.unwrap_or(new.flag_name);
            new.description = changes.description.unwrap_or(new.description);
            new.enabled = changes.enabled.unwrap_or(new.enabled);
            new.percentage = changes.percentage.unwrap_or(new.percentage);
            new.conditions = changes.conditions.map_or(new.conditions, |conditions| domain::some(Some(conditions)));
            // A repeat changes nothing, not even the time.
            if new == old {
                return Ok(old);
            }
            (new.updated_by, new.updated_at) = (by, now);
            flags::update(tx, &new)?;
            store::changed(tx, &new.environment, &new.id.to_string(), now.unix_ms())?;
            Ok(new)
        };
        self.store.write(unit).await
    }

    async fn delete_feature_flag(&self, id: &FeatureFlagId) -> Result<()> {
        staff()?;
        let (id, now) = (*id, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| match flags::delete(tx, &id, now)? {
            Some(environment) => store::changed(tx, &environment, &id.to_string(), now),
            None => Ok(()),
        };
        self.store.write(unit).await
    }

    async fn is_feature_enabled(
        &self,
        key: &FlagKey,
        subject: Option<&str>,
        region: Option<&str>,
    ) -> Result<FeatureState> {
        caller()?;
        let key = key.clone();
        let flag = self.store.read(move |view| flags::find(view, &key)).await?;
        Ok(FeatureState { enabled: flag.is_some_and(|flag| domain::is_on(&flag, subject, region)) })
    }
}
