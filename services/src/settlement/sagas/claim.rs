//! Claim what there is to settle: accounting decides which transactions those are and what they make.

use std::collections::BTreeMap;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{
            AccountApi, AccountFilter, AccountId, AccountSettlement, AccountSettlementApi, AccountStatus, AccountType,
            CreateAccountSettlement, TransactionApi, TransactionFilter, TransactionType,
        },
        settlement::{ApproveSettlement, CreateSettlement, Settlement, SettlementApprovalAction},
    },
    contract::{
        error::{Error, Result},
        options::WithOptions,
        timestamp::Timestamp,
    },
};
use serde::{Deserialize, Serialize};

use super::{cancel, keyed, refusal, settled};
use crate::{
    kit::{
        clock::Clock,
        events::settlement,
        idempotency::Slot,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    settlement::{
        Terms,
        deps::Deps,
        domain, events,
        store::{self, New},
        waiting,
    },
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept, if somebody waits for one.
    pub slot: Option<Slot>,
    /// The settlement.
    pub new: New,
    /// What the caller has listed; the schedule takes what there is.
    pub asked: Option<CreateSettlement>,
    /// Ids for the rows that are written in the end: an approval, and each item.
    pub ids: Vec<String>,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Claim {
    deps: Deps,
    clock: Clock,
    terms: Terms,
}

/// Rows of a page of transactions.
const PAGE: i64 = 100;

#[async_trait]
impl Saga for Claim {
    fn kind(&self) -> &'static str {
        "claim"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::ask("account"), Step::undoable("claim"), Step::ask("check")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let input: Input = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        let made = match call.step {
            "account" => self.account(&input.new).await.map(|id| Outcome::done(&id)),
            "claim" => return self.claim(run, &input.new, call).await,
            _ => match run.answer("claim") {
                Ok(claim) => self.check(&claim, &input).await.map(|()| Outcome::done(&())),
                Err(error) => Err(error),
            },
        };
        made.unwrap_or_else(settled)
    }

    async fn compensate(&self, run: &Run, call: &Call) -> Outcome {
        match run.answer::<AccountSettlement>("claim") {
            Ok(claim) => cancel(&self.deps, &claim.settlement_no, call).await,
            // Accounting has refused to claim anything.
            Err(_) => Outcome::done(&()),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, new, asked, ids } = run.input()?;
        let now = self.clock.now();
        if new.created_by == domain::SCHEDULE && has_answered(end) {
            waiting::answered(tx, new.merchant_id, new.currency, new.end_at)?;
        }
        match end {
            End::Succeeded => {
                store::set_claim(tx, new.id, &run.answer("claim")?)?;
                events::announce(tx, settlement::CREATED, new.id, now)?;
                let items = asked.iter().flat_map(|asked| &asked.transactions);
                for (item, id) in items.zip(ids.iter().skip(1)) {
                    store::insert_item(tx, new.id, id, item, now)?;
                }
                self.approve(tx, &new, ids.first().map_or("", String::as_str), now)?;
                let shown = store::require(tx, new.id)?.shown;
                if let Some(slot) = slot {
                    slot.finish(tx, now, Ok(&shown))?;
                }
                serde_json::to_string(&shown).map(Some).map_err(Error::internal)
            }
            End::Compensated(reason) => {
                store::forget(tx, new.id)?;
                if let Some(slot) = slot {
                    slot.finish::<Settlement>(tx, now, Err(&refusal(reason)))?;
                }
                Ok(None)
            }
            End::Attention(_) => Ok(None),
        }
    }
}

/// Whether accounting has said what there is to settle, be it nothing.
fn has_answered(end: &End) -> bool {
    match end {
        End::Succeeded => true,
        End::Compensated(reason) => reason.code == domain::NOTHING_TO_SETTLE,
        End::Attention(_) => false,
    }
}

impl Claim {
    /// The kind, with the services that it calls, the time, and what needs no person.
    pub fn new(deps: Deps, clock: Clock, terms: Terms) -> Self {
        Self { deps, clock, terms }
    }

    /// Where the merchant's free funds are.
    async fn account(&self, new: &New) -> Result<AccountId> {
        let filter = AccountFilter {
            merchant_id: Some(new.merchant_id),
            account_type: Some(AccountType::Operating),
            currency: Some(new.currency),
            status: Some(AccountStatus::Active),
            ..AccountFilter::default()
        };
        let found = self.deps.accounts.list_accounts(&filter).await?.list.into_iter().next();
        found.map(|account| account.id).ok_or_else(|| {
            let text = format!("merchant {} has no active operating account in {}", new.merchant_id, new.currency);
            Error::declined("NO_OPERATING_ACCOUNT", text)
        })
    }

    /// By schedule, everything up to the cut-off that nobody has claimed, so that what was carried forward is in it.
    async fn claim(&self, run: &Run, new: &New, call: &Call) -> Outcome {
        let account: AccountId = match run.answer("account") {
            Ok(account) => account,
            Err(error) => return Outcome::Unknown(error),
        };
        let start = if new.created_by == domain::SCHEDULE { 0 } else { new.start_at };
        let [start, end] = [start, new.end_at].map(Timestamp::from_unix_ms);
        let claim = CreateAccountSettlement::new(new.merchant_id, account, new.currency, start, end);
        match self.deps.claims.with(keyed(call)).create_settlement(&claim).await.into() {
            // Nobody who waits would ask again: accounting was away for a moment, and the day's settlement would be lost.
            Outcome::NotBegun(error) if new.created_by == domain::SCHEDULE => Outcome::Unknown(error),
            outcome => outcome,
        }
    }

    async fn check(&self, claim: &AccountSettlement, input: &Input) -> Result<()> {
        domain::worth_settling(claim)?;
        let Some(asked) = &input.asked else { return Ok(()) };
        domain::same_as_listed(claim, asked)?;
        let booked = self.booked(&input.new).await?;
        let unknown = asked.transactions.iter().find(|item| booked.get(&item.transaction_id) != Some(&item.amount));
        unknown.map_or(Ok(()), |item| {
            let text = format!("the accounts have no payment {} over {}", item.transaction_id, item.amount);
            Err(Error::declined("TRANSACTIONS_DIFFER", text))
        })
    }

    /// What was booked in the period: ids and amounts, to find what was listed among them.
    async fn booked(&self, new: &New) -> Result<BTreeMap<payment_clients::apis::ids::TransactionId, i64>> {
        let mut booked = BTreeMap::new();
        for page in 1.. {
            let filter = TransactionFilter {
                merchant_id: Some(new.merchant_id),
                transaction_type: Some(TransactionType::PaymentIn),
                currency: Some(new.currency),
                start_time: Some(Timestamp::from_unix_ms(new.start_at)),
                end_time: Some(Timestamp::from_unix_ms(new.end_at - 1)),
                page: Some(page),
                page_size: Some(PAGE),
                ..TransactionFilter::default()
            };
            let found = self.deps.transactions.list_transactions(&filter).await?;
            let last = page * PAGE >= found.total || found.list.is_empty();
            booked.extend(found.list.into_iter().map(|transaction| (transaction.id, transaction.amount)));
            if last {
                break;
            }
        }
        Ok(booked)
    }

    /// Small settlements by schedule are approved by policy, which is another than who made them.
    fn approve(&self, tx: &mut Tx<'_>, new: &New, id: &str, now: i64) -> Result<()> {
        let net = store::require(tx, new.id)?.shown.settlement_amount;
        if domain::approved_by_policy(&new.created_by, net, self.terms) {
            let approver_name = domain::POLICY_NAME.to_owned();
            let decision = ApproveSettlement { approver_id: domain::POLICY, approver_name, comments: None };
            store::decide(tx, new.id, &SettlementApprovalAction::Approve, &decision, id, now)?;
        }
        Ok(())
    }
}
