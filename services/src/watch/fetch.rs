//! Asks a service for its health and its figures, both at once.

use std::str;

use bytes::Bytes;
use http::{Request, StatusCode};
use payment_clients::{
    contract::error::Result,
    transport::{
        Connection, Transport,
        config::TransportConfig,
        http::{Http, Pool},
        instance::Instance,
    },
};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::{DEADLINE, MOST};
use crate::kit::health::Status;

/// The way to one service.
#[derive(Debug)]
pub(super) struct Probe {
    base: String,
    connection: Pool,
}

/// What a service has answered.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    /// When it was asked.
    pub(super) at: Instant,
    /// How well it is.
    pub(super) health: Result<Status, String>,
    /// Its figures, or why there are none.
    pub(super) metrics: Result<String, String>,
}

/// As much of a health report as is looked at.
#[derive(Deserialize)]
struct Report {
    status: Status,
}

// === impl Probe ===

impl Probe {
    /// The way to the service at this address.
    ///
    /// # Errors
    /// When the address cannot be one.
    pub(super) fn new(url: &str) -> Result<Self> {
        let instance: Instance = url.parse()?;
        let mut config = TransportConfig::default();
        // Two answers at once, and nothing beside them.
        (config.max_response_bytes, config.pool_max_idle) = (MOST, 2);
        Ok(Self { base: instance.base().to_owned(), connection: Http::new().open(&instance, &config)? })
    }

    /// Asks for both. What breaks is part of the answer.
    pub(super) async fn ask(&self) -> Answers {
        let at = Instant::now();
        let (health, metrics) = tokio::join!(self.get("/health"), self.get("/metrics"));
        Answers { at, health: health.and_then(report), metrics: metrics.and_then(exposition) }
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), String> {
        let request =
            Request::get(format!("{}{path}", self.base)).body(Bytes::new()).map_err(|error| error.to_string())?;
        let answer = timeout(DEADLINE, self.connection.send(request)).await;
        let answer =
            answer.map_err(|_| format!("no answer within {DEADLINE:?}"))?.map_err(|error| error.to_string())?;
        Ok((answer.status(), answer.into_body()))
    }
}

/// A service that is not well says so in its answer, not only by its status.
fn report((status, body): (StatusCode, Bytes)) -> Result<Status, String> {
    let report: Report = serde_json::from_slice(&body).map_err(|_| format!("answers {status} and no report"))?;
    Ok(report.status)
}

fn exposition((status, body): (StatusCode, Bytes)) -> Result<String, String> {
    if status != StatusCode::OK {
        return Err(format!("answers {status}"));
    }
    str::from_utf8(&body).map(str::to_owned).map_err(|_| "answers with no text".to_owned())
}

// === impl Answers ===

impl Answers {
    /// Its figures, if it has told them.
    pub(super) fn metrics(&self) -> Option<&str> {
        self.metrics.as_deref().ok()
    }
}
