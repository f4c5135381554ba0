//! The drill: every service is a process of its own, shops sell, are settled and paid out, and all the while one process
//! after another is killed and started again. Then everything has to come to rest by itself, and the stores alone are
//! asked whether anything is missing, double, or out of balance.
//!
//! | file | part |
//! |---|---|
//! | [`load`] | the shops, and what they do |
//! | [`history`] | what was answered to the shops, and must be in the stores |
//! | [`report`] | what is said in the end |

pub mod history;
pub mod load;
pub mod report;

use std::time::Duration;

use payment_clients::{
    contract::error::{Error, Result},
    seams::Rng,
};
use tokio::time::{Instant, sleep};

use self::{
    load::Load,
    report::{Findings, Report},
};
use crate::{
    check::{self, books::Books},
    host::Secrets,
    kit::{
        clock::Clock,
        store::Stores,
        tasks::{Stop, shutdown},
    },
    reconcile,
    registry::Name,
    supervisor::{
        calls::Calls,
        processes::{Fleet, Program},
    },
};

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Processes that are killed one by one. Half way all of them are, at once.
    pub kills: u32,
    /// Which ones, and when.
    pub seed: u64,
    /// How the processes are started.
    pub program: Program,
    /// Where their stores are.
    pub stores: Stores,
}

/// Longest time between two kills.
const PAUSE: Duration = Duration::from_millis(1500);
/// Longest time until everything has come to rest after the last call.
const REST: Duration = Duration::from_secs(120);
/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Longest time until the last call has an outcome, beside that of the kills.
const LONGEST: Duration = Duration::from_secs(180);

/// Runs the drill.
///
/// # Errors
/// When processes cannot be started, or the stores cannot be read. What is wrong in them is no error; the report says it.
pub async fn run(plan: &Plan) -> Result<Report> {
    let begun = Instant::now();
    let mut fleet = Fleet::start(plan.program.clone())?;
    let calls = Calls::until(begun + LONGEST + PAUSE * plan.kills);
    let secrets = Secrets::open(&plan.program.dir)?;
    let urls = plan.program.urls();
    let load = Load::new(&urls, &secrets, Clock::system(), &calls);
    let (stop, stopped) = shutdown();
    // One shop more than none: whatever can be killed has started, so that kills hit work.
    load.shop(0).await?;
    let (done, killed) = tokio::join!(load.run(stopped), kill(plan, &mut fleet, stop));
    killed?;
    let rest = rest(plan, &mut fleet).await?;
    fleet.stop().await?;
    let books = Books::open(&plan.stores)?;
    let findings = Findings {
        check: check::check(&plan.stores, false, None)?,
        reconciliation: reconcile::reconcile(&plan.stores, &reconcile::Files::default(), Clock::system().now())?,
        missing: load.history().missing(&books)?,
        sagas: report::sagas(&books)?,
        incidents: report::incidents(&plan.stores)?,
    };
    Ok(Report {
        kills: fleet.kills(),
        falls: fleet.falls(),
        calls: calls.tally(),
        unanswered: done.err(),
        rest,
        findings,
        took: begun.elapsed(),
    })
}

/// Kills as planned, then tells the shops to come to an end.
async fn kill(plan: &Plan, fleet: &mut Fleet, stop: Stop) -> Result<()> {
    let rng = Rng::seeded(plan.seed);
    let count = u64::try_from(Name::ALL.len()).unwrap_or(u64::MAX);
    for number in 0..plan.kills {
        sleep(rng.up_to(PAUSE)).await;
        fleet.revive()?;
        if number == plan.kills / 2 {
            fleet.kill(Name::ALL).await?;
        } else {
            let index = usize::try_from(rng.bits() % count).map_err(Error::internal)?;
            fleet.kill(&Name::ALL[index..=index]).await?;
        }
        #[cfg(feature = "postgres")]
        if number == plan.kills / 4 {
            crate::supervisor::sessions::end(&plan.program).await?;
        }
    }
    stop.begin();
    Ok(())
}

/// Waits until every invariant holds, and says how long that took; nothing when it never came.
async fn rest(plan: &Plan, fleet: &mut Fleet) -> Result<Option<Duration>> {
    let begun = Instant::now();
    while begun.elapsed() < REST {
        fleet.revive()?;
        let stores = plan.stores.clone();
        let look = tokio::task::spawn_blocking(move || check::check(&stores, false, None));
        // A service that starts at this moment may be writing its schema.
        if look.await.map_err(Error::internal)?.is_ok_and(|report| report.holds()) {
            return Ok(Some(begun.elapsed()));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(None)
}
