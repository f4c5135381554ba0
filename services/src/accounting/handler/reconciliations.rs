//! Reconciliation sheets.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{
            CreateReconciliation, ProcessReconciliation, Reconciliation, ReconciliationApi, ReconciliationFilter,
            ReconciliationItemId, ReconciliationNo, ResolveReconciliationItem,
        },
        ids::OperatorId,
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        page::Page,
    },
};

use super::caller;
use crate::{
    accounting::{Accounting, domain::reconciliations as rules, store::reconciliations},
    kit::paging,
};

/// The member of staff who calls, where it is one with a number.
fn operator(caller: &str) -> Option<OperatorId> {
    caller.strip_prefix("admin:")?.parse().ok()
}

/// Refuses staff who act in the name of somebody else; a service says who it is.
fn acts_as(caller: &str, user: OperatorId) -> Result<()> {
    match caller.strip_prefix("admin:") {
        Some(id) if *id != user.to_string() => {
            let text = format!("`user_id` must be {id}, who makes the call");
            Err(Error::new(ErrorKind::Forbidden, Certainty::Processed, text).with_code("FORBIDDEN"))
        }
        _ => Ok(()),
    }
}

#[async_trait]
impl ReconciliationApi for Accounting {
    async fn create_reconciliation(&self, request: &CreateReconciliation) -> Result<Reconciliation> {
        caller()?.platform()?;
        rules::compare(request)?;
        let (number, ids) = (ReconciliationNo::from(self.ids.next("REC")), self.ids.clone());
        let (request, now) = (request.clone(), self.clock.now());
        self.once(move |tx| reconciliations::create(tx, &ids, &number, &request, now)).await
    }

    async fn list_reconciliations(&self, filter: &ReconciliationFilter) -> Result<Page<Reconciliation>> {
        caller()?.platform()?;
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| reconciliations::list(view, &filter, page, size)).await
    }

    async fn get_reconciliation(&self, number: &ReconciliationNo) -> Result<Reconciliation> {
        caller()?.platform()?;
        let number = number.clone();
        self.store.read(move |view| reconciliations::require(view, &number)).await
    }

    async fn process_reconciliation(&self, number: &ReconciliationNo, start: &ProcessReconciliation) -> Result<()> {
        let (actor, number, now) = (caller()?.platform()?, number.clone(), self.clock.now());
        acts_as(&actor, start.user_id)?;
        self.store.write(move |tx| reconciliations::process(tx, &number, &actor, now)).await
    }

    async fn complete_reconciliation(&self, number: &ReconciliationNo) -> Result<()> {
        let (actor, number, now) = (caller()?.platform()?, number.clone(), self.clock.now());
        self.store.write(move |tx| reconciliations::complete(tx, &number, (&actor, operator(&actor)), now)).await
    }

    async fn resolve_reconciliation_item(
        &self,
        item_id: &ReconciliationItemId,
        resolution: &ResolveReconciliationItem,
    ) -> Result<()> {
        caller()?.platform()?;
        rules::check_resolution(resolution)?;
        let (id, resolution, now) = (*item_id, resolution.resolution.clone(), self.clock.now());
        self.store.write(move |tx| reconciliations::resolve(tx, id, &resolution, now)).await
    }
}
