//! A trading day: every service is a process of its own, two shops are let in and a third is not, two thousand real
//! purchases are paid in four currencies, and on cue whatever can go wrong does. In the evening everything is settled and
//! paid out; then three independent books are compared, and the stores alone are asked whether anything is missing, double
//! or out of balance.
//!
//! All of it follows from a seed, in the money: who buys what, whose card is declined, what is paid back. What follows from
//! nobody's seed, such as how far a process had come when it was killed, must not be seen in the money, and that is the
//! point.
//!
//! | file | part |
//! |---|---|
//! | [`acts`] | what happens, in its order |
//! | [`stage`] | the processes, the clock of all of them, and what acts do with both |
//! | [`cast`] | the shops and the staff |
//! | [`sales`] | what is sold, by the seed |
//! | [`money`] | what it all came to, from the stores |
//! | [`report`] | what is said in the end |

pub mod acts;
pub mod cast;
pub mod money;
pub mod report;
pub mod sales;
pub mod stage;

use std::{error::Error as _, io::Read, path::PathBuf, sync::Arc};

use payment_clients::{contract::error::Result, seams::Rng};
use tokio::time::Instant;

use self::{
    acts::ACTS,
    report::{Findings, Report},
    sales::Sales,
    stage::Stage,
};
use crate::{
    demo::input::Purchases,
    kit::{bus::Bus, clock::Dial, store::Stores},
    supervisor::{
        plant::{CLOCK, Plant},
        processes::Program,
    },
};

/// The first moment of the day, a Monday: 2026-03-02T00:00:00Z.
pub const DAY_BEGINS: i64 = 1_772_409_600_000;

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who buys what, and what goes wrong when.
    pub seed: u64,
    /// Payments in all.
    pub payments: usize,
    /// Most payments asked for at once.
    pub concurrency: usize,
    /// How the processes are started.
    pub program: Program,
    /// Where their stores are.
    pub stores: Stores,
    /// What carries their events.
    pub bus: Bus,
    /// Whether what happens is told on stderr.
    pub told: bool,
}

// === impl Plan ===

impl Plan {
    /// The file of what no other file may hold.
    pub fn planted(&self) -> PathBuf {
        self.program.dir.join("planted.txt")
    }

    /// The file that the clocks look at.
    pub fn clock(&self) -> PathBuf {
        self.program.dir.join(CLOCK)
    }
}

/// Plays the day. `opened` is told when the processes answer.
///
/// # Errors
/// When processes cannot be started, or the stores cannot be read. What is wrong in them is no error, nor is an act that
/// did not come to its end; the report says both.
pub async fn run<R: Read>(
    plan: &Plan,
    purchases: Purchases<R>,
    opened: impl AsyncFnOnce(&Arc<Plant>),
) -> Result<Report> {
    let begun = Instant::now();
    let rng = Rng::seeded(plan.seed);
    let sales = Sales::draw(purchases, plan.payments, &rng)?;
    let dial = Dial::new(&plan.clock(), DAY_BEGINS)?;
    let plant = Arc::new(Plant::open(&plan.program, dial).await?);
    opened(&plant).await;
    let mut stage = Stage::open(plan, plant, sales, rng)?;
    stage.tell(format_args!("all processes answer after {:.1} s", begun.elapsed().as_secs_f32()));
    let mut broken = Vec::new();
    for act in ACTS {
        stage.clock_to(act.at)?;
        stage.begin(act.at, act.title);
        let played = (act.play)(&mut stage).await;
        broken.extend(broken_off(&stage, act.title, played));
    }
    let rested = stage.rest().await;
    broken.extend(broken_off(&stage, "the end", rested));
    let now = stage.clock.now();
    let kills = stage.close().await?;
    let findings = Findings::gather(plan, now)?;
    Ok(Report { seed: plan.seed, kills, broken, findings, took: begun.elapsed() })
}

/// Tells what did not come to its end, and why.
fn broken_off(stage: &Stage<'_>, title: &str, played: Result<()>) -> Option<String> {
    let error = played.err()?;
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    stage.tell(format_args!("this did not come to its end: {error}{cause}"));
    Some(format!("{title}: {error}{cause}"))
}
