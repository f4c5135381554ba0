//! The comparison over a socket: the same two calls through each client, in turns, one call at a time.

use serde::Serialize;

use super::{
    Outcome, Plan,
    api::BenchClient,
    meter::{self, Cost, Times, median},
    peers::{self, Contender, HyperUtil, Reqwest, ReqwestMiddleware},
    server::Server,
};

/// The peer that the others are compared with.
pub const BASE: &str = "reqwest";
/// The peer that does a part of what the stack does.
pub const MIDDLEWARE: &str = "reqwest-middleware";
/// The stack, with everything on, through a typed client.
pub const OURS: &str = "payment-clients";

/// One client's figures for one kind of call.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The client.
    pub client: &'static str,
    /// Time on the wall.
    pub times: Times,
    /// What a call costs the client's process.
    pub cost: Cost,
    /// Connections opened per ten thousand calls, by the server's count.
    pub connections_per_10000: f64,
    /// Compared with [`BASE`], round by round.
    pub to_reqwest: Ratio,
    /// Compared with [`MIDDLEWARE`], round by round.
    pub to_middleware: Ratio,
}

/// Medians of the rounds' ratios.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ratio {
    /// Of the medians on the wall.
    pub p50: f64,
    /// Of the processor times.
    pub cpu: f64,
    /// Of the allocations.
    pub allocations: f64,
}

/// The two kinds of call.
#[derive(Debug, Serialize)]
pub struct Loopback {
    /// A read.
    pub get: Vec<Row>,
    /// A keyed write.
    pub keyed_post: Vec<Row>,
}

/// Measures all clients against one server.
pub async fn run(plan: Plan) -> Outcome<Loopback> {
    let server = Server::start()?;
    let url = server.url.as_str();
    let hyper = HyperUtil::new(url);
    let reqwest = Reqwest::new(url)?;
    let middleware = ReqwestMiddleware::new(url)?;
    let tower = peers::tower_resilience(url)?;
    let ours = BenchClient::connect(url)?;
    let mut runs = Runs { plan, server: &server, reads: Vec::new(), writes: Vec::new() };
    // The first round warms everything up and is not counted.
    for round in 0..=plan.rounds {
        let counted = round > 0;
        runs.both("hyper-util", &hyper, counted).await?;
        runs.both(BASE, &reqwest, counted).await?;
        runs.both(MIDDLEWARE, &middleware, counted).await?;
        runs.both("tower-resilience", &tower, counted).await?;
        runs.both(OURS, &ours, counted).await?;
    }
    Ok(Loopback { get: rows(&runs.reads), keyed_post: rows(&runs.writes) })
}

/// One block of calls.
struct Run {
    client: &'static str,
    times: Times,
    cost: Cost,
    connections: f64,
}

struct Runs<'a> {
    plan: Plan,
    server: &'a Server,
    reads: Vec<Run>,
    writes: Vec<Run>,
}

impl Runs<'_> {
    async fn both(&mut self, client: &'static str, contender: &impl Contender, counted: bool) -> Outcome<()> {
        let read = self.block(client, async || Ok(contender.read().await?)).await?;
        let write = self.block(client, async || Ok(contender.create().await?)).await?;
        if counted {
            self.reads.push(read);
            self.writes.push(write);
        }
        Ok(())
    }

    async fn block<T>(&self, client: &'static str, call: impl AsyncFnMut() -> Outcome<T>) -> Outcome<Run> {
        let before = self.server.accepted().await?;
        let (cost, times) = meter::timed(self.plan.calls, call).await?;
        let opened = self.server.accepted().await? - before;
        let connections = opened as f64 * 10_000.0 / self.plan.calls as f64;
        Ok(Run { client, times, cost, connections })
    }
}

fn rows(runs: &[Run]) -> Vec<Row> {
    let of = |client| runs.iter().filter(move |run| run.client == client);
    let clients = ["hyper-util", BASE, MIDDLEWARE, "tower-resilience", OURS];
    let row = |client| {
        let times = |figure: fn(&Times) -> f64| median(of(client).map(|run| figure(&run.times)));
        let costs: Vec<_> = of(client).map(|run| run.cost).collect();
        let to = |peer| {
            let ratio = |figure: fn(&Run) -> f64| {
                median(of(client).zip(of(peer)).map(|(run, peer)| figure(run) / figure(peer)))
            };
            Ratio {
                p50: ratio(|run| run.times.p50_ns),
                cpu: ratio(|run| run.cost.cpu_ns),
                allocations: ratio(|run| run.cost.allocations),
            }
        };
        Row {
            client,
            times: Times { p50_ns: times(|t| t.p50_ns), p99_ns: times(|t| t.p99_ns) },
            cost: Cost::median(&costs),
            connections_per_10000: median(of(client).map(|run| run.connections)),
            to_reqwest: to(BASE),
            to_middleware: to(MIDDLEWARE),
        }
    };
    clients.map(row).into()
}
