//! Pages of the merchants, and templates.

use async_trait::async_trait;
use payment_clients::{
    apis::cashier::{
        CashierConfig, CashierConfigApi, CashierConfigId, CashierTemplate, CashierTemplateApi, CashierTemplateId,
        SaveCashierConfig, SaveCashierTemplate,
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::{Cashier, own, staff};
use crate::{
    cashier::{domain::pages, store},
    kit::store::Tx,
};

#[async_trait]
impl CashierConfigApi for Cashier {
    async fn save_config(&self, asked: &SaveCashierConfig) -> Result<CashierConfig> {
        let (owner, now) = (own()?, self.clock.timestamp());
        let mut page = pages::page(asked, self.ids.uuid().into(), owner, now);
        pages::check(&page)?;
        let unit = move |tx: &mut Tx<'_>| {
            if let Some(before) = store::pages::page(tx, owner)? {
                (page.id, page.created_at) = (before.id, before.created_at);
            }
            store::pages::save(tx, &page)?;
            Ok(page)
        };
        self.store.write(unit).await
    }

    async fn get_config(&self) -> Result<CashierConfig> {
        let owner = own()?;
        let found = self.store.read(move |view| store::pages::page(view, owner)).await?;
        if let Some(page) = found {
            return Ok(page);
        }
        let never: Timestamp = "0001-01-01T00:00:00Z".parse().map_err(Error::internal)?;
        Ok(pages::page(&SaveCashierConfig::default(), CashierConfigId::default(), owner, never))
    }

    async fn delete_config(&self) -> Result<()> {
        let owner = own()?;
        self.store.write(move |tx| store::pages::delete(tx, owner)).await
    }
}

#[async_trait]
impl CashierTemplateApi for Cashier {
    async fn create_template(&self, asked: &SaveCashierTemplate) -> Result<CashierTemplate> {
        staff()?;
        let template = pages::template(asked, self.ids.uuid().into(), self.clock.timestamp())?;
        self.once(move |tx| store::pages::insert_template(tx, &template).map(|()| template)).await
    }

    async fn list_templates(&self) -> Result<Vec<CashierTemplate>> {
        staff()?;
        self.store.read(store::pages::templates).await
    }

    async fn update_template(&self, id: &CashierTemplateId, asked: &SaveCashierTemplate) -> Result<CashierTemplate> {
        staff()?;
        let id = *id;
        let mut template = pages::template(asked, id, self.clock.timestamp())?;
        let unit = move |tx: &mut Tx<'_>| {
            template.created_at = store::pages::require_template(tx, id)?.created_at;
            store::pages::update_template(tx, &template)?;
            Ok(template)
        };
        self.store.write(unit).await
    }

    async fn delete_template(&self, id: &CashierTemplateId) -> Result<()> {
        staff()?;
        let id = *id;
        self.store.write(move |tx| store::pages::delete_template(tx, id)).await
    }
}
