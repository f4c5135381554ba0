//! What it costs a call to be seen: the same typed read without anybody looking, with metrics, with a tenth of the traces
//! recorded, and with all of them. Spans go over OTLP to a collector in the server's process, so that writing, sending and
//! whatever the exporter needs for it are in the figures, and taking them is not.

use std::{sync::Arc, time::Duration};

use payment_clients::{client::BaseClient, observe::recorder::Recorder};
use payment_services::kit::{
    metrics::Metrics,
    settings::LogFormat,
    telemetry::{Show, Telemetry},
};
use serde::Serialize;
use tokio::time::sleep;

use super::{
    Outcome, Plan,
    api::{BenchClient, bench_api},
    meter::{self, Cost},
    parts::AtOnce,
    peers::Contender,
    server::Server,
};

/// Calls between two waits for the exporter, which has this thread to itself meanwhile: their spans fit into its queue.
const CHUNK: usize = 1000;
/// How long it has then: longer than a batch that is not full waits for more.
const SHIPPING: Duration = Duration::from_millis(150);

/// How much of a call is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    name: &'static str,
    metrics: bool,
    trace_permille: u16,
}

const CASES: [Seen; 4] = [
    Seen { name: "off", metrics: false, trace_permille: 0 },
    Seen { name: "metrics", metrics: true, trace_permille: 0 },
    Seen { name: "metrics, 10 % of the traces", metrics: true, trace_permille: 100 },
    Seen { name: "metrics, all traces", metrics: true, trace_permille: 1000 },
];

/// What a call costs that is seen so.
#[derive(Debug, Serialize)]
pub struct Row {
    /// How much is seen.
    pub seen: &'static str,
    /// The whole call.
    pub cost: Cost,
    /// What is more than with nobody looking, round by round.
    pub more: Cost,
}

/// Measures all cases in turns.
pub async fn run(plan: Plan) -> Outcome<Vec<Row>> {
    let server = Server::start()?;
    let mut rounds = Vec::new();
    for round in 0..=plan.rounds {
        let mut costs = Vec::new();
        for case in CASES {
            costs.push(cost(case, &server.collector, plan.calls).await?);
        }
        if round > 0 {
            rounds.push(costs);
        }
    }
    let row = |(place, case): (usize, &Seen)| {
        let costs: Vec<_> = rounds.iter().map(|costs| costs[place]).collect();
        let more: Vec<_> = rounds.iter().map(|costs| costs[place].less(costs[0])).collect();
        Row { seen: case.name, cost: Cost::median(&costs), more: Cost::median(&more) }
    };
    Ok(CASES.iter().enumerate().map(row).collect())
}

async fn cost(case: Seen, collector: &str, calls: usize) -> Outcome<Cost> {
    let mut builder = BaseClient::builder(bench_api::SERVICE).url("http://bench.test");
    if case.metrics {
        let recorder: Arc<dyn Recorder> = Metrics::new("bench").recorder(Some(bench_api::SERVICE));
        builder = builder.recorder(recorder);
    }
    let client = BenchClient::on(builder.build_on(&AtOnce)?);
    let Some(show) = show(case, collector) else {
        return meter::cost(calls, async || Ok(client.read().await?)).await;
    };
    let (listener, telemetry) = Telemetry::prepare(&show)?;
    let listening = tracing::dispatcher::set_default(&listener);
    let mut made = 0;
    let cost = meter::cost(calls, async || {
        client.read().await?;
        made += 1;
        if made % CHUNK == 0 || made == calls {
            sleep(SHIPPING).await;
        }
        Ok(())
    })
    .await?;
    let dropped = telemetry.stop().await.dropped;
    drop(listening);
    // Until they are asked again, spans and events go on as if somebody listened.
    tracing::callsite::rebuild_interest_cache();
    if dropped > 0 {
        return Err(format!("{dropped} spans were lost, so that those that were sent cost too little").into());
    }
    Ok(cost)
}

/// What is recorded; of nobody who looks, nothing.
fn show(case: Seen, collector: &str) -> Option<Show> {
    let Seen { trace_permille, .. } = case;
    let otlp = Some(collector.to_owned());
    let show = Show { service: "bench", log: LogFormat::Text, level: "off", otlp, trace_permille };
    (trace_permille > 0).then_some(show)
}
