//! Settings of the way to an instance, each with its reason.

use std::time::Duration;

/// Settings of one connection pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportConfig {
    /// Longest time to connect, TLS included. Short: a neighbour that does not pick up at once is down.
    pub connect_timeout: Duration,
    /// Largest answer that is read. A larger one is an error, and the rest is not read.
    pub max_response_bytes: usize,
    /// How long an unused socket is kept; shorter than a server's keep-alive, so that we close it and not the server
    /// under our next request.
    pub pool_idle_timeout: Duration,
    /// Most unused sockets kept.
    pub pool_max_idle: usize,
    /// How often a silent socket is probed by TCP.
    pub tcp_keepalive: Duration,
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_millis(500),
            max_response_bytes: 4 * 1024 * 1024,
            pool_idle_timeout: Duration::from_secs(60),
            pool_max_idle: 128,
            tcp_keepalive: Duration::from_secs(30),
        }
    }
}
