//! What each operation does: load, decide, save, answer.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        order::{
            CancelOrder, CreateOrder, DailySummary, Order, OrderApi, OrderFilter, OrderKey, OrderNo, OrderStatistics,
            OrderStatisticsApi, OrderStatisticsFilter, OrderStatus, PayOrder, RefundOrder, ShipOrder,
            UpdateOrderStatus,
        },
    },
    contract::{
        error::{Error, Result},
        money::Money,
        page::Page,
    },
    server,
};
use serde::Serialize;

use super::{
    Orders,
    domain::{self, Change, State},
    statistics, store,
};
use crate::kit::{idempotency, paging, store::Tx, text};

impl Orders {
    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let call = server::current();
        let principal = call.principal.as_deref().unwrap_or_default();
        idempotency::local(&self.store, &self.clock, &call, principal, work).await
    }
}

#[async_trait]
impl OrderApi for Orders {
    async fn create_order(&self, request: &CreateOrder) -> Result<Order> {
        let order_no = OrderNo::from(self.ids.next("OD"));
        let order = domain::draft(request, order_no, || self.ids.uuid(), self.clock.now())?;
        server::note_payment(order.merchant_id, Money::new(order.total_amount, order.currency));
        self.once(move |tx| store::insert(tx, &order).map(|()| order)).await
    }

    async fn list_orders(&self, filter: &OrderFilter) -> Result<Page<Order>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::list(view, &filter, page, size)).await
    }

    async fn get_order(&self, order_no: &OrderNo) -> Result<Order> {
        let order_no = order_no.clone();
        self.store.read(move |view| store::require(view, order_no.as_str())).await
    }

    async fn cancel_order(&self, order_no: &OrderNo, cancellation: &CancelOrder) -> Result<()> {
        domain::validate_cancellation(cancellation)?;
        let (order_no, cancellation, now) = (order_no.clone(), cancellation.clone(), self.clock.now());
        self.once(move |tx| {
            let state = store::state(tx, order_no.as_str())?;
            save(tx, &state, Some(state.cancel(&cancellation)?), now)
        })
        .await
    }

    async fn pay_order(&self, order_no: &OrderNo, payment: &PayOrder) -> Result<()> {
        let payment_no = payment.payment_no.as_str();
        text::length("payment_no", payment_no, 64)?;
        let (order_no, change, now) = (order_no.clone(), Change::paid_by(payment_no), self.clock.now());
        let payment_no = payment_no.to_owned();
        self.once(move |tx| {
            // Saved before it is loaded: nearly every order that is paid is pending, and this is the hot path.
            if store::apply(tx, order_no.as_str(), &OrderStatus::Pending, &change, now)? {
                return Ok(());
            }
            store::state(tx, order_no.as_str())?.paid_by(&payment_no)
        })
        .await
    }

    async fn refund_order(&self, order_no: &OrderNo, refund: &RefundOrder) -> Result<()> {
        if refund.amount < 1 {
            let rule = format!("is {}; it must be at least 1 minor unit", refund.amount);
            return Err(Error::invalid_input("amount", rule));
        }
        text::length("reason", &refund.reason, 500)?;
        let (order_no, refund, now) = (order_no.clone(), refund.clone(), self.clock.now());
        self.once(move |tx| {
            let state = store::state(tx, order_no.as_str())?;
            save(tx, &state, Some(state.refund(&refund)?), now)
        })
        .await
    }

    async fn ship_order(&self, order_no: &OrderNo, shipment: &ShipOrder) -> Result<()> {
        let (order_no, shipment, now) = (order_no.clone(), shipment.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let state = store::state(tx, order_no.as_str())?;
            save(tx, &state, state.ship(&shipment.shipping_info)?, now)
        };
        self.store.write(unit).await
    }

    async fn complete_order(&self, order_no: &OrderNo) -> Result<()> {
        let (order_no, now) = (order_no.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let state = store::state(tx, order_no.as_str())?;
            save(tx, &state, state.step(&OrderStatus::Completed, "complete")?, now)
        };
        self.store.write(unit).await
    }

    async fn update_order_status(&self, order_key: &OrderKey, update: &UpdateOrderStatus) -> Result<()> {
        if let OrderStatus::Other(word) = &update.status {
            let rule = format!("must be one of {:?}; it is `{word}`", OrderStatus::KNOWN);
            return Err(Error::invalid_input("status", rule));
        }
        let (key, to, now) = (order_key.clone(), update.status.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let state = store::state_by_key(tx, key.as_str())?;
            save(tx, &state, state.step(&to, "status")?, now)
        };
        self.store.write(unit).await
    }
}

#[async_trait]
impl OrderStatisticsApi for Orders {
    async fn get_order_statistics(&self, filter: &OrderStatisticsFilter) -> Result<Vec<OrderStatistics>> {
        let filter = filter.clone();
        self.store.read(move |view| statistics::per_day(view, &filter)).await
    }

    async fn get_daily_summary(&self, merchant_id: MerchantId, date: Option<&str>) -> Result<DailySummary> {
        let since = statistics::begin_of_day(date, self.clock.now())?;
        self.store.read(move |view| statistics::of_day(view, merchant_id, since)).await
    }
}

/// Saves what was decided about an order that this unit has loaded; nothing, when there is nothing to do.
fn save(tx: &mut Tx<'_>, state: &State, change: Option<Change>, now: i64) -> Result<()> {
    let Some(change) = change else { return Ok(()) };
    if store::apply(tx, &state.order_no, &state.status, &change, now)? {
        return Ok(());
    }
    Err(Error::internal(format!("order {} changed while a unit of work held it", state.order_no)))
}
