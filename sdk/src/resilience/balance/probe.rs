//! Finds out that an instance is back, with reads of its health path and never with a call of anybody's.
//!
//! A breaker that lets a caller's request through to see what happens makes one caller pay for each look, and so looks
//! seldom. A read of the health path costs nobody anything, so it can look every second.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{Open, ProbeSettings, Way, fleet::Fleet, member::Member};
use crate::seams::{Clock, Rng};

/// Probes a member until its breaker closes again or the member is gone. One prober a member.
pub(super) fn watch<O: Open>(
    fleet: &Arc<Fleet<O>>,
    member: &Arc<Member<O::Way>>,
    settings: Option<ProbeSettings>,
    clock: Clock,
    rng: Rng,
) {
    let Some(settings) = settings else { return };
    if member.probed.swap(true, Ordering::Relaxed) {
        return;
    }
    let (fleet, member) = (Arc::downgrade(fleet), Arc::downgrade(member));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(jittered(settings.every, &rng)).await;
            let (Some(fleet), Some(member)) = (fleet.upgrade(), member.upgrade()) else { return };
            if !look(&fleet, &member, &settings, clock).await {
                member.probed.store(false, Ordering::Relaxed);
                return;
            }
        }
    });
}

/// One look; false when there is nothing left to find out.
async fn look<O: Open>(fleet: &Arc<Fleet<O>>, member: &Member<O::Way>, settings: &ProbeSettings, clock: Clock) -> bool {
    if member.gate.is_closed(clock.now()) {
        return false;
    }
    let Some(ticket) = member.gate.probe(clock.now()) else { return true };
    let answer = tokio::time::timeout(settings.timeout, member.way().probe(&settings.path)).await;
    let well = answer.unwrap_or(false);
    if let Some(change) = ticket.end(well, clock.now()) {
        if change.recovered() {
            member.recovered(clock.now());
        }
        fleet.changed(member.id(), change);
    }
    true
}

/// Three to five quarters of it, so that the probes of many clients spread.
fn jittered(every: Duration, rng: &Rng) -> Duration {
    every * 3 / 4 + rng.up_to(every / 2)
}
