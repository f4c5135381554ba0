//! A shop of the console's own. It is let in as any shop is, by the services' own APIs, and pays through the typed client; an
//! outcome that is in doubt is found out, as a careful caller does it.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use payment_clients::{
    apis::{
        ids::{MerchantId, MerchantOrderNo},
        payment_gateway::{CreatePayment, Payment, PaymentApi},
    },
    client::wire::Signer,
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        idempotency::IdempotencyKey,
        indeterminate::Resolution,
        money::{Currency, Money},
        options::{CallOptions, WithOptions},
    },
    platform::PaymentGatewayClient,
    resilience::gate::Phase,
    seams::Rng,
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::OnceCell,
    task::AbortHandle,
    time::{Instant, interval, sleep},
};
use tracing::Instrument;

use super::{Desk, Scene, journal::Kind};
use crate::{
    demo::merchant,
    platform::clients,
    registry::Name,
    watch::picture::{Breaker, Calls},
};

/// The shop's name.
const NAME: &str = "Console shop";
/// The name under which its calls are shown.
const CALLER: &str = "console";
/// Most payments that are asked for each second.
pub(super) const MOST: u64 = 20;
/// Payments under way at once; beyond it, none is asked for.
const AT_ONCE: u64 = 200;
/// How long a doubt is asked about.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of payments that go on by themselves, one is told of in this time.
const TOLD_EVERY: Duration = Duration::from_secs(3);
/// How often the shop asks to be let in, and how long it waits in between.
const TRIES: u32 = 5;
const BREATH: Duration = Duration::from_millis(500);
/// What a service that is away, or busy, answers with.
const AWAY: [ErrorKind; 5] =
    [ErrorKind::Unreachable, ErrorKind::Interrupted, ErrorKind::Timeout, ErrorKind::Unavailable, ErrorKind::Gateway];
/// Latencies that percentiles are made of.
const REMEMBERED: usize = 512;
/// Minor units: what things cost.
const PRICES: [i64; 6] = [1_999, 4_900, 550, 12_345, 7_700, 2_595];

/// The shop, open or not yet.
#[derive(Debug, Default)]
pub(super) struct Shop {
    open: OnceCell<Open>,
    steady: Mutex<Option<(u64, AbortHandle)>>,
    counts: Counts,
    /// What the last look saw.
    last: Mutex<Option<(Instant, [u64; 3])>>,
}

#[derive(Debug)]
struct Open {
    id: MerchantId,
    gateway: PaymentGatewayClient,
    /// Tells its order numbers from those of an earlier console.
    run: String,
    sold: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    refused: AtomicU64,
    unknown: AtomicU64,
    under_way: AtomicU64,
    held_back: AtomicU64,
    took_us: Mutex<VecDeque<u64>>,
    /// When a payment that nobody asked for by itself was told of.
    told: Mutex<Option<Instant>>,
}

/// What the shop has done since the console was opened.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Takings {
    /// Whether it has been let in.
    pub open: bool,
    /// Payments a second that it goes on asking for.
    pub per_second: u64,
    /// Taken on.
    pub done: u64,
    /// Answered with no.
    pub refused: u64,
    /// In doubt at first; each was asked about.
    pub unknown: u64,
    /// Not answered yet.
    pub under_way: u64,
    /// Not asked for, since too many were under way.
    pub held_back: u64,
}

/// Who pays, which is how the simulated channel is told to behave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Customer {
    /// The money is taken, and told once.
    #[default]
    Usual,
    /// The card is declined.
    Decline,
    /// The money is taken and the channel's answer is lost.
    LoseAnswer,
    /// The channel tells it three times.
    Duplicate,
    /// The money is taken two seconds later.
    Late,
    /// The money is taken and nobody is told.
    Silent,
}

impl Customer {
    const fn mailbox(self) -> &'static str {
        match self {
            Self::Usual => "customer",
            Self::Decline => "decline",
            Self::LoseAnswer => "lose_answer",
            Self::Duplicate => "duplicate",
            Self::Late => "late",
            Self::Silent => "silent",
        }
    }
}

// === what it has done ===

impl Shop {
    /// What it has done.
    pub(super) fn takings(&self) -> Takings {
        let Counts { done, refused, unknown, under_way, held_back, .. } = &self.counts;
        let [done, refused, unknown, under_way, held_back] =
            [done, refused, unknown, under_way, held_back].map(|count| count.load(Ordering::Relaxed));
        let per_second = self.steady().as_ref().map_or(0, |(rate, _)| *rate);
        Takings { open: self.open.initialized(), per_second, done, refused, unknown, under_way, held_back }
    }

    /// Its calls since the last look, as the services tell theirs.
    pub(super) fn calls(&self) -> Option<Calls> {
        let status = self.open.get()?.gateway.base().status();
        let Takings { done, refused, unknown, .. } = self.takings();
        let (now, counts) = (Instant::now(), [done, refused, unknown]);
        let last = locked(&self.last).replace((now, counts));
        let (since, before) = last.unwrap_or((now, counts));
        let elapsed = u64::try_from((now - since).as_millis()).unwrap_or(u64::MAX).max(1);
        let mut milli = counts.into_iter().zip(before).map(|(now, before)| (now - before) * 1_000_000 / elapsed);
        let mut next = || milli.next().unwrap_or_default();
        let mut took: Vec<_> = locked(&self.counts.took_us).drain(..).collect();
        took.sort_unstable();
        let percentile =
            |permille: usize| took.get((took.len() * permille / 1000).min(took.len().checked_sub(1)?)).copied();
        Some(Calls {
            from: CALLER,
            to: Name::PaymentGateway.service().name.to_owned(),
            done_milli: next(),
            refused_milli: next(),
            unknown_milli: next(),
            news_milli: 0,
            p50_us: percentile(500),
            p99_us: percentile(990),
            retries_milli: 0,
            breaker: status.instances.iter().map(|instance| breaker(instance.phase)).max().unwrap_or_default(),
            in_flight: status.instances.iter().map(|instance| instance.in_flight).sum(),
            limit: status.instances.iter().map(|instance| instance.limit).sum(),
            queued: status.queued.iter().sum(),
            budget: Some(u64::from(status.budget_left / 1000)),
        })
    }

    fn steady(&self) -> MutexGuard<'_, Option<(u64, AbortHandle)>> {
        locked(&self.steady)
    }
}

const fn breaker(phase: Phase) -> Breaker {
    match phase {
        Phase::Closed => Breaker::Closed,
        Phase::Ramping => Breaker::Ramping,
        Phase::HalfOpen => Breaker::HalfOpen,
        Phase::Open => Breaker::Open,
    }
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

// === what it does ===

/// Lets the shop in, if it is not yet.
///
/// # Errors
/// When a service refuses a step.
pub(super) async fn open(desk: &Desk) -> Result<()> {
    let admit = async || {
        let scene = &desk.scene;
        let shop = admit(desk).await?;
        let signer: Arc<dyn Signer> = Arc::new(shop.key);
        let signed = |name| (name == Name::PaymentGateway).then(|| Arc::clone(&signer));
        let gateway = clients(&scene.urls, None, signed)?.payment_gateway()?;
        let run = format!("{:08x}", Rng::system()?.bits() & 0xffff_ffff);
        desk.journal.write(Kind::Good, format!("{NAME} has been let in as a merchant"));
        Ok::<_, Error>(Open { id: shop.id, gateway, run, sold: AtomicU64::new(0) })
    };
    desk.shop.open.get_or_try_init(admit).await.map(drop)
}

/// What another try has done already, the next one finds; so a service that does not answer is asked a few times.
async fn admit(desk: &Desk) -> Result<merchant::Shop> {
    let Scene { urls, clock, .. } = &desk.scene;
    for _ in 1..TRIES {
        match merchant::admit(urls, &desk.secrets, clock, NAME).await {
            Err(error) if AWAY.contains(&error.kind()) => sleep(BREATH).await,
            ended => return ended,
        }
    }
    merchant::admit(urls, &desk.secrets, clock, NAME).await
}

/// Pays once, and tells what came of it if somebody has asked for this one. Nobody waits for it.
pub(super) fn pay(desk: &Arc<Desk>, customer: Customer, asked_for: bool) {
    let desk = Arc::clone(desk);
    desk.shop.counts.under_way.fetch_add(1, Ordering::Relaxed);
    tokio::spawn(async move {
        if let Some(open) = desk.shop.open.get() {
            let span = tracing::info_span!("console pays", service = CALLER);
            sell(&desk, open, customer, asked_for).instrument(span).await;
        }
        desk.shop.counts.under_way.fetch_sub(1, Ordering::Relaxed);
    });
}

/// Goes on paying so often, until it is stopped or told another rate; 0 stops.
pub(super) fn steady(desk: &Arc<Desk>, per_second: u64) {
    let mut steady = desk.shop.steady();
    if let Some((_, running)) = steady.take() {
        running.abort();
    }
    let Some(every) = Duration::from_secs(1).checked_div(u32::try_from(per_second).unwrap_or(0)) else { return };
    let (paying, mut closing) = (Arc::clone(desk), desk.closing.clone());
    let task = tokio::spawn(async move {
        let mut ticks = interval(every);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = closing.begun() => return,
            }
            let counts = &paying.shop.counts;
            if counts.under_way.load(Ordering::Relaxed) < AT_ONCE {
                pay(&paying, Customer::Usual, false);
            } else {
                counts.held_back.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    *steady = Some((per_second, task.abort_handle()));
}

async fn sell(desk: &Desk, open: &Open, customer: Customer, asked_for: bool) {
    let (counts, number) = (&desk.shop.counts, open.sold.fetch_add(1, Ordering::Relaxed));
    let request = open.payment(customer, number);
    let key = match IdempotencyKey::new(request.order_no.as_str()) {
        Ok(key) => key,
        Err(error) => return desk.journal.write(Kind::Bad, error.to_string()),
    };
    let order_no = &request.order_no;
    let begun = Instant::now();
    let answer = open.gateway.with(CallOptions::new().key(key)).create_payment(&request).await;
    counts.took(begun.elapsed());
    let error = match answer {
        Ok(paid) => {
            counts.done.fetch_add(1, Ordering::Relaxed);
            if asked_for {
                desk.journal.write(Kind::Good, format!("paid {order_no}: {}, {}", paid.payment_no, paid.status));
            }
            return;
        }
        Err(error) => error,
    };
    let (why, is_told) = (error.to_string(), counts.is_told(asked_for));
    match error.into_indeterminate() {
        Ok(doubt) => {
            counts.unknown.fetch_add(1, Ordering::Relaxed);
            if is_told {
                desk.journal.write(Kind::Unknown, format!("{order_no} is in doubt: {why}; it is asked about"));
            }
            let (kind, text) = found_out(doubt.reconcile_within(PATIENCE).await);
            if is_told || kind != Kind::Good {
                desk.journal.write(kind, format!("{order_no} was in doubt: {text}"));
            }
        }
        Err(error) => {
            counts.refused.fetch_add(1, Ordering::Relaxed);
            let nothing = if error.certainty() == Certainty::Processed { "" } else { "; nothing was done" };
            if is_told {
                desk.journal.write(Kind::Bad, format!("{order_no} was refused: {why}{nothing}"));
            }
        }
    }
}

fn found_out(found: Result<Resolution>) -> (Kind, String) {
    match found {
        Ok(Resolution::Found(answer) | Resolution::Answered(answer)) => match answer.decode::<Payment>() {
            Ok(paid) => (Kind::Good, format!("it was taken on, once: {}", paid.payment_no)),
            Err(_) => (Kind::Good, "it was taken on, once".to_owned()),
        },
        Ok(Resolution::Refused(error)) => (Kind::Bad, format!("it was refused: {error}")),
        Ok(Resolution::NotFound(_) | Resolution::Unresolved(_)) => {
            (Kind::Unknown, format!("nothing could be learned in {} s", PATIENCE.as_secs()))
        }
        Err(error) => (Kind::Unknown, format!("nothing could be learned: {error}")),
    }
}

impl Open {
    fn payment(&self, customer: Customer, number: u64) -> CreatePayment {
        let place = usize::try_from(number).unwrap_or_default() % PRICES.len();
        let price = PRICES.get(place).copied().unwrap_or(1_000);
        let order_no = MerchantOrderNo::from(format!("console-{}-{}", self.run, number + 1));
        CreatePayment {
            customer_email: format!("{}@example.com", customer.mailbox()).into(),
            customer_name: Some("A visitor of the console".into()),
            description: Some("Paid from the console".to_owned()),
            notify_url: "https://shop.example/notify".to_owned(),
            return_url: "https://shop.example/thanks".to_owned(),
            ..CreatePayment::new(self.id, order_no, Money::new(price, Currency::USD))
        }
    }
}

impl Counts {
    /// Whether to tell what became of a payment: of all that somebody has asked for, and of some of the others.
    fn is_told(&self, asked_for: bool) -> bool {
        let (now, mut told) = (Instant::now(), locked(&self.told));
        let due = asked_for || told.is_none_or(|told| now - told > TOLD_EVERY);
        if due {
            *told = Some(now);
        }
        due
    }

    fn took(&self, elapsed: Duration) {
        let mut took = locked(&self.took_us);
        if took.len() >= REMEMBERED {
            took.pop_front();
        }
        took.push_back(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
    }
}
