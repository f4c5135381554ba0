//! Settings of the way to an instance, each with its reason.

use std::time::Duration;

use crate::contract::error::{Error, Result};

/// Settings of one connection pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportConfig {
    /// Longest time to connect, name lookup and TLS included. Short, since a neighbour that does not pick up at once is
    /// down. Default 500 ms.
    pub connect_timeout: Duration,
    /// Largest answer that is read. A larger one is an error, and the rest is not read. Default 4 MiB.
    pub max_response_bytes: usize,
    /// Most headers of an answer; more are an error. Default 100, as in hyper, nginx and Apache.
    pub max_response_headers: usize,
    /// Most bytes that the headers of an answer may take, 8 KiB or more. Default 64 KiB: eight times what servers
    /// commonly allow, and little enough for every socket of a busy process.
    pub max_response_header_bytes: usize,
    /// How long an unused socket is kept; shorter than a server's keep-alive, so that we close it and not the server
    /// under our next request. Default 30 s: load balancers of the large clouds wait 60 s, nginx 75 s.
    pub pool_idle_timeout: Duration,
    /// Most unused sockets kept. Default 128, which covers the bursts of one process without holding on to its worst
    /// moment.
    pub pool_max_idle: usize,
    /// How long sockets are used before new ones replace them, give or take a fifth by chance, so that a fleet does not
    /// reconnect at one moment. New sockets find instances that were added behind one name. Default 5 min.
    pub pool_max_age: Duration,
    /// How often a silent socket is probed by TCP, so that a firewall which forgot it is noticed. Default 30 s.
    pub tcp_keepalive: Duration,
    /// Which HTTP is spoken. Default [`HttpVersion::Auto`].
    pub http_version: HttpVersion,
    /// HTTP/2: how often the server is pinged while exchanges are under way. A peer that vanished sends no reset, and
    /// all exchanges of the socket would wait for their timeouts. Default 10 s.
    pub h2_ping_interval: Duration,
    /// HTTP/2: how long the answer to a ping may take before the socket is given up. Default 5 s, well above a pause of
    /// the server for its garbage.
    pub h2_ping_timeout: Duration,
    /// HTTP/2: exchanges that may share a socket before the server has said how many it takes; its word holds from then
    /// on. Default 100, the least that RFC 9113 §6.5.2 wants servers to allow.
    pub h2_initial_streams: usize,
}

/// Which HTTP is spoken to an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpVersion {
    /// Over TLS, what the server prefers of HTTP/2 and HTTP/1.1; over plain TCP, HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone, over plain TCP too: the server must know.
    Http2,
}

impl HttpVersion {
    /// Whether exchanges may share a socket, as far as that is known before one is open.
    pub(super) fn shares_sockets(self, is_secure: bool) -> bool {
        match self {
            Self::Auto => is_secure,
            Self::Http1 => false,
            Self::Http2 => true,
        }
    }
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_millis(500),
            max_response_bytes: 4 * 1024 * 1024,
            max_response_headers: 100,
            max_response_header_bytes: 64 * 1024,
            pool_idle_timeout: Duration::from_secs(30),
            pool_max_idle: 128,
            pool_max_age: Duration::from_secs(5 * 60),
            tcp_keepalive: Duration::from_secs(30),
            http_version: HttpVersion::Auto,
            h2_ping_interval: Duration::from_secs(10),
            h2_ping_timeout: Duration::from_secs(5),
            h2_initial_streams: 100,
        }
    }
}

impl TransportConfig {
    /// Smallest buffer in which hyper reads the head of an answer.
    const LEAST_HEADER_BYTES: usize = 8 * 1024;
    /// Largest size of headers that HTTP/2 can announce, kept small enough to be a bound.
    const MOST_HEADER_BYTES: usize = 16 * 1024 * 1024;

    /// Checks that each number can work.
    ///
    /// # Errors
    /// The first that cannot, as a sentence that says what to do.
    pub fn validate(&self) -> Result<()> {
        let refuse = |text: String| Err(Error::configuration(text));
        if self.max_response_bytes == 0 {
            return refuse("max_response_bytes is 0, so no answer could be read; use at least 1".to_owned());
        }
        if self.max_response_headers == 0 {
            return refuse("max_response_headers is 0, so no answer could be read; use at least 1".to_owned());
        }
        let (header_bytes, least, most) =
            (self.max_response_header_bytes, Self::LEAST_HEADER_BYTES, Self::MOST_HEADER_BYTES);
        if !(least..=most).contains(&header_bytes) {
            return refuse(format!("max_response_header_bytes is {header_bytes}; use {least} to {most}"));
        }
        for (name, time) in [
            ("connect_timeout", self.connect_timeout),
            ("pool_max_age", self.pool_max_age),
            ("tcp_keepalive", self.tcp_keepalive),
            ("h2_ping_interval", self.h2_ping_interval),
            ("h2_ping_timeout", self.h2_ping_timeout),
        ] {
            if time.is_zero() {
                return refuse(format!("{name} is 0, so no exchange could end; set a time above zero"));
            }
        }
        if self.h2_initial_streams == 0 {
            return refuse("h2_initial_streams is 0, so nothing could be sent; use at least 1".to_owned());
        }
        Ok(())
    }
}
