//! All services as processes, with the network before them, the clock of all of them, and the book of what was done: what
//! an operator of a demonstration, or a day that is played, has in hand. Everything that is done is written down first.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex as Lock, MutexGuard, PoisonError},
    time::Duration,
};

use payment_clients::contract::error::{Error, Result};
use serde::Serialize;
use tokio::sync::Mutex;

use super::{
    book::{Fault, Faults},
    processes::{Fleet, Program},
    relay::{Relay, Weather},
};
use crate::{
    kit::clock::{Clock, Dial},
    platform::{Ports, Urls},
    registry::Name,
};

/// The file in the run's folder that the clocks of all processes look at.
pub const CLOCK: &str = "clock";

/// Longest time until all processes answer.
const BOOT: Duration = Duration::from_secs(60);

/// The processes of all services.
#[derive(Debug)]
pub struct Plant {
    fleet: Mutex<Fleet>,
    relays: BTreeMap<Name, Relay>,
    /// Those that were killed and not started again.
    absent: Lock<BTreeSet<Name>>,
    dial: Dial,
    faults: Faults,
    urls: Urls,
}

/// What was done to one service, and still is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// False from when it is killed until it is started again.
    pub running: bool,
    /// How the network before it is, in one word; nothing where it is reached directly.
    pub weather: Option<&'static str>,
}

impl Plant {
    /// Starts all services, those of `behind` each behind a relay, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started or does not answer, or a port is taken.
    pub async fn open(program: &Program, dial: Dial) -> Result<Self> {
        let mut relays = BTreeMap::new();
        for (name, to) in &program.behind {
            relays.insert(*name, Relay::open(program.ports.of(*name).unwrap_or_default(), *to).await?);
        }
        let mut fleet = Fleet::start(program.clone())?;
        fleet.ready(BOOT).await?;
        let faults = Faults::open(&program.dir)?;
        Ok(Self { fleet: Mutex::new(fleet), relays, absent: Lock::default(), dial, faults, urls: program.urls() })
    }

    /// Where the services are reached.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The clock of all of them.
    pub fn clock(&self) -> Clock {
        self.dial.clock()
    }

    /// How each service is.
    pub fn conditions(&self) -> BTreeMap<Name, Condition> {
        let absent = self.absent();
        let condition = |name: &Name| {
            let weather = self.relays.get(name).map(|relay| relay.weather().word());
            (*name, Condition { running: !absent.contains(name), weather })
        };
        Name::ALL.iter().map(condition).collect()
    }

    /// Kills these without a warning; they stay dead until they are restarted.
    ///
    /// # Errors
    /// When one cannot be killed.
    pub async fn kill_for_now(&self, names: &[Name]) -> Result<()> {
        for name in names {
            self.note("kill", Some(*name))?;
        }
        let mut fleet = self.fleet.lock().await;
        self.absent().extend(names);
        fleet.kill_for_now(names).await
    }

    /// Starts these, which are dead, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started.
    pub async fn restart(&self, names: &[Name]) -> Result<()> {
        let mut fleet = self.fleet.lock().await;
        fleet.restart(names)?;
        self.absent().retain(|name| !names.contains(name));
        fleet.ready(BOOT).await
    }

    /// Starts again what has ended by itself.
    ///
    /// # Errors
    /// When one cannot be started.
    pub async fn revive(&self) -> Result<()> {
        self.fleet.lock().await.revive()
    }

    /// Changes the network before a service.
    ///
    /// # Errors
    /// When the fault cannot be written down, or the service is reached directly.
    pub fn weather(&self, name: Name, weather: Weather) -> Result<()> {
        let Some(relay) = self.relays.get(&name) else {
            return Err(Error::invalid_request(format!("{name} is reached directly here, with nothing in between")));
        };
        if weather != Weather::Fair {
            self.note(weather.word(), Some(name))?;
        }
        relay.set(weather);
        Ok(())
    }

    /// Lets so many milliseconds pass.
    ///
    /// # Errors
    /// When the clock cannot be moved.
    pub fn pass(&self, by_ms: i64) -> Result<()> {
        self.dial.turn(by_ms)
    }

    /// Moves the clock of everybody, and calls it a fault.
    ///
    /// # Errors
    /// As [`pass`](Self::pass).
    pub fn jump(&self, by_ms: i64) -> Result<()> {
        self.note("clock", None)?;
        self.dial.turn(by_ms)
    }

    /// Stops all services, gently, and answers how often which was killed.
    ///
    /// # Errors
    /// When one cannot be stopped.
    pub async fn stop_gently(&self, within: Duration) -> Result<BTreeMap<Name, u32>> {
        let mut fleet = self.fleet.lock().await;
        let kills = fleet.kills();
        fleet.stop_gently(within).await?;
        Ok(kills)
    }

    fn note(&self, kind: &str, service: Option<Name>) -> Result<()> {
        let service = service.map(|name| name.to_string());
        self.faults.note(&Fault { at: self.clock().now(), kind: kind.to_owned(), service })
    }

    fn absent(&self) -> MutexGuard<'_, BTreeSet<Name>> {
        self.absent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where these services listen, each behind a relay at its own port: behind the ports of all.
///
/// # Errors
/// When there are no such ports.
pub fn behind(ports: Ports, names: &[Name]) -> Result<BTreeMap<Name, u16>> {
    let last = Name::ALL.iter().filter_map(|name| ports.of(*name)).max().unwrap_or_default();
    let place = |(name, place): (&Name, u16)| {
        let port = last.checked_add(place);
        let none =
            || Error::configuration("there are no ports behind those of the services; use lower ones with --ports");
        port.map(|port| (*name, port)).ok_or_else(none)
    };
    names.iter().zip(1..).map(place).collect()
}
