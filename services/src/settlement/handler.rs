//! What staff, merchants and the schedule ask for: load, decide, save, answer.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        settlement::{
            ApproveSettlement, CreateSettlement, Receipt, Settlement, SettlementApi, SettlementApprovalAction,
            SettlementDetail, SettlementFilter, SettlementId, SettlementPage, SettlementReport, SettlementStatus,
        },
    },
    contract::error::{Error, Result},
    server,
};

use super::{
    Settlements, domain, reports,
    sagas::{self, claim, free, pay},
    store::{self, Kept, New},
};
use crate::kit::{
    caller::{Caller, caller},
    days,
    idempotency::{self, Slot},
    paging,
    saga::{End, Json, Lease, Progress},
    store::{Tx, View},
};

#[async_trait]
impl SettlementApi for Settlements {
    async fn create_settlement(&self, settlement: &CreateSettlement) -> Result<Settlement> {
        let caller = caller()?;
        let created_by = caller.is_of_the_platform("transactions")?;
        let currency = domain::validate(settlement)?;
        let [start_at, end_at] = days::range(&settlement.start_date, &settlement.end_date)?;
        let slot = Slot::of(&server::current(), &caller.principal())?;
        let (id, number) = (self.ids.uuid().into(), self.ids.next("STL").into());
        let (merchant_id, cycle) = (settlement.merchant_id, settlement.cycle.clone());
        let new = New { id, number, merchant_id, currency, cycle, start_at, end_at, created_by };
        let asked = settlement.clone();
        let ids = (0..=asked.transactions.len()).map(|_| self.ids.uuid().to_string()).collect();
        let (engine, now) = (self.engine.clone(), self.clock.now());
        let begin = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            if !store::insert(tx, &new, now)? {
                let text = "this merchant, currency, cycle and last day have a settlement; reject it first";
                return Err(Error::conflict("ALREADY_SETTLED", text));
            }
            let name = new.id.to_string();
            engine.start(tx, "claim", &name, &claim::Input { slot: Some(slot), new, asked: Some(asked), ids })
        };
        let lease = self.store.write(begin).await?;
        let answer = self.drive(lease, &id.to_string()).await?;
        serde_json::from_str(&answer).map_err(Error::internal)
    }

    async fn list_settlements(&self, filter: &SettlementFilter) -> Result<SettlementPage> {
        let merchant = caller()?.scope(filter.merchant_id);
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::list(view, merchant, &filter, [page, size])).await
    }

    async fn get_settlement_report(
        &self,
        merchant_id: MerchantId,
        start_date: &str,
        end_date: &str,
    ) -> Result<SettlementReport> {
        if !caller()?.sees(merchant_id) {
            return Err(Error::not_found(format_args!("merchant {merchant_id}")));
        }
        let range = days::range(start_date, end_date)?;
        self.store.read(move |view| reports::report(view, merchant_id, range)).await
    }

    async fn get_settlement(&self, id: &SettlementId) -> Result<SettlementDetail> {
        let (caller, id) = (caller()?, *id);
        let read = move |view: &View<'_>| {
            let settlement = seen(view, &caller, id)?.shown;
            Ok(SettlementDetail { settlement, items: store::items(view, id)?, approvals: store::decisions(view, id)? })
        };
        self.store.read(read).await
    }

    async fn approve_settlement(&self, id: &SettlementId, approval: &ApproveSettlement) -> Result<Receipt> {
        let (caller, id, approval, now) = (caller()?, *id, approval.clone(), self.clock.now());
        let (principal, decision) = (caller.principal(), self.ids.uuid().to_string());
        let work = move |tx: &mut Tx<'_>| {
            decide(tx, &caller, id, &SettlementApprovalAction::Approve, &approval, &decision, now)?;
            Ok(Receipt { message: "the settlement is approved".to_owned() })
        };
        idempotency::local(&self.store, &self.clock, &server::current(), &principal, work).await
    }

    async fn reject_settlement(&self, id: &SettlementId, rejection: &ApproveSettlement) -> Result<Receipt> {
        let (caller, id, rejection, now) = (caller()?, *id, rejection.clone(), self.clock.now());
        let slot = Slot::of(&server::current(), &caller.principal())?;
        let (engine, decision) = (self.engine.clone(), self.ids.uuid().to_string());
        let begin = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            let action = SettlementApprovalAction::Reject;
            let claim = decide(tx, &caller, id, &action, &rejection, &decision, now)?.claim;
            engine.start(tx, "free", &id.to_string(), &free::Input { slot, claim })
        };
        let lease = self.store.write(begin).await?;
        let answer = self.drive(lease, &id.to_string()).await?;
        serde_json::from_str(&answer).map_err(Error::internal)
    }

    async fn execute_settlement(&self, id: &SettlementId) -> Result<Receipt> {
        let (caller, call, id) = (caller()?, server::current(), *id);
        caller.is_of_the_platform("execute")?;
        let slot = Slot::of(&call, &caller.principal())?;
        // One that found no bank account may be executed again, under another key.
        let name = format!("{id}:{}", call.key.as_ref().map_or("", |key| key.as_str()));
        let lease = self.begin_paying(id, name, Some(slot)).await?;
        let answer = self.drive(lease, &id.to_string()).await?;
        let told: Result<Receipt, (String, String)> = serde_json::from_str(&answer).map_err(Error::internal)?;
        told.map_err(|(code, message)| Error::declined(code, message))
    }
}

impl Settlements {
    /// Takes an approved settlement to its payout.
    pub(super) async fn begin_paying(&self, id: SettlementId, name: String, slot: Option<Slot>) -> Result<Lease> {
        let (engine, now) = (self.engine.clone(), self.clock.now());
        let begin = move |tx: &mut Tx<'_>| {
            if let Some(slot) = &slot {
                slot.open(tx, now)?;
            }
            let Kept { shown: settlement, claim, .. } = store::require(tx, id)?;
            let edge = [&SettlementStatus::Approved, &SettlementStatus::Processing];
            if !store::transition(tx, id, edge, "executed", now)? {
                return Err(domain::not_now(&settlement, "executed"));
            }
            engine.start(tx, "pay", &name, &pay::Input { slot, settlement, claim })
        };
        self.store.write(begin).await
    }

    /// Drives a saga and answers with what it left for us.
    pub(super) async fn drive(&self, lease: Lease, number: &str) -> Result<Json> {
        match self.engine.run(lease).await? {
            Progress::Ended(End::Succeeded, answer) => Ok(answer.unwrap_or_else(|| "null".to_owned())),
            Progress::Ended(End::Compensated(reason), _) => Err(sagas::refusal(&reason)),
            Progress::Ended(End::Attention(_), _) => Err(domain::unresolved(number)),
            Progress::Unresolved(cause) => Err(domain::unresolved(number).with_source(Arc::new(cause))),
        }
    }
}

/// One settlement, as far as this caller may know.
fn seen(view: &View<'_>, caller: &Caller, id: SettlementId) -> Result<Kept> {
    let kept = store::require(view, id)?;
    if caller.sees(kept.shown.merchant_id) { Ok(kept) } else { Err(store::missing(id)) }
}

/// Decides about a pending settlement, if this one may.
fn decide(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: SettlementId,
    action: &SettlementApprovalAction,
    decision: &ApproveSettlement,
    decision_id: &str,
    now: i64,
) -> Result<Kept> {
    let kept = seen(tx, caller, id)?;
    caller.decides_as(decision.approver_id)?;
    domain::may_decide(&kept.shown, &kept.created_by, decision)?;
    if store::decide(tx, id, action, decision, decision_id, now)? {
        return Ok(kept);
    }
    Err(domain::not_now(
        &kept.shown,
        if *action == SettlementApprovalAction::Approve { "approved" } else { "rejected" },
    ))
}
