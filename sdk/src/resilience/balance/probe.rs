//! Finds out that an instance is back, with reads of its health path and never with a call of anybody's.
//!
//! A breaker that lets a caller's request through to see what happens makes one caller pay for each look, and so looks
//! seldom. A read of the health path costs nobody anything, so it can look every second.
//!
//! It looks as soon as one attempt has failed: the balancer shuns such an instance long before enough attempts have
//! failed there to open its breaker. A look that fails counts as such an attempt, so that nobody's call is needed to open
//! the breaker, and one that succeeds ends the shunning. Once the breaker is open, when the next look is due, and that
//! there is one at a time, is the breaker's business.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::{Open, Way, fleet::Fleet, member::Member};
use crate::{
    resilience::gate::{Phase, Verdict, settings::Probing},
    seams::{Clock, Rng},
};

/// Wakes this often in the time from one look to the next, so that a look is late by a sixteenth at most.
const WAKES: u32 = 16;

/// Looks at a member until it is well again or gone. One prober a member.
///
/// A prober ends with its runtime, and a breaker can open where there is none, when calls are dropped outside. So whoever
/// passes a gated member over asks for a prober again.
pub(super) fn watch<O: Open>(fleet: &Arc<Fleet<O>>, member: &Arc<Member<O::Way>>, clock: Clock, rng: &Rng) {
    let settings = *member.gate.settings();
    let Ok(runtime) = Handle::try_current() else { return };
    if settings.probing == Probing::InBand || member.probed.swap(true, Ordering::Relaxed) {
        return;
    }
    let (fleet, prober, rng) = (Arc::downgrade(fleet), Prober(Arc::downgrade(member)), rng.clone());
    let every = settings.probe_every;
    let mut due = clock.now() + jittered(every, &rng);
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(every / WAKES).await;
            let (Some(fleet), Some(member)) = (fleet.upgrade(), prober.0.upgrade()) else { return };
            let well = match member.gate.phase(clock.now()) {
                Phase::Ramping => true,
                Phase::Open | Phase::HalfOpen => !ask_the_breaker(&fleet, &member, clock, &rng).await,
                Phase::Closed => look_when(&mut due, every, &fleet, &member, clock, &rng).await,
            };
            if well {
                return;
            }
        }
    });
}

/// The one prober of a member. Dropped, it makes room for another, however its task ends.
struct Prober<W>(Weak<Member<W>>);

impl<W> Drop for Prober<W> {
    fn drop(&mut self) {
        if let Some(member) = self.0.upgrade() {
            member.probed.store(false, Ordering::Relaxed);
        }
    }
}

/// One look on behalf of an open breaker, when that is due; true while it stays open.
async fn ask_the_breaker<O: Open>(fleet: &Fleet<O>, member: &Member<O::Way>, clock: Clock, rng: &Rng) -> bool {
    if let Some(pass) = member.gate.probe_due(clock.now(), rng.bits()) {
        let verdict = look(fleet, member).await;
        pass.record(verdict, clock.now());
    }
    matches!(member.gate.phase(clock.now()), Phase::Open | Phase::HalfOpen)
}

/// One look at a member whose breaker is closed and that is shunned for its last failure; true when it is well.
async fn look_when<O: Open>(
    due: &mut Instant,
    every: Duration,
    fleet: &Fleet<O>,
    member: &Member<O::Way>,
    clock: Clock,
    rng: &Rng,
) -> bool {
    if clock.now() < *due {
        return false;
    }
    *due = clock.now() + jittered(every, rng);
    let Ok(pass) = member.gate.admit(clock.now(), rng.bits(), false) else { return false };
    let verdict = look(fleet, member).await;
    if verdict == Verdict::Success {
        // What it says about health ends here: only calls show that calls succeed.
        pass.record(Verdict::Neutral, clock.now());
        member.recovered();
        return true;
    }
    pass.record(verdict, clock.now());
    false
}

async fn look<O: Open>(fleet: &Fleet<O>, member: &Member<O::Way>) -> Verdict {
    let path = fleet.probe_path();
    match tokio::time::timeout(member.gate.settings().probe_patience, member.way().probe(&path)).await {
        Ok(true) => Verdict::Success,
        Ok(false) => Verdict::Failure,
        Err(_) => Verdict::Timeout,
    }
}

/// Three to five quarters of it, so that the probes of many clients spread.
fn jittered(every: Duration, rng: &Rng) -> Duration {
    every * 3 / 4 + rng.up_to(every / 2)
}
