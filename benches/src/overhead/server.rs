//! The other end of the loopback. It runs in a process of its own, so that the processor time and the allocations of
//! the measured process are the client's alone.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, routing, serve::ListenerExt};
use http::header::CONTENT_TYPE;
use payment_services::collector::Collector;

use super::{Outcome, api::ANSWER};

/// The server process, ended when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub url: String,
    /// Where it takes spans.
    pub collector: String,
    control: reqwest::Client,
}

impl Server {
    /// Starts this program again as the server.
    pub fn start() -> Outcome<Self> {
        let mut process =
            Command::new(env::current_exe()?).arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let control = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let (url, collector) = line.trim().split_once(' ').ok_or("the server did not say where it listens")?;
        Ok(Self { process, url: url.to_owned(), collector: collector.to_owned(), control })
    }

    /// Connections accepted so far. Asked over one kept connection, which is the first to be counted.
    pub async fn accepted(&self) -> Outcome<u64> {
        Ok(self.control.get(format!("{}/accepted", self.url)).send().await?.text().await?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself when its input closes; waiting leaves no zombie.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Serves until the standard input closes, which it does when the bench ends, however it ends.
pub async fn serve() -> Outcome<()> {
    let accepted = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&accepted);
    let answer = async || ([(CONTENT_TYPE, "application/json")], ANSWER);
    let router = Router::new()
        .route("/api/v1/things/{id}", routing::get(answer))
        .route("/api/v1/things", routing::post(async |_: bytes::Bytes| ([(CONTENT_TYPE, "application/json")], ANSWER)))
        .route("/accepted", routing::get(async move || accepted.load(Ordering::Relaxed).to_string()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let collector = Collector::listen(0).await?;
    super::report::line(&format!("http://{} {}", listener.local_addr()?, collector.url()));
    let listener = listener.tap_io(move |socket| {
        count.fetch_add(1, Ordering::Relaxed);
        let _ = socket.set_nodelay(true);
    });
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    axum::serve(listener, router).with_graceful_shutdown(async { drop(closed.await) }).await?;
    collector.stop().await;
    Ok(())
}
