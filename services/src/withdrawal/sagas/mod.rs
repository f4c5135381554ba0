//! What a withdrawal needs of accounting and the bank, each as a durable saga.
//!
//! | saga | steps | declined | unknown |
//! |---|---|---|---|
//! | `create` | merchant looked at → hold placed | the withdrawal failed, nothing is held | repeated under the same key |
//! | `pay` | merchant looked at → hold looked at → bank → captured | approved again, or released and failed | the hold stays; the same number is sent again |
//! | `complete` | captured | a person looks | repeated |
//! | `free` | released | a person looks | repeated |
//! | `take_back` | reversed | a person looks | repeated |

pub mod complete;
pub mod create;
pub mod free;
pub mod pay;
pub mod take_back;

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::{CaptureHold, Hold, HoldApi, HoldReference, HoldStatus},
        bank_transfer::{BankTransfer, BankTransferApi, BankTransferState},
        merchant::MerchantApi,
        withdrawal::{Withdrawal, WithdrawalId},
    },
    contract::{
        error::{Error, ErrorKind, Result},
        options::{CallOptions, WithOptions},
        secret::SecretText,
    },
};

use super::{deps::Deps, domain};
use crate::kit::{
    clock::millis,
    saga::{Call, Outcome, Reason},
};

/// How long a call to the bank may stay without an answer before the watch takes its question over.
const SILENCE: Duration = Duration::from_secs(15 * 60);
/// When the bank is first asked about a transfer that it has accepted.
pub(super) const SOON: Duration = Duration::from_secs(5);
/// How often the bank is asked whether a transfer came back.
pub(super) const RETURNS: Duration = Duration::from_secs(3600);

/// The options of a step's call: its key.
fn keyed(call: &Call) -> CallOptions {
    CallOptions::new().key(call.key.clone())
}

/// The hold of a withdrawal, named after it for good.
pub fn reference(id: WithdrawalId) -> HoldReference {
    format!("withdrawal:{id}").into()
}

/// Whether the merchant may be paid, and the version of what was looked at. An unanswered question refuses nobody: it is
/// asked again.
async fn gate(deps: &Deps, withdrawal: &Withdrawal) -> Outcome {
    match deps.merchants.get_merchant(&withdrawal.merchant_id).await {
        Ok(merchant) => domain::admit(&merchant).into(),
        Err(error) if error.kind() == ErrorKind::NotFound => Outcome::Declined(error),
        Err(error) => Outcome::Unknown(error),
    }
}

/// Asks the bank to pay, or what became of it: a repeat under the withdrawal's number is the question. The number is the
/// key too, so that no repeat of any saga is another transfer.
pub(super) async fn transfer(
    deps: &Deps,
    withdrawal: &Withdrawal,
    account_no: SecretText,
) -> Result<BankTransferState> {
    let key = withdrawal.withdrawal_no.as_str().parse().map_err(Error::internal)?;
    let currency = withdrawal.currency.ok_or_else(|| Error::internal("a withdrawal without a currency"))?;
    let request = BankTransfer {
        order_no: withdrawal.withdrawal_no.clone(),
        bank_name: withdrawal.bank_name.clone(),
        bank_account_name: withdrawal.bank_account_name.clone(),
        bank_account_no: account_no,
        amount: withdrawal.actual_amount,
        currency,
        remarks: None,
    };
    deps.bank.with(CallOptions::new().key(key)).create_transfer(&request).await
}

/// Books a hold, the fee inside of it; one that another call has booked is as good.
async fn capture(deps: &Deps, withdrawal: &Withdrawal, call: &Call) -> Outcome {
    let reference = reference(withdrawal.id);
    let capture = CaptureHold { amount: None, fee_amount: Some(withdrawal.fee) };
    let captured = deps.holds.with(keyed(call)).capture_hold(&reference, &capture).await;
    ended_as(deps, &reference, captured, &HoldStatus::Captured).await
}

/// Frees a hold; one that is free already, or was never placed, is as good.
async fn release(deps: &Deps, id: WithdrawalId, call: &Call) -> Outcome {
    let reference = reference(id);
    let released = deps.holds.with(keyed(call)).release_hold(&reference).await;
    match ended_as(deps, &reference, released, &HoldStatus::Released).await {
        Outcome::Declined(error) if error.kind() == ErrorKind::NotFound => Outcome::done(&None::<Hold>),
        outcome => outcome,
    }
}

/// What a call made of a hold. A conflict says only that the hold has ended: how, it tells itself.
async fn ended_as(deps: &Deps, reference: &HoldReference, result: Result<Hold>, wanted: &HoldStatus) -> Outcome {
    let hold = match result {
        Err(error) if error.kind() == ErrorKind::Conflict => match deps.holds.get_hold(reference).await {
            Ok(hold) if hold.status == *wanted => Ok(hold),
            Ok(_) => Err(error),
            Err(unanswered) => return Outcome::Unknown(unanswered),
        },
        result => result,
    };
    match hold {
        Ok(hold) if hold.status == *wanted => Outcome::done(&hold),
        Ok(hold) => Outcome::Unknown(Error::internal(format!("hold {reference} is {} and not {wanted}", hold.status))),
        Err(error) => error.into(),
    }
}

/// When the watch takes over from a saga that has gone silent.
fn silent_at(now: i64) -> i64 {
    now.saturating_add(millis(SILENCE))
}

/// The refusal that a waiting caller is told and a repeat hears again: whatever stood in the way, it is final now.
pub(super) fn refusal(reason: &Reason) -> Error {
    let error = reason.to_error();
    let status = error.status().filter(|status| status.is_client_error() && !matches!(status.as_u16(), 400 | 409));
    error.with_status(status.unwrap_or(http::StatusCode::UNPROCESSABLE_ENTITY))
}
