//! What acts do to the services: to their processes, to the network before them, and to their clock.

use std::{cell::Cell, time::Duration};

use payment_clients::contract::error::Result;
use tokio::time::Instant;

use super::Stage;
use crate::{
    day::DAY_BEGINS,
    kit::health::{Checked, LivenessApi, LivenessClient, Status},
    registry::Name,
    supervisor::relay::Weather,
};

/// From the first call that a breaker lets through until it holds none back: a second probe, looked for as often as a
/// health report is made anew, and the ramp.
const RECOVERY: Duration = Duration::from_secs(6);

impl Stage<'_> {
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
        self.plant.kill_for_now(names).await
    }

    /// Starts these, which are dead, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started.
    pub async fn restart(&self, names: &[Name]) -> Result<()> {
        self.plant.restart(names).await
    }

    /// Changes the network before a service.
    ///
    /// # Errors
    /// When the fault cannot be written down, or the service is none of [`RELAYED`](super::RELAYED).
    pub fn weather(&self, name: Name, weather: Weather) -> Result<()> {
        self.plant.weather(name, weather)
    }

    /// Waits until a service that had lost a neighbour asks it again as if nothing had been.
    ///
    /// # Errors
    /// When that does not come in the time of an act.
    pub async fn recovered(&self, service: Name, neighbour: Name) -> Result<()> {
        let health = LivenessClient::from(self.staff.base(service.service())?);
        let answered_since = Cell::new(None);
        let trusts = async || {
            let report = health.get_report().await?;
            let answers = |check: &Checked| check.name == neighbour.service().name && check.status == Status::Ok;
            let since = report.checks.iter().any(answers).then(|| answered_since.get().unwrap_or_else(Instant::now));
            answered_since.set(since);
            Ok(since.filter(|since| since.elapsed() > RECOVERY).map(drop))
        };
        self.calls.wait_for("that a neighbour is trusted again", trusts).await
    }

    /// Moves the clock of everybody to a minute of the day, if it is not later already.
    ///
    /// # Errors
    /// When the clock cannot be moved.
    pub fn clock_to(&self, minute: i64) -> Result<()> {
        let ahead = DAY_BEGINS + minute * 60_000 - self.clock.now();
        if ahead > 0 { self.plant.pass(ahead) } else { Ok(()) }
    }

    /// Lets so many milliseconds pass.
    ///
    /// # Errors
    /// As [`clock_to`](Self::clock_to).
    pub fn clock_on(&self, by_ms: i64) -> Result<()> {
        self.plant.pass(by_ms)
    }

    /// Moves the clock of everybody, and calls it a fault.
    ///
    /// # Errors
    /// As [`clock_to`](Self::clock_to).
    pub fn clock_by(&self, by_ms: i64) -> Result<()> {
        self.plant.jump(by_ms)
    }
}
