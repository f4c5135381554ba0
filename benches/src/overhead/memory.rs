//! The stack without a socket, part by part. A part that cannot be called alone is the difference of two calls, one
//! with it and one without, measured in the same round.

use std::collections::BTreeMap;

use clap::ValueEnum;
use payment_clients::{
    client::BaseClient,
    contract::{call::Call, operation::Tier, request::Request, response::Response},
    resilience::gate::{Gate, Verdict, settings::GateSettings},
    seams::Clock,
    transport::{Connection, instance::Instance, memory::Memory},
};
use serde::Serialize;
use tracing_subscriber::util::SubscriberInitExt;

use super::{
    Outcome, Plan,
    api::{BenchClient, ID, Thing, bench_api},
    meter::{self, Cost},
    parts::{self, AtOnce, BODY, NoWire, NoWires},
    peers::Contender,
};

/// A part's cost, given the cost of each case in the same round.
type Figure<'a> = &'a dyn Fn(&dyn Fn(Case) -> Cost) -> Cost;

const URL: &str = "http://bench.test";

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Case {
    /// The answer that stands in for the wire, called directly.
    NoWire,
    /// A prepared request through the layers, answered where the wire layer would stand.
    Layers,
    /// A prepared request through the layers and the wire layer, over a transport without a box.
    Wired,
    /// The in-memory transport alone.
    MemoryTransport,
    /// Envelope of an answer.
    Envelope,
    /// Payload of an answer.
    Decode,
    /// The typed read.
    Read,
    /// The typed keyed write.
    Create,
    /// The typed read over the in-memory transport.
    ReadOverMemory,
    /// The typed read under a subscriber that formats all spans and writes them nowhere.
    ReadTraced,
    /// A breaker that is open refuses.
    GateRefuses,
}

/// A part of a call, as the table names it.
#[derive(Debug, Serialize)]
pub struct Part {
    /// Which part.
    pub part: &'static str,
    /// How the figure comes about.
    pub from: &'static str,
    /// Its cost.
    pub cost: Cost,
}

/// Measures all parts.
pub async fn run(plan: Plan) -> Outcome<Vec<Part>> {
    let subjects = Subjects::new()?;
    let mut rounds = Vec::new();
    for round in 0..=plan.rounds {
        let mut costs = BTreeMap::new();
        for case in Case::value_variants() {
            costs.insert(*case, subjects.cost(*case, plan.calls).await?);
        }
        if round > 0 {
            rounds.push(costs);
        }
    }
    Ok(parts_of(&rounds))
}

/// Makes a fixed number of calls of one kind, for counting instructions.
pub async fn repeat(case: Case, calls: usize) -> Outcome<()> {
    Subjects::new()?.cost(case, calls).await.map(drop)
}

fn parts_of(rounds: &[BTreeMap<Case, Cost>]) -> Vec<Part> {
    let part = |part, from, figure: Figure<'_>| {
        let costs: Vec<_> = rounds.iter().map(|costs| figure(&|case| costs[&case])).collect();
        Part { part, from, cost: Cost::median(&costs) }
    };
    vec![
        part("pipeline", "layers − answer called directly", &|of| of(Case::Layers).less(of(Case::NoWire))),
        part("wire", "wired call − layers − envelope", &|of| {
            of(Case::Wired).less(of(Case::Layers)).less(of(Case::Envelope))
        }),
        part("envelope", "called directly", &|of| of(Case::Envelope)),
        part("decode", "called directly", &|of| of(Case::Decode)),
        part("request", "typed read − wired call − decode", &|of| {
            of(Case::Read).less(of(Case::Wired)).less(of(Case::Decode))
        }),
        part("typed read", "whole call", &|of| of(Case::Read)),
        part("typed keyed write", "whole call", &|of| of(Case::Create)),
        part("in-memory transport", "called directly", &|of| of(Case::MemoryTransport)),
        part("typed read, in memory", "whole call", &|of| of(Case::ReadOverMemory)),
        part("telemetry", "typed read with a subscriber − without", &|of| of(Case::ReadTraced).less(of(Case::Read))),
        part("gate refuses", "called directly", &|of| of(Case::GateRefuses)),
    ]
}

/// Everything that is called.
struct Subjects {
    no_wire: NoWire,
    layers: BaseClient,
    wired: BaseClient,
    typed: BenchClient,
    memory: Memory,
    typed_memory: BenchClient,
    prepared: Request,
    answer: Response,
    gate: Gate,
    clock: Clock,
}

impl Subjects {
    fn new() -> Outcome<Self> {
        let builder = || BaseClient::builder(bench_api::SERVICE).url(URL);
        let memory = Memory::new(|_| std::future::ready(Ok(http::Response::new(BODY))));
        let mut prepared = Request::new(&bench_api::THING);
        prepared.path_arg("id", ID)?;
        let wired = builder().build_on(&AtOnce)?;
        let clock = Clock::system();
        Ok(Self {
            no_wire: NoWire::new(&URL.parse::<Instance>()?)?,
            layers: builder().build_over(NoWires)?,
            typed: BenchClient::on(wired.clone()),
            wired,
            typed_memory: BenchClient::on(builder().build_on(&memory)?),
            memory,
            prepared,
            answer: parts::classified()?,
            gate: open_gate(clock),
            clock,
        })
    }

    async fn cost(&self, case: Case, calls: usize) -> Outcome<Cost> {
        match case {
            Case::NoWire => meter::cost(calls, async || self.send(&self.no_wire).await).await,
            Case::Layers => meter::cost(calls, async || self.send(&self.layers).await).await,
            Case::Wired => meter::cost(calls, async || self.send(&self.wired).await).await,
            Case::MemoryTransport => {
                let send = async || Ok(self.memory.send(http::Request::default()).await?);
                meter::cost(calls, send).await
            }
            Case::Envelope => meter::cost(calls, async || Ok(parts::classified()?)).await,
            Case::Decode => meter::cost(calls, async || Ok(self.answer.decode::<Thing>()?)).await,
            Case::Read => meter::cost(calls, async || Ok(self.typed.read().await?)).await,
            Case::Create => meter::cost(calls, async || Ok(Contender::create(&self.typed).await?)).await,
            Case::ReadOverMemory => meter::cost(calls, async || Ok(self.typed_memory.read().await?)).await,
            Case::ReadTraced => {
                let subscriber = tracing_subscriber::fmt().with_writer(std::io::sink).set_default();
                let cost = meter::cost(calls, async || Ok(self.typed.read().await?)).await;
                drop(subscriber);
                // Until they are asked again, spans and events go on as if somebody listened.
                tracing::callsite::rebuild_interest_cache();
                cost
            }
            Case::GateRefuses => meter::cost(calls, async || self.refuse()).await,
        }
    }

    async fn send(&self, to: &impl Call) -> Outcome<()> {
        to.call(self.prepared.clone()).await?;
        Ok(())
    }

    fn refuse(&self) -> Outcome<()> {
        // Admission, not `is_ready`: it is the verdict that also claims the place of a trial call.
        match self.gate.admit(self.clock.now(), 0, false) {
            Ok(_) => Err("the breaker of this bench is open and let an attempt pass".into()),
            Err(_) => Ok(()),
        }
    }
}

/// A breaker that a row of failures has opened.
fn open_gate(clock: Clock) -> Gate {
    let gate = Gate::new(GateSettings::of(Tier::Critical), clock.now(), |_| {});
    while let Ok(pass) = gate.admit(clock.now(), 0, false) {
        pass.record(Verdict::ConnectFailure, clock.now());
    }
    gate
}
