//! Where the day is played: the processes, the clock of all of them, and what the acts do with both.
//!
//! | file | part |
//! |---|---|
//! | `faults` | what can be done to the services |
//! | [`selling`] | sales, and what became of them |

mod faults;
pub mod selling;

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs::OpenOptions,
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use payment_clients::{
    contract::{
        error::{Error, Result},
        options::CallOptions,
        timestamp::Timestamp,
    },
    platform::Platform,
    seams::Rng,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep};

use super::{
    Plan,
    cast::{self, Shop},
    sales::Sales,
};
use crate::{
    check,
    demo::{
        history::{History, Question},
        merchant::{as_staff, staff},
    },
    host::Secrets,
    kit::{bus::Bus, clock::Clock, invariants::Violation, store::Stores},
    platform::Urls,
    registry::Name,
    supervisor::{calls::Calls, plant::Plant},
};

/// Services that are reached through a relay: those that acts cut off.
pub const RELAYED: [Name; 4] = [Name::Risk, Name::Accounting, Name::ChannelSim, Name::BankSim];
/// Longest time until what an act asks for has an outcome.
const ACT: Duration = Duration::from_secs(180);
/// Longest time until a service has stopped that is asked to.
const STOP: Duration = Duration::from_secs(20);
/// Longest time until everything has come to rest.
const REST: Duration = Duration::from_secs(180);
/// Between two looks at what is awaited.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Who waits for nothing but time is given this much of it, so often: milliseconds.
const NUDGE_EVERY: Duration = Duration::from_secs(2);
const NUDGE: i64 = 40_000;

/// The stage.
pub struct Stage<'a> {
    plan: &'a Plan,
    plant: Arc<Plant>,
    told: bool,
    /// What did not come to rest once is not waited for again.
    restless: Cell<bool>,
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
    /// A stage over these processes.
    ///
    /// # Errors
    /// When a file of the run cannot be read or written.
    pub fn open(plan: &'a Plan, plant: Arc<Plant>, sales: Sales, rng: Rng) -> Result<Self> {
        let program = &plan.program;
        let (urls, clock) = (plant.urls().clone(), plant.clock());
        let secrets = Secrets::open(&program.dir)?;
        Ok(Self {
            plant,
            told: plan.told,
            restless: Cell::new(false),
            staff: staff(&urls, &secrets, &clock)?,
            calls: Calls::until(Instant::now() + ACT),
            history: History::open(&program.dir)?,
            shops: Vec::new(),
            new_fees_since: None,
            plan,
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
        self.plant.stop_gently(STOP).await
    }

    /// Waits until nothing is on its way between the services.
    ///
    /// # Errors
    /// When that does not come, with what is on its way; when a process that has ended cannot be started again.
    pub async fn rest(&self) -> Result<()> {
        let patience = if self.restless.get() { Duration::ZERO } else { REST };
        let until = Instant::now() + patience;
        let rested = async {
            loop {
                self.plant.revive().await?;
                let stores = self.plan.stores.clone();
                let look = tokio::task::spawn_blocking(move || check::moving(&stores));
                let moving = match look.await.map_err(Error::internal)? {
                    Ok(None) => return Ok(()),
                    Ok(Some(Violation { row, wrong, .. })) => format!("{row} {wrong}"),
                    // A service that starts at this moment may be writing its schema.
                    Err(error) => error.to_string(),
                };
                if Instant::now() > until {
                    self.restless.set(true);
                    let text = format!("after {} s not all has come to rest: {moving}", patience.as_secs());
                    return Err(Error::configuration(text));
                }
                sleep(LOOK_EVERY).await;
            }
        };
        self.hastened(rested).await
    }

    /// Where the stores are.
    pub fn stores(&self) -> &Stores {
        &self.plan.stores
    }

    /// What carries events.
    pub fn bus(&self) -> &Bus {
        &self.plan.bus
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

    /// Waits for something that only time brings, such as a question that is asked after a while: time passes faster.
    ///
    /// # Errors
    /// That of what is waited for.
    pub async fn hastened<T>(&self, waiting: impl Future<Output = Result<T>>) -> Result<T> {
        let mut waiting = std::pin::pin!(waiting);
        loop {
            tokio::select! {
                came = &mut waiting => return came,
                () = sleep(NUDGE_EVERY) => self.plant.pass(NUDGE)?,
            }
        }
    }

    /// The day, as operations take it.
    pub fn today(&self) -> String {
        Timestamp::from_unix_ms(self.clock.now()).to_string().chars().take(10).collect()
    }
}
