//! Where the day is played: the processes, the clock of all of them, and what the acts do with both.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::{self, Write},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use payment_clients::{
    apis::{
        ids::MerchantOrderNo,
        payment_gateway::{CreatePayment, Payment, PaymentApi, PaymentFilter, PaymentStatus},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        options::{CallOptions, WithOptions},
        timestamp::Timestamp,
    },
    platform::Platform,
    seams::Rng,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

use super::{
    Plan,
    book::{Fault, Faults},
    cast::{self, Shop},
    sales::{Sale, Sales},
};
use crate::{
    check,
    demo::{
        history::{History, Question},
        merchant::{as_staff, staff},
    },
    host::Secrets,
    kit::{
        clock::{Clock, Dial},
        store::Stores,
    },
    platform::Urls,
    registry::Name,
    supervisor::{
        calls::Calls,
        processes::Fleet,
        relay::{Relay, Weather},
    },
};

/// Services that are reached through a relay: those that acts cut off.
pub const RELAYED: [Name; 4] = [Name::Risk, Name::Accounting, Name::ChannelSim, Name::BankSim];
/// Longest time until all processes answer.
const BOOT: Duration = Duration::from_secs(60);
/// Longest time until what an act asks for has an outcome.
const ACT: Duration = Duration::from_secs(60);
/// Longest time until everything has come to rest.
const REST: Duration = Duration::from_secs(60);
/// Between two looks at what is awaited.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Who waits for nothing but time is given this much of it, so often: milliseconds.
const NUDGE_EVERY: Duration = Duration::from_secs(2);
const NUDGE: i64 = 40_000;
/// How long a client that has lost somebody needs to notice that he is back.
const RECOVERY: Duration = Duration::from_secs(6);

/// The stage.
pub struct Stage<'a> {
    plan: &'a Plan,
    relays: BTreeMap<Name, Relay>,
    fleet: Mutex<Fleet>,
    dial: Dial,
    faults: Faults,
    told: bool,
    /// Where the services are.
    pub urls: Urls,
    /// What they know.
    pub secrets: Secrets,
    /// The time.
    pub clock: Clock,
    /// What is left to chance, by the seed.
    pub rng: Rng,
    /// Finds outcomes out.
    pub calls: Calls,
    /// What merchants asked, and were answered.
    pub history: History,
    /// The clients of staff.
    pub staff: Platform,
    /// Who has been let in.
    pub shops: Vec<Shop>,
    /// What is still to be sold.
    pub sales: Sales,
    /// Since when there are other fees, if there are.
    pub new_fees_since: Option<i64>,
}

// === impl Stage ===

impl<'a> Stage<'a> {
    /// Starts all services, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started, or does not answer.
    pub async fn open(plan: &'a Plan, dial: Dial, sales: Sales, rng: Rng) -> Result<Self> {
        let program = &plan.program;
        let mut relays = BTreeMap::new();
        for name in RELAYED {
            let to = program.behind.get(&name).copied().unwrap_or_default();
            relays.insert(name, Relay::open(program.ports.of(name).unwrap_or_default(), to).await?);
        }
        let mut fleet = Fleet::start(program.clone())?;
        let (urls, clock) = (program.urls(), dial.clock());
        fleet.ready(BOOT).await?;
        let secrets = Secrets::open(&program.dir)?;
        Ok(Self {
            relays,
            fleet: Mutex::new(fleet),
            faults: Faults::open(&program.dir)?,
            told: plan.told,
            staff: staff(&urls, &secrets, &clock)?,
            calls: Calls::until(Instant::now() + ACT),
            history: History::open(&program.dir)?,
            shops: Vec::new(),
            new_fees_since: None,
            plan,
            dial,
            urls,
            secrets,
            clock,
            rng,
            sales,
        })
    }

    /// A new act begins; what it asks for has its own time.
    pub fn begin(&mut self, hour: i64, title: &str) {
        self.calls = Calls::until(Instant::now() + ACT);
        self.say(format_args!("{:02}:{:02}  {title}", hour / 60 % 24, hour % 60));
    }

    /// Tells what happens.
    pub fn tell(&self, what: impl std::fmt::Display) {
        self.say(format_args!("       {what}"));
    }

    fn say(&self, line: std::fmt::Arguments<'_>) {
        if self.told {
            // A reader that went away is no reason to stop.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// Stops all services, gently, and answers how often which was killed.
    ///
    /// # Errors
    /// When one cannot be stopped.
    pub async fn close(self) -> Result<BTreeMap<Name, u32>> {
        let mut fleet = self.fleet.into_inner();
        let kills = fleet.kills();
        fleet.stop_gently(Duration::from_secs(20)).await?;
        Ok(kills)
    }

    /// Waits until nothing is on its way between the services; false when that does not come.
    ///
    /// # Errors
    /// When a process that has ended cannot be started again.
    pub async fn rest(&self) -> Result<bool> {
        let until = Instant::now() + REST;
        let rested = async {
            while Instant::now() < until {
                self.fleet.lock().await.revive()?;
                let stores = self.plan.stores.clone();
                let look = tokio::task::spawn_blocking(move || check::is_at_rest(&stores));
                // A service that starts at this moment may be writing its schema.
                if look.await.map_err(Error::internal)?.unwrap_or(false) {
                    return Ok(true);
                }
                sleep(LOOK_EVERY).await;
            }
            Ok(false)
        };
        self.hastened(rested).await
    }

    /// Where the stores are.
    pub fn stores(&self) -> &Stores {
        &self.plan.stores
    }

    /// Writes down what no file may hold.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn plant(&self, text: &str) -> Result<()> {
        let path = self.plan.planted();
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut file| writeln!(file, "{text}"));
        written.map_err(|cause| Error::configuration(format!("{}: {cause}", path.display())))
    }
}

// === faults ===

impl Stage<'_> {
    fn note(&self, kind: &str, service: Option<Name>) -> Result<()> {
        let service = service.map(|name| name.to_string());
        self.faults.note(&Fault { at: self.clock.now(), kind: kind.to_owned(), service })
    }

    /// Kills these without a warning, starts them again, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started again.
    pub async fn kill(&self, names: &[Name]) -> Result<()> {
        self.kill_for_now(names).await?;
        self.restart(names).await
    }

    /// Kills these without a warning; they stay dead until they are restarted.
    ///
    /// # Errors
    /// When one cannot be killed.
    pub async fn kill_for_now(&self, names: &[Name]) -> Result<()> {
        for name in names {
            self.note("kill", Some(*name))?;
        }
        self.fleet.lock().await.kill_for_now(names).await
    }

    /// Starts these, which are dead, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started.
    pub async fn restart(&self, names: &[Name]) -> Result<()> {
        let mut fleet = self.fleet.lock().await;
        fleet.restart(names)?;
        fleet.ready(BOOT).await
    }

    /// Changes the network before a service.
    ///
    /// # Errors
    /// When the fault cannot be written down.
    pub fn weather(&self, name: Name, weather: Weather) -> Result<()> {
        let word = match weather {
            Weather::Fair => None,
            Weather::Cut => Some("cut"),
            Weather::Slow(_) => Some("slow"),
            Weather::Deaf => Some("deaf"),
            Weather::Robbed(_) => Some("robbed"),
        };
        word.map_or(Ok(()), |word| self.note(word, Some(name)))?;
        if let Some(relay) = self.relays.get(&name) {
            relay.set(weather);
        }
        Ok(())
    }

    /// Waits until those who had lost somebody have noticed that he is back.
    pub async fn recover(&self) {
        sleep(RECOVERY).await;
    }

    /// Moves the clock of everybody to a minute of the day, if it is not later already.
    ///
    /// # Errors
    /// When the clock cannot be moved.
    pub fn clock_to(&self, minute: i64) -> Result<()> {
        let ahead = super::DAY_BEGINS + minute * 60_000 - self.clock.now();
        if ahead > 0 { self.dial.turn(ahead) } else { Ok(()) }
    }

    /// Lets so many milliseconds pass.
    ///
    /// # Errors
    /// As [`clock_to`](Self::clock_to).
    pub fn clock_on(&self, by_ms: i64) -> Result<()> {
        self.dial.turn(by_ms)
    }

    /// Moves the clock of everybody, and calls it a fault.
    ///
    /// # Errors
    /// As [`clock_to`](Self::clock_to).
    pub fn clock_by(&self, by_ms: i64) -> Result<()> {
        self.note("clock", None)?;
        self.dial.turn(by_ms)
    }

    /// The day, as operations take it.
    pub fn today(&self) -> String {
        Timestamp::from_unix_ms(self.clock.now()).to_string().chars().take(10).collect()
    }
}

// === calls ===

impl Stage<'_> {
    /// Makes a call of a merchant until its outcome is known, and writes down what was asked and answered.
    ///
    /// # Errors
    /// When its outcome cannot be found out.
    pub async fn ask<T: Serialize + DeserializeOwned>(
        &self,
        question: &Question,
        effect: impl Fn(&T) -> String,
        call: impl AsyncFn(CallOptions) -> Result<T>,
    ) -> Result<Option<T>> {
        let written = async |options| {
            self.history.sent(question)?;
            let answer = call(options).await;
            self.history.answered(question, &answer, &effect);
            answer
        };
        let key = question.key.clone();
        self.calls.make("call", key, written).await
    }

    /// Makes calls in the name of one of staff.
    ///
    /// # Errors
    /// That of the calls.
    pub async fn by_staff<T>(&self, who: usize, calls: impl Future<Output = Result<T>>) -> Result<T> {
        as_staff(&cast::staff(who), calls).await
    }

    /// A shop of the cast.
    ///
    /// # Errors
    /// When it was not let in.
    pub fn shop(&self, place: usize) -> Result<&Shop> {
        self.shops.get(place).ok_or_else(|| Error::internal(format!("shop {place} was not let in")))
    }

    /// Sells, and answers which payments were taken on, in the order of the sales.
    ///
    /// # Errors
    /// When an outcome cannot be found out.
    pub async fn sell(&self, sales: Vec<Sale>) -> Result<Vec<Payment>> {
        let sold = stream::iter(sales).map(|sale| self.sale(sale)).buffered(self.plan.concurrency.max(1));
        Ok(sold.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    async fn sale(&self, sale: Sale) -> Result<Option<Payment>> {
        let shop = self.shop(sale.shop)?;
        let (asked, gateway) = (payment(shop, &sale), shop.program.payment_gateway()?);
        let pay = async |options| gateway.with(options).create_payment(&asked).await;
        self.ask(&Question::pay(&asked), |paid: &Payment| paid.payment_no.to_string(), pay).await
    }

    /// Waits until every payment has ended.
    ///
    /// # Errors
    /// When one does not.
    pub async fn settled(&self) -> Result<()> {
        for shop in &self.shops {
            let gateway = shop.program.payment_gateway()?;
            let open = async |status| {
                let filter = PaymentFilter {
                    merchant_id: Some(shop.id),
                    status: Some(status),
                    page_size: Some(1),
                    ..PaymentFilter::default()
                };
                gateway.list_payments(&filter).await.map(|page| page.total)
            };
            let ended = async || {
                let left = open(PaymentStatus::Pending).await? + open(PaymentStatus::Processing).await?;
                Ok((left == 0).then_some(()))
            };
            self.hastened(self.calls.wait_for("the end of every payment", ended)).await?;
        }
        Ok(())
    }

    /// Waits for something that only time brings, such as a question that is asked after a while: time passes faster.
    ///
    /// # Errors
    /// That of what is waited for.
    pub async fn hastened<T>(&self, waiting: impl Future<Output = Result<T>>) -> Result<T> {
        let mut waiting = std::pin::pin!(waiting);
        loop {
            tokio::select! {
                came = &mut waiting => return came,
                () = sleep(NUDGE_EVERY) => self.dial.turn(NUDGE)?,
            }
        }
    }

    /// Sells, waits until all has ended, and answers what was paid, in the order of the sales.
    ///
    /// # Errors
    /// As [`sell`](Self::sell).
    pub async fn sell_and_wait(&self, sales: Vec<Sale>) -> Result<Vec<Payment>> {
        let sold = self.sell(sales).await?;
        self.settled().await?;
        let looked = stream::iter(sold).map(|payment| async move {
            let shop = self.shops.iter().find(|shop| shop.id == payment.merchant_id);
            let gateway = shop.ok_or_else(|| Error::internal("a payment of no shop"))?.program.payment_gateway()?;
            let look = async || gateway.get_payment(&payment.payment_no).await.map(Some);
            self.calls.wait_for("a payment", look).await
        });
        let ended: Vec<Payment> = looked.buffered(self.plan.concurrency.max(1)).try_collect().await?;
        Ok(ended.into_iter().filter(|payment| payment.status == PaymentStatus::Success).collect())
    }
}

/// What a shop asks its customer to pay. Every fifth pays by PayPal.
pub fn payment(shop: &Shop, sale: &Sale) -> CreatePayment {
    let channel = if sale.number % 5 == 0 { Channel::Paypal } else { Channel::Stripe };
    CreatePayment {
        channel: Some(channel),
        customer_email: sale.email(),
        customer_name: Some(format!("Customer {}", sale.customer)),
        description: Some(format!("Sale {} of {}", sale.number, shop.name)),
        notify_url: "https://shop.example/notify".to_owned(),
        return_url: "https://shop.example/thanks".to_owned(),
        ..CreatePayment::new(shop.id, MerchantOrderNo::from(sale.order_no()), sale.money)
    }
}
