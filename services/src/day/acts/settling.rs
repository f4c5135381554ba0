//! Two of staff settle the same sales at the same time, and one of them claims the sales. Before that is paid out, a refund
//! lands: what was claimed is not there any more, so nothing of it is booked, and all of it waits for the evening.

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::{AccountTransaction, TransactionApi, TransactionFilter, TransactionType},
        payment_gateway::{CreateRefund, Payment, Refund, RefundApi, refund_api},
        settlement::{
            ApproveSettlement, CreateSettlement, SettledTransaction, Settlement, SettlementApi, SettlementCycle,
            settlement_api,
        },
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        options::WithOptions,
    },
};
use tokio::time::sleep;

use super::terms;
use crate::{
    day::{cast::operator, stage::Stage},
    demo::history::Question,
    registry::Name,
    supervisor::relay::Weather,
};

/// The shop, and what of its sales is settled before the evening.
const SHOP: usize = 1;
const CURRENCY: Currency = Currency::BHD;
/// So long that no client's own attempts last.
const ROBBED: Duration = Duration::from_secs(3);
/// Rows of a page.
const PAGE: i64 = 100;

/// Both at once; then what was made is to be paid out.
pub async fn race(stage: &mut Stage<'_>) -> Result<()> {
    if !stage.rest().await? {
        return Err(Error::internal("the books have not come to rest"));
    }
    let listed = stage.by_staff(0, listed(stage)).await?;
    let count = listed.len();
    // What accounting answers to a claim is lost for a while, too.
    stage.weather(Name::Accounting, Weather::Robbed("POST /api/v1/settlements"))?;
    let (one, other, heard) = tokio::join!(
        settle(stage, 0, SettlementCycle::Manual, &listed),
        settle(stage, 1, SettlementCycle::Weekly, &listed),
        async {
            sleep(ROBBED).await;
            stage.weather(Name::Accounting, Weather::Fair)
        }
    );
    heard?;
    let made: Vec<_> = [one?, other?].into_iter().enumerate().collect();
    let settlements = made.iter().filter_map(|(who, made)| made.as_ref().map(|made| (*who, made)));
    let settlements: Vec<_> = settlements.collect();
    stage.tell(format_args!("{count} sales, two settlements asked for, {} made", settlements.len()));
    let (who, settlement) = settlements.first().ok_or_else(|| Error::internal("nobody could settle"))?;
    let other = 1 - who;
    approve(stage, other, settlement).await?;
    refund_one(stage, &listed).await?;
    let word = if pay_out(stage, other, settlement).await? { "PAID OUT" } else { "not paid out" };
    stage.tell(format_args!("a refund came between, of less than the fees: {word}"));
    Ok(())
}

/// So little comes back of the first sale that it is one of the fees that cannot be booked any more.
async fn refund_one(stage: &Stage<'_>, listed: &[SettledTransaction]) -> Result<()> {
    let (shop, first) = (stage.shop(SHOP)?, listed.first());
    let first = first.ok_or_else(|| Error::internal("nothing was sold that could be settled"))?;
    let gateway = shop.program.payment_gateway()?;
    let asked = CreateRefund {
        payment_no: first.payment_no.clone(),
        amount: 1,
        reason: "a scratch".to_owned(),
        ..CreateRefund::default()
    };
    let question = Question::new(shop.id, refund_api::CREATE_REFUND.name, "day:scratch");
    let refund = async |options| gateway.with(options).create_refund(&asked).await;
    stage.ask(&question, |refund: &Refund| refund.refund_no.to_string(), refund).await?;
    if stage.rest().await? { Ok(()) } else { Err(Error::internal("the refund is not booked")) }
}

/// Whether a sale is among those that are listed, which only a list without refunds can be.
pub(super) fn is_set_apart(stage: &Stage<'_>, sale: &Payment) -> bool {
    sale.currency == CURRENCY && stage.shops.get(SHOP).is_some_and(|shop| shop.id == sale.merchant_id)
}

/// What was sold and is not settled, with the fee of each.
async fn listed(stage: &Stage<'_>) -> Result<Vec<SettledTransaction>> {
    let (accounts, shop) = (stage.staff.accounting()?, stage.shop(SHOP)?);
    let mut listed = Vec::new();
    for page in 1.. {
        let filter = TransactionFilter {
            merchant_id: Some(shop.id),
            transaction_type: Some(TransactionType::PaymentIn),
            currency: Some(CURRENCY),
            page: Some(page),
            page_size: Some(PAGE),
            ..TransactionFilter::default()
        };
        let found = accounts.list_transactions(&filter).await?;
        let last = page * PAGE >= found.total || found.list.is_empty();
        listed.extend(found.list.into_iter().map(|transaction| settled(stage, transaction)));
        if last {
            break;
        }
    }
    Ok(listed)
}

fn settled(stage: &Stage<'_>, transaction: AccountTransaction) -> SettledTransaction {
    let AccountTransaction { id, related_no, amount, created_at, .. } = transaction;
    SettledTransaction {
        transaction_id: id,
        order_no: related_no.as_str().into(),
        payment_no: related_no.as_str().into(),
        amount,
        fee: Some(terms::fee(stage, amount, created_at.unix_ms())),
        transaction_at: created_at,
    }
}

async fn settle(
    stage: &Stage<'_>,
    who: usize,
    cycle: SettlementCycle,
    listed: &[SettledTransaction],
) -> Result<Option<Settlement>> {
    let (settlements, shop) = (stage.staff.settlement()?, stage.shop(SHOP)?);
    let asked = CreateSettlement {
        merchant_id: shop.id,
        cycle,
        start_date: stage.today(),
        end_date: stage.today(),
        currency: Some(CURRENCY),
        transactions: listed.to_vec(),
    };
    let question = Question::new(shop.id, settlement_api::CREATE_SETTLEMENT.name, format!("day:settle:{who}"));
    let create = async |options| settlements.with(options).create_settlement(&asked).await;
    stage.by_staff(who, stage.ask(&question, |made: &Settlement| made.id.to_string(), create)).await
}

/// The other agrees.
async fn approve(stage: &Stage<'_>, who: usize, settlement: &Settlement) -> Result<()> {
    let settlements = stage.staff.settlement()?;
    let approval =
        ApproveSettlement { approver_id: operator(who), approver_name: "A. Pprover".to_owned(), comments: None };
    let approve = async |options| settlements.with(options).approve_settlement(&settlement.id, &approval).await;
    stage.by_staff(who, stage.calls.make("approval", format!("day:agree:{who}"), approve)).await.map(drop)
}

/// True when it is paid.
async fn pay_out(stage: &Stage<'_>, who: usize, settlement: &Settlement) -> Result<bool> {
    let settlements = stage.staff.settlement()?;
    let execute = async |options| settlements.with(options).execute_settlement(&settlement.id).await;
    let paid = stage.by_staff(who, stage.calls.make("pay-out", format!("day:pay:{who}"), execute)).await?;
    Ok(paid.is_some())
}
