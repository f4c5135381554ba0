//! Buckets in Redis, each for all instances of a service. One is asked in one round trip: a script decides on the server,
//! by the server's clock, so that instances need not agree on the time and no two requests see the same token. A bucket is
//! forgotten once it is full again, and whoever has none has a full one.
//!
//! A quota keeps programs that run wild from the others. It is no promise about money, so it may be inexact for a while
//! and must not cost a payment: what Redis does not answer within a deadline, and everything in the pause after that, the
//! instance's own bucket decides. Until Redis is back a merchant can have its quota of each instance, and that is the
//! price; the health check tells of it. The other choice, to refuse whom nobody can count, would end all payments with
//! Redis.
//!
//! After the pause one request asks again, on a new connection. The crate's own manager is not used: it would retry inside
//! of the deadline, and it keeps a handshake that the server refused (a wrong password, too many clients) for good.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use payment_clients::contract::error::{Error, Result};
use redis::{Client, IntoConnectionInfo, RedisResult, Script, aio::MultiplexedConnection, io::tcp::TcpSettings};
use tokio::time::{Instant, timeout};

use super::{Key, word};

/// How long Redis may take at the start, when no request waits for it.
const START: Duration = Duration::from_secs(1);
/// How long it may take to answer, the connection included where there is none.
pub const DEADLINE: Duration = Duration::from_millis(50);
/// How long it is left alone when it does not answer.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Takes a token of a bucket: 1 when there was one, else 0. The bucket gains `ARGV[1]` tokens a second and holds `ARGV[2]`.
/// It is kept in millionths of a token, so that a microsecond brings `ARGV[1]` of them: whole numbers below 2^53, which Lua
/// counts exactly. A clock that was set back brings nothing.
const TAKE: &str = "
    local TOKEN = 1000000
    local rate, most = tonumber(ARGV[1]), ARGV[2] * TOKEN
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local known = redis.call('HMGET', KEYS[1], 'level', 'at')
    local level, at = tonumber(known[1] or most), tonumber(known[2] or now)
    level = math.min(most, level + math.max(0, now - at) * rate)
    local taken = 0
    if level >= TOKEN then
        level, taken = level - TOKEN, 1
    end
    redis.call('HSET', KEYS[1], 'level', level, 'at', now)
    redis.call('PEXPIRE', KEYS[1], math.ceil((most - level) / (rate * 1000)))
    return taken
";

/// A Redis server that holds buckets. Cheap to clone.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    client: Client,
    take: Script,
    deadline: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one that answered last.
    connection: Option<MultiplexedConnection>,
    away: Option<Away>,
}

struct Away {
    why: String,
    /// When it is asked again.
    again: Instant,
}

// === impl Shared ===

impl Shared {
    /// The server at this address, `redis://[user:password@]host:port[/database]`, which has so long to answer. Nothing is
    /// called yet.
    ///
    /// # Errors
    /// When that is no such address.
    pub fn new(url: &str, deadline: Duration) -> Result<Self> {
        // Requests share a connection; without this each would wait until the one before it is acknowledged.
        let at_once = TcpSettings::default().set_nodelay(true);
        let info = url.into_connection_info().map(|info| info.set_tcp_settings(at_once));
        let client = info.and_then(Client::open).map_err(|cause| {
            Error::configuration(format!("is no address of Redis ({cause}); use redis://host:port"))
        })?;
        let (take, state) = (Script::new(TAKE), Mutex::default());
        Ok(Self(Arc::new(Inner { client, take, deadline, state })))
    }

    /// Where it is, without user and password.
    pub fn address(&self) -> String {
        self.0.client.get_connection_info().addr().to_string()
    }

    /// Takes a token of a merchant's bucket, and says whether there was one; none when Redis does not say.
    pub(super) async fn admits(&self, service: &str, (merchant, class, bucket): &Key) -> Option<bool> {
        let (rate, class) = (bucket.per_second.get(), word(*class));
        let most = u64::from(rate) + u64::from(bucket.burst);
        let mut take = self.0.take.key(format!("payments:quota:{service}:{merchant}:{class}:{rate}:{most}"));
        take.arg(rate).arg(most);
        let question = |mut connection| async move { take.invoke_async(&mut connection).await };
        self.ask(self.0.deadline, question).await.ok()
    }

    /// Connects, so that the first request need not.
    pub(super) async fn connect(&self) -> Result<(), String> {
        self.ask(START, ping).await
    }

    /// Whether it answers, or else why not.
    pub(super) async fn look(&self) -> Result<(), String> {
        self.ask(self.0.deadline, ping).await
    }

    async fn ask<T, F>(
        &self,
        deadline: Duration,
        question: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, String>
    where
        F: Future<Output = RedisResult<T>>,
    {
        self.may_be_asked()?;
        let known = self.state().connection.clone();
        let asked = async {
            let connection = match known {
                Some(connection) => connection,
                None => self.0.client.get_multiplexed_async_connection().await?,
            };
            question(connection.clone()).await.map(|answer| (answer, connection))
        };
        match timeout(deadline, asked).await {
            Ok(Ok((answer, connection))) => {
                self.note_answer(connection);
                Ok(answer)
            }
            Ok(Err(error)) => Err(self.note_failure(error.to_string())),
            Err(_) => Err(self.note_failure(format!("no answer within {deadline:?}"))),
        }
    }

    /// By everybody while it answers; while it does not, by one after each pause.
    fn may_be_asked(&self) -> Result<(), String> {
        let now = Instant::now();
        match &mut self.state().away {
            Some(away) if now < away.again => Err(away.why.clone()),
            Some(away) => {
                away.again = now + PAUSE;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn note_answer(&self, connection: MultiplexedConnection) {
        let mut state = self.state();
        state.connection = Some(connection);
        if state.away.take().is_some() {
            tracing::info!(redis = self.address(), "quotas are shared by all instances again");
        }
    }

    fn note_failure(&self, why: String) -> String {
        let mut state = self.state();
        state.connection = None;
        if state.away.is_none() {
            tracing::warn!(redis = self.address(), why, "quotas are each instance's own until Redis answers");
        }
        state.away = Some(Away { why: why.clone(), again: Instant::now() + PAUSE });
        why
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ping(mut connection: MultiplexedConnection) -> RedisResult<()> {
    redis::cmd("PING").exec_async(&mut connection).await
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.address()).finish()
    }
}
