//! What can be done to the services: to their processes, to the network before them, and to their clock.

use std::time::Duration;

use payment_clients::contract::error::Result;
use tokio::time::sleep;

use super::{BOOT, Stage};
use crate::{
    day::{DAY_BEGINS, book::Fault},
    registry::Name,
    supervisor::relay::Weather,
};

/// How long a client that has lost somebody needs to notice that he is back.
const RECOVERY: Duration = Duration::from_secs(6);

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
        let ahead = DAY_BEGINS + minute * 60_000 - self.clock.now();
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
}
