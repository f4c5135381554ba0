//! Finds out that an instance is back, with reads of its health path and never with a call of anybody's.
//!
//! A breaker that lets a caller's request through to see what happens makes one caller pay for each look, and so looks
//! seldom. A read of the health path costs nobody anything, so it can look every second. When the next look is due, and
//! that there is one at a time, is the gate's business; the prober only asks.

use std::sync::{Arc, atomic::Ordering};

use super::{Open, Way, fleet::Fleet, member::Member};
use crate::{
    resilience::gate::{Phase, Verdict, settings::Probing},
    seams::{Clock, Rng},
};

/// Asks this often in the time from one probe to the next, so that a probe is late by an eighth at most.
const LOOKS: u32 = 8;

/// Probes a member until its breaker lets calls through again or the member is gone. One prober a member.
pub(super) fn watch<O: Open>(fleet: &Arc<Fleet<O>>, member: &Arc<Member<O::Way>>, clock: Clock, rng: Rng) {
    let settings = *member.gate.settings();
    if settings.probing == Probing::InBand || member.probed.swap(true, Ordering::Relaxed) {
        return;
    }
    let (fleet, member) = (Arc::downgrade(fleet), Arc::downgrade(member));
    let pause = settings.probe_every / LOOKS;
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            let (Some(fleet), Some(member)) = (fleet.upgrade(), member.upgrade()) else { return };
            if !matches!(member.gate.phase(clock.now()), Phase::Open | Phase::HalfOpen) {
                member.probed.store(false, Ordering::Relaxed);
                return;
            }
            look(&fleet, &member, clock, &rng).await;
        }
    });
}

/// One look, when it is due.
async fn look<O: Open>(fleet: &Fleet<O>, member: &Member<O::Way>, clock: Clock, rng: &Rng) {
    let Some(pass) = member.gate.probe_due(clock.now(), rng.bits()) else { return };
    let path = fleet.probe_path();
    let answer = tokio::time::timeout(member.gate.settings().probe_patience, member.way().probe(&path)).await;
    let verdict = match answer {
        Ok(true) => Verdict::Success,
        Ok(false) => Verdict::Failure,
        Err(_) => Verdict::Timeout,
    };
    pass.record(verdict, clock.now());
}
