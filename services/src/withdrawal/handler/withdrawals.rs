//! Operations on withdrawals.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::BalanceApi,
        ids::{MerchantId, OperatorId},
        withdrawal::{
            ApproveWithdrawal, CancelWithdrawal, CreateWithdrawal, Receipt, Withdrawal, WithdrawalApi,
            WithdrawalApprovalAction, WithdrawalDetail, WithdrawalFilter, WithdrawalId, WithdrawalPage,
            WithdrawalReport, WithdrawalStatus, WithdrawalType,
        },
    },
    contract::{
        context::CallContext,
        error::{Error, Result},
        money::Currency,
        secret::PersonalText,
    },
    server,
};
use serde::de::DeserializeOwned;

use crate::{
    kit::{
        caller::{Caller, caller},
        days,
        events::withdrawal as events,
        idempotency::{self, Slot},
        paging,
        saga::{End, Lease, Progress},
        store::{Tx, View},
        text,
    },
    withdrawal::{
        Withdrawals, accounts, domain, reports,
        sagas::{self, create, free, pay},
        store::{self, Kept},
    },
};

#[async_trait]
impl WithdrawalApi for Withdrawals {
    async fn create_withdrawal(&self, withdrawal: &CreateWithdrawal) -> Result<Withdrawal> {
        let (caller, call) = (caller()?, server::current());
        domain::validate(withdrawal)?;
        if !caller.sees(withdrawal.merchant_id) {
            return Err(Error::not_found(format_args!("merchant {}", withdrawal.merchant_id)));
        }
        let settlement = settlement_of(&caller, &call, &withdrawal.kind)?;
        let slot = Slot::of(&call, &caller.principal())?;
        let new = self.new_withdrawal(withdrawal, self.currency_of(withdrawal).await?);
        let (engine, now, number) = (self.engine.clone(), self.clock.now(), new.withdrawal_no.clone());
        let begin = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            let account = accounts::require(tx, new.bank_account_id)?;
            if account.shown.merchant_id != new.merchant_id {
                return Err(accounts::missing(new.bank_account_id));
            }
            if let Err(refused) = domain::usable(&account.shown) {
                slot.finish::<Withdrawal>(tx, now, Err(&refused))?;
                return Ok(Err(refused));
            }
            let withdrawal = Withdrawal {
                bank_name: account.shown.bank_name,
                bank_account_name: account.shown.account_name,
                bank_account_no: account.shown.account_no,
                ..new
            };
            store::insert(tx, &withdrawal, settlement.as_deref(), account.version)?;
            let name = withdrawal.id.to_string();
            engine.start(tx, "create", &name, &create::Input { slot, withdrawal }).map(Ok)
        };
        let lease = self.store.write(begin).await??;
        self.drive(lease, number.as_str()).await
    }

    async fn list_withdrawals(&self, filter: &WithdrawalFilter) -> Result<WithdrawalPage> {
        let merchant = caller()?.scope(filter.merchant_id);
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::list(view, merchant, &filter, [page, size])).await
    }

    async fn get_withdrawal_report(
        &self,
        merchant_id: MerchantId,
        start_date: &str,
        end_date: &str,
    ) -> Result<WithdrawalReport> {
        if !caller()?.sees(merchant_id) {
            return Err(Error::not_found(format_args!("merchant {merchant_id}")));
        }
        let range = days::range(start_date, end_date)?;
        self.store.read(move |view| reports::report(view, merchant_id, range)).await
    }

    async fn get_withdrawal(&self, id: &WithdrawalId) -> Result<WithdrawalDetail> {
        let (caller, id) = (caller()?, *id);
        let read = move |view: &View<'_>| {
            let withdrawal = seen(view, &caller, id)?.shown;
            Ok(WithdrawalDetail { withdrawal, approvals: store::decisions(view, id)? })
        };
        self.store.read(read).await
    }

    async fn approve_withdrawal(&self, id: &WithdrawalId, approval: &ApproveWithdrawal) -> Result<Receipt> {
        let (caller, id, approval, now) = (caller()?, *id, approval.clone(), self.clock.now());
        let (principal, decision) = (caller.principal(), self.ids.uuid().to_string());
        let work = move |tx: &mut Tx<'_>| {
            let withdrawal = to_be_decided(tx, &caller, id, &approval, "approved")?;
            store::decide(tx, &withdrawal, &WithdrawalApprovalAction::Approve, &approval, &decision, now)?;
            let (level, required) = (withdrawal.approval_level + 1, withdrawal.required_level);
            if level == required {
                let edge = [&WithdrawalStatus::Pending, &WithdrawalStatus::Approved];
                store::transition(tx, id, edge, "approved", now)?;
                let shown = store::require(tx, id)?.shown;
                store::announce(tx, events::APPROVED, &shown, now)?;
            }
            Ok(Receipt { message: format!("approved on level {level} of {required}") })
        };
        idempotency::local(&self.store, &self.clock, &server::current(), &principal, work).await
    }

    async fn reject_withdrawal(&self, id: &WithdrawalId, rejection: &ApproveWithdrawal) -> Result<Receipt> {
        let (id, rejection, decision, now) = (*id, rejection.clone(), self.ids.uuid().to_string(), self.clock.now());
        let decide = move |tx: &mut Tx<'_>, caller: &Caller| {
            let withdrawal = to_be_decided(tx, caller, id, &rejection, "rejected")?;
            store::decide(tx, &withdrawal, &WithdrawalApprovalAction::Reject, &rejection, &decision, now)?;
            let edge = [&WithdrawalStatus::Pending, &WithdrawalStatus::Rejected];
            store::transition(tx, id, edge, "rejected", now)?;
            store::set_failure(tx, id, rejection.comments.as_deref().unwrap_or_default())
        };
        self.give_up(id, "the withdrawal is rejected and its amount is free", decide).await
    }

    async fn execute_withdrawal(&self, id: &WithdrawalId) -> Result<Receipt> {
        let (caller, call, id, now) = (caller()?, server::current(), *id, self.clock.now());
        caller.is_of_the_platform("execute")?;
        let slot = Slot::of(&call, &caller.principal())?;
        let engine = self.engine.clone();
        let begin = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            let Kept { shown: withdrawal, .. } = seen(tx, &caller, id)?;
            let edge = [&WithdrawalStatus::Approved, &WithdrawalStatus::Processing];
            let usable = domain::usable(&accounts::require(tx, withdrawal.bank_account_id)?.shown);
            if withdrawal.status == WithdrawalStatus::Approved
                && let Err(refused) = usable
            {
                slot.finish::<Receipt>(tx, now, Err(&refused))?;
                return Ok(Err(refused));
            }
            if !store::transition(tx, id, edge, "executed", now)? {
                return Err(domain::not_now(&withdrawal, "executed"));
            }
            // One that the gate refused may be executed again, under another key.
            let name = format!("{id}:{}", call.key.as_ref().map_or("", |key| key.as_str()));
            engine.start(tx, "pay", &name, &pay::Input { slot, withdrawal }).map(Ok)
        };
        let lease = self.store.write(begin).await??;
        self.drive(lease, &id.to_string()).await
    }

    async fn cancel_withdrawal(&self, id: &WithdrawalId, cancellation: &CancelWithdrawal) -> Result<Receipt> {
        text::between("reason", &cancellation.reason, 1, 500)?;
        let (id, reason, now) = (*id, cancellation.reason.clone(), self.clock.now());
        let decide = move |tx: &mut Tx<'_>, caller: &Caller| {
            let Kept { shown: withdrawal, hold, .. } = seen(tx, caller, id)?;
            let cancelled = &WithdrawalStatus::Cancelled;
            if hold != "held" || !domain::may_become(&withdrawal.status, cancelled) {
                return Err(domain::not_now(&withdrawal, "cancelled"));
            }
            store::transition(tx, id, [&withdrawal.status, cancelled], "cancelled", now)?;
            store::set_failure(tx, id, &reason)
        };
        self.give_up(id, "the withdrawal is cancelled and its amount is free", decide).await
    }
}

// === steps ===

impl Withdrawals {
    /// Ends a withdrawal by `decide`, and frees its amount.
    async fn give_up<F>(&self, id: WithdrawalId, message: &str, decide: F) -> Result<Receipt>
    where
        F: FnOnce(&mut Tx<'_>, &Caller) -> Result<()> + Send + 'static,
    {
        let (caller, call, now) = (caller()?, server::current(), self.clock.now());
        let slot = Slot::of(&call, &caller.principal())?;
        let (engine, receipt) = (self.engine.clone(), Receipt { message: message.to_owned() });
        let begin = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            decide(tx, &caller)?;
            engine.start(tx, "free", &id.to_string(), &free::Input { slot: Some(slot), receipt, id })
        };
        let lease = self.store.write(begin).await?;
        self.drive(lease, &id.to_string()).await
    }

    /// Drives a saga and answers with what it left for us.
    async fn drive<T: DeserializeOwned>(&self, lease: Lease, number: &str) -> Result<T> {
        match self.engine.run(lease).await? {
            Progress::Ended(End::Succeeded, answer) => {
                serde_json::from_str(answer.as_deref().unwrap_or("null")).map_err(Error::internal)
            }
            Progress::Ended(End::Compensated(reason), _) => Err(sagas::refusal(&reason)),
            Progress::Ended(End::Attention(_), _) => Err(domain::unresolved(number)),
            Progress::Unresolved(cause) => Err(domain::unresolved(number).with_source(Arc::new(cause))),
        }
    }

    /// The currency of a withdrawal that names none: the only one that the merchant has funds in.
    async fn currency_of(&self, withdrawal: &CreateWithdrawal) -> Result<Currency> {
        if let Some(currency) = withdrawal.currency {
            return Ok(currency);
        }
        let balances = self.deps.balances.list_currency_balances(&withdrawal.merchant_id).await?;
        let mut funded = balances.iter().filter(|balance| balance.total_available > 0);
        match (funded.next(), funded.next()) {
            (Some(balance), None) => Ok(balance.currency),
            _ => Err(Error::invalid_input("currency", "must be given: the merchant has funds in none or in several")),
        }
    }

    fn new_withdrawal(&self, asked: &CreateWithdrawal, currency: Currency) -> Withdrawal {
        let fee = domain::fee(&asked.kind, asked.amount);
        let now = self.clock.timestamp();
        Withdrawal {
            id: self.ids.uuid().into(),
            withdrawal_no: self.ids.next("WD").into(),
            merchant_id: asked.merchant_id,
            currency: Some(currency),
            amount: asked.amount,
            fee,
            actual_amount: asked.amount - fee,
            kind: asked.kind.clone(),
            status: WithdrawalStatus::Pending,
            bank_account_id: asked.bank_account_id,
            bank_name: String::new(),
            bank_account_name: PersonalText::default(),
            bank_account_no: String::new(),
            remarks: asked.remarks.clone().unwrap_or_default(),
            approval_level: 0,
            required_level: domain::required_level(asked.amount),
            channel_trade_no: String::new().into(),
            failure_reason: String::new(),
            processed_at: None,
            completed_at: None,
            created_by: asked.created_by,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The settlement that a withdrawal pays out: settlement-service names it in the key, `settlement:{id}`, so that there is
/// one for each, for good.
fn settlement_of(caller: &Caller, call: &CallContext, kind: &WithdrawalType) -> Result<Option<String>> {
    if !matches!(kind, WithdrawalType::SettlementAuto | WithdrawalType::SettlementManual) {
        return Ok(None);
    }
    caller.is_of_the_platform("type")?;
    let key = call.key.as_ref().map_or("", |key| key.as_str());
    let settlement = key.strip_prefix("settlement:").filter(|id| id.parse::<OperatorId>().is_ok());
    settlement.map(|id| Some(id.to_owned())).ok_or_else(|| {
        Error::invalid_input("Idempotency-Key", format!("must be `settlement:` and the settlement's id for a {kind}"))
    })
}

/// One withdrawal, as far as this caller may know.
fn seen(view: &View<'_>, caller: &Caller, id: WithdrawalId) -> Result<Kept> {
    let kept = store::require(view, id)?;
    if caller.sees(kept.shown.merchant_id) { Ok(kept) } else { Err(store::missing(id)) }
}

/// A pending withdrawal whose amount is held, about which this one may decide.
fn to_be_decided(
    view: &View<'_>,
    caller: &Caller,
    id: WithdrawalId,
    decision: &ApproveWithdrawal,
    step: &str,
) -> Result<Withdrawal> {
    let Kept { shown: withdrawal, hold, .. } = seen(view, caller, id)?;
    caller.decides_as(decision.approver_id)?;
    text::between("approver_name", &decision.approver_name, 1, 100)?;
    text::between("comments", decision.comments.as_deref().unwrap_or_default(), 0, 500)?;
    domain::may_decide(&withdrawal, decision.approver_id)?;
    if withdrawal.status != WithdrawalStatus::Pending || hold != "held" {
        return Err(domain::not_now(&withdrawal, step));
    }
    Ok(withdrawal)
}
