//! Pay a settlement out: booked first, so that there are funds to withdraw, then one withdrawal for good. How far the
//! bank comes with that is the withdrawal's own story.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{AccountSettlementApi, AccountSettlementNo, AccountSettlementStatus},
        ids::{OperatorId, WithdrawalNo},
        settlement::{Receipt, Settlement, SettlementCycle, SettlementId, SettlementStatus},
        withdrawal::{
            ApproveWithdrawal, BankAccountApi, BankAccountId, CreateWithdrawal, WithdrawalApi, WithdrawalId,
            WithdrawalStatus, WithdrawalType,
        },
    },
    contract::{
        error::{Error, ErrorKind, Result},
        money::Money,
        options::{CallOptions, WithOptions},
    },
};
use serde::{Deserialize, Serialize};

use super::{cancel, ended_as, keyed, refusal, settled};
use crate::{
    kit::{
        clock::Clock,
        events::settlement,
        idempotency::Slot,
        saga::{Call, Direction, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    settlement::{deps::Deps, domain, events, store, waiting},
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept, if somebody waits for one.
    pub slot: Option<Slot>,
    /// What is paid out.
    pub settlement: Settlement,
    /// What accounting calls it.
    pub claim: AccountSettlementNo,
}

/// What became of the withdrawal that was asked for.
#[derive(Debug, Serialize, Deserialize)]
enum Payout {
    Accepted { id: WithdrawalId, number: WithdrawalNo },
    Refused { why: String },
}

/// The saga's kind.
#[derive(Debug)]
pub struct Pay {
    deps: Deps,
    clock: Clock,
}

#[async_trait]
impl Saga for Pay {
    fn kind(&self) -> &'static str {
        "pay"
    }

    fn steps(&self) -> &'static [Step] {
        const {
            &[
                Step::ask("bank_account"),
                Step::undoable("claim"),
                Step::pivot("book"),
                Step::ask("withdraw"),
                Step::ask("approve"),
                Step::ask("execute"),
            ]
        }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        self.step(run, call).await.unwrap_or_else(Outcome::Unknown)
    }

    /// Asked for when accounting refuses to book: what was claimed can be settled by another.
    async fn compensate(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => cancel(&self.deps, &input.claim, call).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn recorded(&self, tx: &mut Tx<'_>, run: &Run, call: &Call) -> Result<()> {
        if (call.step, call.direction) != ("withdraw", Direction::Forward) {
            return Ok(());
        }
        match run.answer("withdraw")? {
            Payout::Accepted { number, .. } => store::set_withdrawal(tx, run.input::<Input>()?.settlement.id, &number),
            Payout::Refused { .. } => Ok(()),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, settlement, claim } = run.input()?;
        let (id, now) = (settlement.id, self.clock.now());
        let answer = match end {
            End::Succeeded => ended(tx, id, run.answer("withdraw")?, now)?,
            End::Compensated(reason) => {
                // Before its claim was touched the settlement can be tried again; a claim given up is gone.
                let (from, early) = (&SettlementStatus::Processing, reason.step == "bank_account");
                if early {
                    store::transition(tx, id, [from, &SettlementStatus::Approved], &reason.code, now)?;
                } else if store::transition(tx, id, [from, &SettlementStatus::Failed], &reason.message, now)? {
                    waiting::again(tx, &claim, now)?;
                    events::announce(tx, settlement::FAILED, id, now)?;
                }
                Err(refusal(reason))
            }
            End::Attention(_) => return Ok(None),
        };
        if let Some(slot) = slot {
            slot.finish(tx, now, answer.as_ref())?;
        }
        let told =
            answer.map_err(|refused| (refused.code().unwrap_or_default().to_owned(), refused.message().to_owned()));
        serde_json::to_string(&told).map(Some).map_err(Error::internal)
    }
}

impl Pay {
    /// The kind, with the services that it calls and the time.
    pub fn new(deps: Deps, clock: Clock) -> Self {
        Self { deps, clock }
    }

    async fn step(&self, run: &Run, call: &Call) -> Result<Outcome> {
        let Input { settlement, claim, .. } = run.input()?;
        Ok(match call.step {
            "bank_account" => self.bank_account(&settlement).await,
            "claim" => self.claim(&claim).await,
            "book" => self.book(&claim, call).await,
            "withdraw" => self.withdraw(&settlement, run.answer("bank_account")?).await,
            "approve" => self.approve(&settlement, &run.answer("withdraw")?, call).await,
            _ => self.execute(&run.answer("withdraw")?, call).await,
        })
    }

    /// Before anything is booked: there must be somewhere to pay to.
    async fn bank_account(&self, settlement: &Settlement) -> Outcome {
        let accounts = match self.deps.bank_accounts.list_bank_accounts(settlement.merchant_id).await {
            Ok(accounts) => accounts,
            Err(error) => return settled(error),
        };
        // The default one comes first.
        match accounts.iter().find(|account| account.is_verified) {
            Some(account) => Outcome::done(&account.id),
            None => {
                let text = format!("merchant {} has no verified bank account to be paid to", settlement.merchant_id);
                Outcome::Declined(Error::declined("NO_BANK_ACCOUNT", text))
            }
        }
    }

    /// Looks whether the claim is there before anything is booked.
    async fn claim(&self, claim: &AccountSettlementNo) -> Outcome {
        match self.deps.claims.get_settlement(claim).await {
            Ok(_) => Outcome::done(&()),
            Err(error) => settled(error),
        }
    }

    async fn book(&self, claim: &AccountSettlementNo, call: &Call) -> Outcome {
        let booked = self.deps.claims.with(keyed(call)).process_settlement(claim).await;
        match ended_as(&self.deps, claim, booked, &AccountSettlementStatus::Completed).await {
            Outcome::NotBegun(error) => Outcome::Unknown(error),
            outcome => outcome,
        }
    }

    /// One withdrawal for each settlement, whoever asks how often: the key says so, and there for good the row.
    async fn withdraw(&self, settlement: &Settlement, bank_account: BankAccountId) -> Outcome {
        let (Some(currency), Ok(key)) = (settlement.currency, format!("settlement:{}", settlement.id).parse()) else {
            return Outcome::Unknown(Error::internal("a settlement without a currency"));
        };
        let kind = match settlement.cycle {
            SettlementCycle::Manual => WithdrawalType::SettlementManual,
            _ => WithdrawalType::SettlementAuto,
        };
        let money = Money::new(settlement.settlement_amount, currency);
        let asked = CreateWithdrawal {
            remarks: Some(format!("settlement {}", settlement.settlement_no)),
            ..CreateWithdrawal::new(settlement.merchant_id, money, kind, bank_account, OperatorId::default())
        };
        match self.deps.withdrawals.with(CallOptions::new().key(key)).create_withdrawal(&asked).await {
            Ok(made) => Outcome::done(&Payout::Accepted { id: made.id, number: made.withdrawal_no }),
            // The funds are booked and free: the merchant can withdraw them when what stands in the way is gone.
            Err(error) if is_final(&error) => Outcome::done(&Payout::Refused { why: error.message().to_owned() }),
            Err(error) => Outcome::Unknown(error),
        }
    }

    /// Whoever approved the settlement has approved its payout, on the first level. Higher ones are left to others.
    async fn approve(&self, settlement: &Settlement, payout: &Payout, call: &Call) -> Outcome {
        let Payout::Accepted { id, .. } = payout else { return Outcome::done(&()) };
        let approval = ApproveWithdrawal {
            approver_id: settlement.approved_by.unwrap_or(domain::POLICY),
            approver_name: format!("approver of settlement {}", settlement.settlement_no),
            comments: None,
        };
        let approved = self.deps.withdrawals.with(keyed(call)).approve_withdrawal(id, &approval).await;
        left_to_the_withdrawal(approved.map(drop))
    }

    async fn execute(&self, payout: &Payout, call: &Call) -> Outcome {
        let Payout::Accepted { id, .. } = payout else { return Outcome::done(&()) };
        match self.deps.withdrawals.get_withdrawal(id).await {
            Ok(detail) if detail.withdrawal.status == WithdrawalStatus::Approved => {
                let executed = self.deps.withdrawals.with(keyed(call)).execute_withdrawal(id).await;
                left_to_the_withdrawal(executed.map(drop))
            }
            // More must approve it, or it is on its way.
            Ok(_) => Outcome::done(&()),
            Err(error) => Outcome::Unknown(error),
        }
    }
}

/// What the withdrawal makes of a step is its own state; only whether it heard of the step is asked again.
fn left_to_the_withdrawal(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::done(&()),
        Err(error) if is_final(&error) || error.code() == Some("WITHDRAWAL_UNRESOLVED") => Outcome::done(&()),
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InProgress) => Outcome::done(&()),
        Err(error) => Outcome::Unknown(error),
    }
}

/// The other side has refused, and would again.
fn is_final(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Declined | ErrorKind::InvalidInput | ErrorKind::NotFound)
}

/// Writes how it ended, and what a caller is told.
fn ended(tx: &mut Tx<'_>, id: SettlementId, payout: Payout, now: i64) -> Result<Result<Receipt>> {
    let (to, cause, event) = match &payout {
        Payout::Accepted { number, .. } => (SettlementStatus::Completed, number.as_str(), settlement::COMPLETED),
        Payout::Refused { why } => (SettlementStatus::Failed, why.as_str(), settlement::FAILED),
    };
    if store::transition(tx, id, [&SettlementStatus::Processing, &to], cause, now)? {
        events::announce(tx, event, id, now)?;
    }
    Ok(match payout {
        Payout::Accepted { number, .. } => Ok(Receipt { message: format!("paid out by withdrawal {number}") }),
        Payout::Refused { why } => Err(Error::declined("PAYOUT_REFUSED", format!("booked, and not paid out: {why}"))),
    })
}
