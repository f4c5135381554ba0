//! The day is over: what was sold is settled and paid out, and what the bank sends back is taken back.

use payment_clients::{
    apis::{
        accounting::{AccountApi, AccountFilter, AccountType},
        settlement::{SettlementApi, SettlementFilter, SettlementStatus},
        withdrawal::{WithdrawalApi, WithdrawalFilter, WithdrawalStatus},
    },
    contract::error::Result,
};

use crate::day::stage::Stage;

/// Settlements of a page, more than there are.
const PAGE: i64 = 100;

/// Everybody is settled, and every settlement is paid out.
pub async fn settled(stage: &mut Stage<'_>) -> Result<()> {
    let stage = &*stage;
    let (accounts, settlements, desk) =
        (stage.staff.accounting()?, stage.staff.settlement()?, stage.staff.withdrawal()?);
    let waiting = AccountFilter {
        account_type: Some(AccountType::Settlement),
        page_size: Some(PAGE),
        ..AccountFilter::default()
    };
    let claimed = async || {
        let left = accounts.list_accounts(&waiting).await?.list;
        Ok(left.iter().all(|account| account.balance == 0).then_some(()))
    };
    stage.by_staff(0, stage.calls.wait_for("the settlement of the day", claimed)).await?;
    let all = SettlementFilter { page_size: Some(PAGE), ..SettlementFilter::default() };
    let made = async || {
        let made = settlements.list_settlements(&all).await?.settlements;
        let paid = made.iter().filter(|made| made.status == SettlementStatus::Completed).count();
        let failed = made.iter().filter(|made| made.status == SettlementStatus::Failed).count();
        Ok((paid + failed == made.len()).then_some(paid))
    };
    let made = stage.by_staff(0, stage.calls.wait_for("the end of the settlements", made)).await?;
    let open = async || {
        let filter =
            |status| WithdrawalFilter { status: Some(status), page_size: Some(1), ..WithdrawalFilter::default() };
        let mut open = 0;
        for status in [WithdrawalStatus::Pending, WithdrawalStatus::Approved, WithdrawalStatus::Processing] {
            open += desk.list_withdrawals(&filter(status)).await?.total;
        }
        Ok((open == 0).then_some(()))
    };
    stage.by_staff(0, stage.hastened(stage.calls.wait_for("the end of the payouts", open))).await?;
    stage.tell(format_args!("{made} settlements are paid out, each by one withdrawal"));
    Ok(())
}

/// The bank sends one transfer back.
pub async fn returned(stage: &mut Stage<'_>) -> Result<()> {
    let stage = &*stage;
    let desk = stage.staff.withdrawal()?;
    let back = async || {
        let status = Some(WithdrawalStatus::Returned);
        let filter = WithdrawalFilter { status, page_size: Some(1), ..WithdrawalFilter::default() };
        Ok((desk.list_withdrawals(&filter).await?.total > 0).then_some(()))
    };
    stage.by_staff(0, stage.hastened(stage.calls.wait_for("what the bank sends back", back))).await?;
    stage.tell("one withdrawal came back, and its shop has the money again");
    Ok(())
}
