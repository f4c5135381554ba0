//! What the stack costs: the same GET over loopback through `BaseClient` and through bare reqwest, in turns.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::{error::Error, time::Duration};

use clap::Parser;
use http::Method;
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        operation::{Operation, Service, Tier},
        request::Request,
    },
    seams::Clock,
};
use serde::Deserialize;

const SERVICE: Service = Service { name: "bench-service", port: None, tier: Tier::Critical };
static READ: Operation = Operation::new(SERVICE, "read", Method::GET, "/things/{id}");
const BODY: &str = r#"{"code":"SUCCESS","message":"ok","data":{"id":"7","amount":1999,"currency":"EUR","status":"success"},"trace_id":"r"}"#;

/// Measures the overhead of the stack beside bare reqwest.
#[derive(Parser)]
struct Arguments {
    /// Calls of each kind.
    #[arg(long, default_value_t = 20_000)]
    calls: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The payload, as both clients decode it.
#[derive(Deserialize)]
struct Thing {
    amount: i64,
}

/// The wrapper that bare reqwest has to decode by itself.
#[derive(Deserialize)]
struct Wrapped {
    data: Thing,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { calls, json } = Arguments::parse();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let route = axum::routing::get(async || ([(http::header::CONTENT_TYPE, "application/json")], BODY));
    tokio::spawn(axum::serve(listener, axum::Router::new().route("/things/{id}", route)).into_future());

    let ours = BaseClient::connect(SERVICE, &url)?;
    let bare = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let target = format!("{url}/things/7");
    let (mut with_stack, mut without) = (Vec::new(), Vec::new());
    let clock = Clock::system();
    for turn in 0..calls + calls / 10 {
        let begun = clock.now();
        let mut request = Request::new(&READ);
        request.path_arg("id", "7")?;
        let thing: Thing = ours.call(request).await?.decode()?;
        let middle = clock.now();
        let wrapped: Wrapped = serde_json::from_slice(&bare.get(&target).send().await?.bytes().await?)?;
        let end = clock.now();
        assert_eq!(thing.amount, wrapped.data.amount);
        if turn >= calls / 10 {
            with_stack.push(middle - begun);
            without.push(end - middle);
        }
    }
    report(&mut with_stack, &mut without, json);
    Ok(())
}

fn report(ours: &mut [Duration], bare: &mut [Duration], json: bool) {
    let [ours, bare] = [ours, bare].map(|times| {
        times.sort_unstable();
        [times.len() / 2, times.len() * 99 / 100].map(|at| times[at].as_nanos())
    });
    let permille = ours[0] * 1000 / bare[0].max(1);
    if json {
        let object = serde_json::json!({
            "base_client_ns": { "p50": ours[0], "p99": ours[1] },
            "reqwest_ns": { "p50": bare[0], "p99": bare[1] },
            "ratio_permille": permille,
        });
        println!("{object}");
    } else {
        println!("BaseClient   p50 {:>7} ns   p99 {:>7} ns", ours[0], ours[1]);
        println!("bare reqwest p50 {:>7} ns   p99 {:>7} ns", bare[0], bare[1]);
        println!("ratio of the medians: {}.{:03}", permille / 1000, permille % 1000);
    }
}
