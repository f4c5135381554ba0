//! Chooses an instance for each attempt: the less loaded of two taken at random, among those that are healthy.
//!
//! Two random choices come close to the best of all, and do not send everybody to the instance that looked best a
//! moment ago (Mitzenmacher, 2001). The load counts what is in flight, so that an instance that stops answering loses
//! traffic before the first timeout; the breaker's part is to keep traffic away afterwards and to find out, without
//! using anybody's payment for it, when the instance is back.
//!
//! An instance is passed over while its breaker is open, while it has no permit left, and when an earlier attempt of
//! the call went there. When every breaker is open the call fails at once. When more than the allowed share is open,
//! but not all, the breakers are not asked: few instances cannot carry the load of many, and what fails everywhere at
//! once is seldom the instances.
//!
//! | file | holds |
//! |---|---|
//! | [`fleet`] | the live set: instances join, drain and leave |
//! | [`member`] | one instance with its breaker, limit and load; a lease on it for one attempt |
//! | [`load`] | peak EWMA with penalties |
//! | [`probe`] | finds out that an instance is back |

pub mod fleet;
pub mod load;
pub mod member;
pub mod probe;

use std::{borrow::Cow, future::Future, sync::Arc, time::Instant};

use super::{gate::settings::Probing, live::Live, settings::ClientConfig, verdict::Effects};
use crate::{
    contract::{
        call::Call,
        error::{Error, ErrorKind, Result},
        explain::{Decision, InstanceId, Reason},
        operation::{Class, Tier},
        record::CallRecord,
        request::Request,
        response::Response,
    },
    seams::{Clock, Rng},
    transport::instance::Instance,
};
use fleet::Fleet;
use member::{Lease, Member};

/// Choice among instances, and the probes of those whose breaker is open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BalanceSettings {
    /// Largest share of the instances whose breakers are honoured, in thousandths; see the module's head. Default 500,
    /// as Envoy's panic threshold; 800 for best-effort services.
    pub max_gated_permille: u32,
    /// Path that probes read; any answer below 500 means that the instance is back. Whether and how often there are
    /// probes is [`GateSettings`](super::gate::settings::GateSettings)' to say. Default `/health/ready`.
    pub probe_path: Cow<'static, str>,
}

impl BalanceSettings {
    /// The starting values for instances of a service of this tier.
    pub const fn of(tier: Tier) -> Self {
        let max_gated_permille = match tier {
            Tier::Critical | Tier::Standard => 500,
            Tier::BestEffort => 800,
        };
        Self { max_gated_permille, probe_path: Cow::Borrowed("/health/ready") }
    }
}

/// The way to one instance, whatever carries it.
pub trait Way: Call + 'static {
    /// Where it leads.
    fn instance(&self) -> &Instance;

    /// Reads a path; true when the instance answers and is not in trouble.
    fn probe(&self, path: &str) -> impl Future<Output = bool> + Send;

    /// Poisons the connections that are open.
    fn retire(&self);
}

/// Opens ways to instances.
pub trait Open: Send + Sync + 'static {
    /// What a way is.
    type Way: Way;

    /// Prepares the way to one instance, without connecting yet.
    ///
    /// # Errors
    /// When the transport cannot work with this instance.
    fn open(&self, instance: &Instance) -> Result<Self::Way>;
}

/// The balance layer.
#[derive(Debug)]
pub struct Balance<O: Open> {
    fleet: Arc<Fleet<O>>,
    config: Live<ClientConfig>,
    clock: Clock,
    rng: Rng,
}

// === impl Balance ===

impl<O: Open> Balance<O> {
    /// Balances over the members of `fleet`.
    pub fn new(fleet: Arc<Fleet<O>>, config: Live<ClientConfig>, clock: Clock, rng: Rng) -> Self {
        Self { fleet, config, clock, rng }
    }

    /// The instance for the next attempt, none of those that have just refused it.
    fn choose<'a>(
        &self,
        members: &'a [Arc<Member<O::Way>>],
        refusing: &[InstanceId],
        panicked: bool,
        may_probe: bool,
        now: Instant,
        record: &CallRecord,
    ) -> Option<&'a Arc<Member<O::Way>>> {
        let usable = |member: &Arc<Member<O::Way>>| match member.obstacle(panicked, may_probe, now) {
            None => !refusing.contains(&member.id()),
            Some(reason) => {
                record.note(Decision::Avoided(member.id(), reason));
                false
            }
        };
        let fresh = |member: &&Arc<Member<O::Way>>| !record.has_tried(member.id());
        let (one, other) = self.two(members.len());
        let (one, other) = (&members[one], &members[other]);
        if [one, other].iter().all(|member| fresh(member) && usable(member)) {
            return Some(if other.compare(one, now).is_lt() { other } else { one });
        }
        // One of the two alone is no choice: all are looked at, tried ones last.
        members
            .iter()
            .filter(fresh)
            .filter(|m| usable(m))
            .min_by(|one, other| one.compare(other, now))
            .or_else(|| members.iter().filter(|m| usable(m)).min_by(|one, other| one.compare(other, now)))
    }

    /// Two different places below `count`, or the same one twice where there is no other.
    fn two(&self, count: usize) -> (usize, usize) {
        if count == 1 {
            return (0, 0);
        }
        let below = |bits: u64, limit: usize| usize::try_from(bits % limit as u64).unwrap_or(0);
        let bits = self.rng.bits();
        let one = below(bits >> 32, count);
        let step = 1 + below(bits & u64::from(u32::MAX), count - 1);
        (one, (one + step) % count)
    }

    /// Whether so many breakers are open that none is asked.
    fn panicked(&self, members: &[Arc<Member<O::Way>>], record: &CallRecord) -> bool {
        let gated = self.fleet.gated();
        if gated == 0 {
            return false;
        }
        let share = gated * 1000 / members.len().max(1);
        let most = self.config.load().balance.max_gated_permille as usize;
        let panicked = share > most && gated < members.len();
        if panicked {
            record.note(Decision::Panicked);
        }
        panicked
    }

    /// Whether a healthy instance is left beside this one that no attempt of the call went to.
    fn has_others(
        &self,
        members: &[Arc<Member<O::Way>>],
        chosen: InstanceId,
        now: Instant,
        record: &CallRecord,
    ) -> bool {
        let other = |m: &Arc<Member<O::Way>>| m.id() != chosen && !record.has_tried(m.id());
        members.iter().any(|member| other(member) && member.obstacle(false, false, now).is_none())
    }

    /// One attempt on a leased instance.
    async fn attempt(
        &self,
        member: &Arc<Member<O::Way>>,
        lease: Lease<'_, O::Way>,
        request: Request,
    ) -> Result<Response> {
        let timeout = self.config.load().attempt_timeout(request.operation(), request.state.settled().tier);
        let way = member.way();
        let answer = way.call(request).await;
        if matches!(&answer, Err(e) if matches!(e.kind(), ErrorKind::Timeout | ErrorKind::Interrupted)) {
            way.retire();
        }
        let now = self.clock.now();
        let effects = Effects::of(&answer, lease.elapsed(now), timeout, member.gate.settings());
        self.fleet.ended(member, lease, effects, now);
        answer
    }
}

impl<O: Open> Call for Balance<O> {
    async fn call(&self, request: Request) -> Result<Response> {
        self.fleet.ready(request.deadline()).await;
        let members = self.fleet.members.load_full();
        if members.is_empty() {
            return Err(refused(&request, Reason::NoInstance, self.fleet.trouble()));
        }
        // Only what reads may find out whether a gated instance is back, and only where no prober does.
        let may_probe = request.operation().class == Class::Safe && self.config.load().gate.probing == Probing::InBand;
        let record = Arc::clone(&request.state.record);
        let panicked = self.panicked(&members, &record);
        // Nothing waits from here to the wire, so that one look at the clock serves for all.
        let now = self.clock.now();
        self.fleet.keep_probing(&members, now);
        let (mut refusing, mut why) = (Vec::new(), Reason::Full);
        while let Some(member) = self.choose(&members, &refusing, panicked, may_probe, now, &record) {
            let latency = member.latency(now);
            match member.lease(panicked, may_probe, now, self.clock, &self.rng, &record) {
                Ok(lease) => {
                    let attempt = u8::try_from(request.attempt()).unwrap_or(u8::MAX);
                    record.note(Decision::Chosen(attempt, member.id(), latency));
                    record.goes_to(member.id(), self.has_others(&members, member.id(), now, &record));
                    return self.attempt(member, lease, request).await;
                }
                // It is back and gets a part of its calls, or another call was faster: whoever else is there is asked.
                Err(reason) => {
                    record.note(Decision::Avoided(member.id(), reason));
                    refusing.push(member.id());
                    why = reason;
                }
            }
        }
        let reason = if self.fleet.gated() == members.len() { Reason::Gated } else { why };
        Err(refused(&request, reason, None))
    }
}

fn refused(request: &Request, reason: Reason, detail: Option<String>) -> Error {
    request.state.record.note(Decision::Refused(reason));
    let service = request.operation().service.name;
    let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
    Error::rejected(match reason {
        Reason::NoInstance => format!("no instance of {service} is known{detail}; nothing was sent"),
        Reason::Ramping => format!("{service} is back and gets a part of its calls so far; nothing was sent"),
        Reason::Gated => format!("the breakers of all instances of {service} are open; nothing was sent"),
        _ => format!("all instances of {service} are at their concurrency limit; nothing was sent"),
    })
}
