//! Create a payment: may it be tried, what is bought, and the channel that takes it. Whoever should say whether it may be
//! tried can be away; then the configuration says it (`risk_absence`).

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelPayment, ChannelPaymentApi, ChannelPaymentStatus, CreateChannelPayment, QueryChannelPayment,
        },
        ids::PaymentNo,
        order::{CreateOrder, NewOrderItem, Order, OrderApi, OrderNo},
        payment_gateway::{CreatePayment, Payment, PaymentId, PaymentStatus},
        risk::{Decision, PaymentCheck, RelatedId, RelatedType, RiskCheckApi},
        words::{Channel, JsonObject},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        money::Money,
        options::WithOptions,
        secret::SecretText,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{cancel_order, keyed, refusal};
use crate::{
    gateway::{
        deps::Deps,
        domain,
        figures::Figures,
        store::{self, Change},
    },
    kit::{
        clock::Clock,
        configuration::Configuration,
        idempotency::Slot,
        saga::{Call, Direction, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
        text,
    },
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept.
    pub slot: Slot,
    /// The payment.
    pub payment_no: PaymentNo,
    /// Its id, by which risk knows it.
    pub id: PaymentId,
    /// What was asked for.
    pub request: CreatePayment,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Create {
    /// The services that it calls.
    pub deps: Deps,
    /// Tells when a state changed.
    pub clock: Clock,
    /// What is done while risk is away.
    pub configuration: Configuration,
    /// Counts how payments and refunds end.
    pub figures: Figures,
}

/// The decision of a payment that went on while risk was away.
const UNCHECKED: &str = "unchecked";

const STEPS: &[Step] = &[Step::ask("risk"), Step::undoable("order"), Step::undoable("channel")];

// === impl Saga ===

#[async_trait]
impl Saga for Create {
    fn kind(&self) -> &'static str {
        "create"
    }

    fn steps(&self) -> &'static [Step] {
        STEPS
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let input: Input = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        match call.step {
            "risk" => self.check(&input).await,
            "order" => self.order(&input, call).await,
            _ => self.channel(&input, call).await,
        }
    }

    async fn compensate(&self, run: &Run, call: &Call) -> Outcome {
        match call.step {
            "order" => match run.answer::<OrderNo>("order") {
                Ok(order_no) => cancel_order(&self.deps, &order_no, "the payment was refused", call).await,
                // Declined after a doubt: under its key the order was never made.
                Err(_) => Outcome::done(&()),
            },
            _ => self.cancel(&run.business_key.as_str().into()).await,
        }
    }

    fn recorded(&self, tx: &mut Tx<'_>, run: &Run, call: &Call) -> Result<()> {
        match (call.step, call.direction) {
            ("order", Direction::Forward) => store::set_order(tx, &run.business_key, &run.answer("order")?),
            ("channel", Direction::Forward) => self.at_the_channel(tx, run, &run.answer("channel")?),
            _ => Ok(()),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, payment_no, .. } = run.input()?;
        let now = self.clock.now();
        match end {
            End::Succeeded => {
                let payment = answer(store::require(tx, payment_no.as_str())?, &run.answer("channel")?)?;
                slot.finish(tx, now, Ok(&payment))?;
                serde_json::to_string(&payment).map(Some).map_err(Error::internal)
            }
            End::Compensated(reason) => {
                let refused = refusal(reason);
                let change = Change {
                    cause: "refused",
                    error_code: &reason.code,
                    error_msg: &reason.message,
                    ..Change::default()
                };
                store::transition(
                    tx,
                    payment_no.as_str(),
                    [&PaymentStatus::Pending, &PaymentStatus::Failed],
                    change,
                    &self.figures,
                    now,
                )?;
                slot.finish::<Payment>(tx, now, Err(&refused))?;
                Ok(None)
            }
            // The slot stays open, and so does the incident: repeats hear that the payment is not decided.
            End::Attention(_) => Ok(None),
        }
    }
}

// === the steps ===

impl Create {
    async fn check(&self, Input { request, id, .. }: &Input) -> Outcome {
        let money = Money::new(request.amount, request.currency);
        let related = RelatedId::from(Uuid::from(*id));
        let check = PaymentCheck {
            payer_ip: request.customer_ip.clone(),
            payer_email: Some(request.customer_email.clone()),
            payer_phone: request.customer_phone.clone(),
            payment_method: request.pay_method.as_ref().map(ToString::to_string),
            ..PaymentCheck::new(request.merchant_id, RelatedType::Payment, related, money)
        };
        match self.deps.risk.check_risk(&check).await {
            Ok(risk) if risk.decision == Decision::Reject => {
                Outcome::Declined(domain::refused("RISK_REJECTED", &risk.reasons.join("; ")))
            }
            Ok(risk) => Outcome::done(&risk.decision),
            Err(error) if error.certainty() == Certainty::Processed => error.into(),
            Err(error) => self.unchecked(money, &error),
        }
    }

    /// What becomes of a payment that nobody has checked.
    fn unchecked(&self, money: Money, why: &Error) -> Outcome {
        let configuration = self.configuration.current();
        let admitted = configuration.risk_absence.admits(money);
        tracing::warn!(%money, admitted, version = configuration.version, error = %why, "a payment is not checked");
        if admitted {
            return Outcome::done(&Decision::from(UNCHECKED));
        }
        Outcome::Declined(domain::refused("RISK_UNAVAILABLE", "the payment cannot be checked now; try a new one later"))
    }

    async fn order(&self, Input { request, payment_no, .. }: &Input, call: &Call) -> Outcome {
        let item = NewOrderItem {
            product_id: request.order_no.to_string(),
            product_name: text::given(request.description.as_ref())
                .unwrap_or_else(|| format!("Order {}", request.order_no)),
            unit_price: request.amount,
            quantity: 1,
            ..NewOrderItem::default()
        };
        let extra = json!({ "payment_no": payment_no, "merchant_order_no": request.order_no });
        let order = CreateOrder {
            customer_email: request.customer_email.clone(),
            customer_name: text::given(request.customer_name.as_ref())
                .unwrap_or_else(|| request.customer_email.clone()),
            customer_phone: request.customer_phone.clone(),
            customer_ip: request.customer_ip.clone(),
            language: request.language.clone(),
            extra: extra.as_object().cloned(),
            ..CreateOrder::new(request.merchant_id, request.currency, vec![item])
        };
        let made = self.deps.orders.with(keyed(call)).create_order(&order).await;
        made.map(|Order { order_no, .. }| order_no).into()
    }

    async fn channel(&self, input: &Input, call: &Call) -> Outcome {
        if call.doubt
            && let Some(known) = self.ask(&input.payment_no).await
        {
            return known;
        }
        let Input { request, payment_no, .. } = input;
        let payment = CreateChannelPayment {
            merchant_id: Some(request.merchant_id),
            channel: Some(domain::route(request)),
            payment_no: payment_no.clone(),
            order_no: Some(request.order_no.clone()),
            amount: request.amount,
            currency: Some(request.currency),
            customer_email: Some(request.customer_email.clone()),
            customer_name: request.customer_name.clone(),
            description: request.description.clone(),
            success_url: Some(request.return_url.clone()),
            cancel_url: Some(request.return_url.clone()),
            extra: coin(request),
            ..CreateChannelPayment::default()
        };
        self.deps.payments.with(keyed(call)).create_channel_payment_alias(&payment).await.into()
    }

    /// What the channel knows of a payment that an earlier attempt may have started; nothing when it knows none, so
    /// that the attempt is repeated under its key.
    async fn ask(&self, payment_no: &PaymentNo) -> Option<Outcome> {
        let query = QueryChannelPayment { payment_no: payment_no.clone(), ..QueryChannelPayment::default() };
        match self.deps.payments.query_channel_payment_by_body(&query).await {
            Ok(state) if state.status == ChannelPaymentStatus::Failed => {
                Some(Outcome::Declined(domain::refused("CHANNEL_DECLINED", "the channel refused the payment")))
            }
            Ok(state) if state.channel_trade_no.as_str().is_empty() => None,
            Ok(state) => Some(Outcome::done(&ChannelPayment {
                payment_no: state.payment_no,
                channel_trade_no: state.channel_trade_no,
                client_secret: None,
                payment_url: None,
                qr_code_url: None,
                status: state.status,
                extra: None,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => Some(Outcome::Unknown(error)),
        }
    }

    async fn cancel(&self, payment_no: &PaymentNo) -> Outcome {
        match self.deps.payments.cancel_channel_payment(payment_no).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Outcome::done(&()),
            result => result.map(drop).into(),
        }
    }

    /// The callback may have been faster; then its word stands.
    fn at_the_channel(&self, tx: &mut Tx<'_>, run: &Run, payment: &ChannelPayment) -> Result<()> {
        let number = Some(payment.channel_trade_no.as_str());
        let change = Change { cause: "channel", channel_order_no: number, ..Change::default() };
        let edge = [&PaymentStatus::Pending, &PaymentStatus::Processing];
        if store::transition(tx, &run.business_key, edge, change, &self.figures, self.clock.now())? {
            return Ok(());
        }
        // What told of the end need not have known the channel's number.
        store::set_channel_order(tx, &run.business_key, payment.channel_trade_no.as_str())
    }
}

/// The answer to the merchant: the payment, and where its payer goes to pay.
fn answer(mut payment: Payment, channel: &ChannelPayment) -> Result<Payment> {
    let mut extra: serde_json::Map<_, _> = serde_json::from_str(&payment.extra).map_err(Error::internal)?;
    for (name, value) in [
        ("payment_url", channel.payment_url.as_deref()),
        ("qr_code_url", channel.qr_code_url.as_deref()),
        ("client_secret", channel.client_secret.as_ref().map(SecretText::expose)),
    ] {
        extra.insert(name.to_owned(), value.unwrap_or_default().into());
    }
    if payment.channel == Channel::Crypto {
        extra.extend(channel.extra.clone().unwrap_or_default());
    }
    payment.extra = serde_json::to_string(&extra).map_err(Error::internal)?;
    Ok(payment)
}

/// In which coin the payer wants to pay, if it is said.
fn coin(request: &CreatePayment) -> Option<JsonObject> {
    let said = request.extra.as_ref().filter(|_| domain::route(request) == Channel::Crypto)?;
    let named = ["network", "symbol"].into_iter().filter_map(|name| Some((name.to_owned(), said.get(name)?.clone())));
    Some(named.collect())
}
