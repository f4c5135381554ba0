//! The channel as PayPal: the same book, in PayPal's words.

use payment_clients::{
    apis::channel_adapter::{PaypalAmount, PaypalEvent, PaypalEventType, PaypalResource},
    contract::{
        error::{Error, Result},
        money::Money,
        timestamp::Timestamp,
    },
};

use super::{
    api::{
        CreateIntent, CreateRefund, IntentId, Refund, RefundId,
        paypal::{
            Capture, CaptureId, CreatePaypalOrder, Link, PaypalOrder, PaypalOrderId, PaypalOrderStatus, PaypalRefund,
            PaypalRefundId, PaypalSimApi, PurchaseUnit, RefundCapture, UnitPayments,
        },
    },
    domain::{Intent, Shape, State},
    handler::Handler,
    store,
};

#[async_trait::async_trait]
impl PaypalSimApi for Handler {
    async fn create_paypal_order(&self, order: &CreatePaypalOrder) -> Result<PaypalOrder> {
        self.create(Shape::Paypal, &request(order)?, |intent| shown_as(intent, PaypalOrderStatus::Approved)).await
    }

    async fn get_paypal_order(&self, id: &PaypalOrderId) -> Result<PaypalOrder> {
        self.intent(Shape::Paypal, &in_the_book(id)).await.map(|intent| shown(&intent))
    }

    async fn void_paypal_order(&self, id: &PaypalOrderId) -> Result<PaypalOrder> {
        self.cancel(Shape::Paypal, &in_the_book(id)).await.map(|intent| shown(&intent))
    }

    async fn refund_paypal_capture(&self, id: &CaptureId, refund: &RefundCapture) -> Result<PaypalRefund> {
        let order = IntentId::from(id.as_str().replacen("CA", "OR", 1));
        let intent = self.intent(Shape::Paypal, &order).await?;
        let money = amount("amount", &refund.amount)?;
        if money.currency != intent.currency {
            let rule = format!("must be of {}, as the capture is", intent.currency);
            return Err(Error::invalid_input("amount.currency_code", rule));
        }
        let metadata = [("refund_no".to_owned(), refund.custom_id.to_string())].into();
        let request = CreateRefund { payment_intent: order, amount: Some(money.minor_units), metadata };
        self.pay_back(Shape::Paypal, request, |refund| refunded(&refund)).await
    }

    async fn get_paypal_refund(&self, id: &PaypalRefundId) -> Result<PaypalRefund> {
        let wanted = RefundId::from(id.as_str());
        let found = self.store.read(move |view| store::refund(view, &wanted)).await?;
        refunded(&found.ok_or_else(|| Error::not_found(format_args!("refund {id}")))?)
    }
}

// === PayPal's words in the book's ===

fn request(order: &CreatePaypalOrder) -> Result<CreateIntent> {
    if order.intent != "CAPTURE" {
        return Err(Error::invalid_input("intent", format!("must be CAPTURE, got `{}`", order.intent)));
    }
    let [unit] = &order.purchase_units[..] else {
        return Err(Error::invalid_input("purchase_units", "must hold one unit"));
    };
    let money = amount("purchase_units.amount", &unit.amount)?;
    Ok(CreateIntent {
        amount: money.minor_units,
        currency: money.currency.as_str().to_ascii_lowercase(),
        metadata: [("payment_no".to_owned(), unit.custom_id.to_string())].into(),
        receipt_email: order.payer.as_ref().map(|payer| payer.email_address.clone()),
        description: unit.description.clone(),
    })
}

fn amount(field: &str, amount: &PaypalAmount) -> Result<Money> {
    let rule = "must be decimal text in a known currency, with no more decimals than that has";
    amount.money().ok_or_else(|| Error::invalid_input(field, rule))
}

fn in_the_book(id: &PaypalOrderId) -> IntentId {
    IntentId::from(id.as_str())
}

// === the book's words in PayPal's ===

/// The order as it stands.
fn shown(intent: &Intent) -> PaypalOrder {
    let status = match intent.state {
        State::Processing => PaypalOrderStatus::Approved,
        State::Captured | State::Declined | State::Failed => PaypalOrderStatus::Completed,
        State::Canceled => PaypalOrderStatus::Voided,
    };
    PaypalOrder { purchase_units: vec![unit(intent, captures(intent))], ..shown_as(intent, status) }
}

/// A new order: until the webhook tells more, there is no capture.
fn shown_as(intent: &Intent, status: PaypalOrderStatus) -> PaypalOrder {
    PaypalOrder {
        id: PaypalOrderId::from(intent.id.as_str()),
        status,
        purchase_units: vec![unit(intent, Vec::new())],
        links: vec![Link {
            href: format!("https://paypal.example/checkoutnow?token={}", intent.id),
            rel: "approve".to_owned(),
        }],
    }
}

fn unit(intent: &Intent, captures: Vec<Capture>) -> PurchaseUnit {
    PurchaseUnit {
        custom_id: intent.payment_no().into(),
        amount: written(intent.amount, intent),
        description: None,
        payments: (!captures.is_empty()).then_some(UnitPayments { captures }),
    }
}

fn captures(intent: &Intent) -> Vec<Capture> {
    let status = match intent.state {
        State::Captured => "COMPLETED",
        State::Declined | State::Failed => "DECLINED",
        State::Processing | State::Canceled => return Vec::new(),
    };
    let amount = written(intent.amount, intent);
    vec![Capture { id: capture_id(intent), status: status.to_owned(), amount }]
}

fn capture_id(intent: &Intent) -> CaptureId {
    CaptureId::from(intent.id.as_str().replacen("OR", "CA", 1))
}

/// What is in the book was checked when it came in, so that it can be written.
fn written(minor_units: i64, intent: &Intent) -> PaypalAmount {
    PaypalAmount::of(Money::new(minor_units, intent.currency)).unwrap_or_default()
}

fn refunded(refund: &Refund) -> Result<PaypalRefund> {
    let currency = refund.currency.parse().map_err(Error::internal)?;
    let amount = PaypalAmount::of(Money::new(refund.amount, currency));
    Ok(PaypalRefund {
        id: PaypalRefundId::from(refund.id.as_str()),
        status: "COMPLETED".to_owned(),
        amount: amount.ok_or_else(|| Error::internal(format!("refund {} is of no known currency", refund.id)))?,
    })
}

/// The event that tells how far a payment has come; none while it is on its way.
pub fn event(intent: &Intent, id: &str, now: i64) -> Option<PaypalEvent> {
    let (event_type, resource, minor_units) = match intent.state {
        _ if intent.refunded > 0 => (PaypalEventType::CaptureRefunded, capture_id(intent).to_string(), intent.refunded),
        State::Processing | State::Declined => return None,
        State::Captured => (PaypalEventType::CaptureCompleted, capture_id(intent).to_string(), intent.amount),
        State::Failed => (PaypalEventType::CaptureDeclined, capture_id(intent).to_string(), intent.amount),
        State::Canceled => (PaypalEventType::OrderVoided, intent.id.to_string(), intent.amount),
    };
    Some(PaypalEvent {
        id: id.to_owned(),
        event_type,
        create_time: Some(Timestamp::from_unix_ms(now).to_string()),
        resource: PaypalResource {
            id: Some(resource),
            custom_id: Some(intent.payment_no().into()),
            amount: Some(written(minor_units, intent)),
        },
    })
}
