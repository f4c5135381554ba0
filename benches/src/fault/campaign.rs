//! A long random run: random classes, a random fate for each attempt, callers that stop waiting, and callers that
//! repeat a call in doubt with the same key, as a saga does.
//!
//! A campaign is made of rounds, each with a client, a host and a book of its own. What happens in a round follows from
//! the seed and its number alone, and sums do not depend on who ran which round, so the same seed gives the same
//! report on any number of cores.

use std::{
    io,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        error::{BoxError, Error, Result},
        idempotency::IdempotencyKey,
        operation::Class,
        response::Response,
    },
    seams::{Clock, Rng},
    transport::http::Http,
};

use super::{
    calls::{self, CLASSES},
    fate::pick,
    host::{Host, Plan},
    judge::{Ended, Knowledge, Tally},
    memory,
    server::{Protocol, Server},
    tls::Identity,
};

/// Longest time for one attempt; stalls cost this much, of virtual time in memory.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(100);
/// Attempts of a call, as for a critical operation.
const MAX_ATTEMPTS: u32 = 3;
/// Intents of one round: enough to make starting one cheap, few enough to keep its book in the processor's cache.
const ROUND: u64 = 5_000;
/// Calls under way at once in memory.
const CONCURRENT: usize = 64;
/// Calls under way at once over sockets, where most of them wait for a stalled answer.
const CONCURRENT_OVER_HTTP: usize = 256;
/// Calls for one intent: the first and what a saga repeats.
const MOST_CALLS: u32 = 3;

/// Runs `intents` through an in-memory transport on virtual time, on all cores. `wrap` may put something around the
/// client, such as a mistake that the judge must find.
///
/// # Errors
/// When a client or runtime cannot be built.
pub fn in_memory<C: Call>(intents: u64, seed: u64, wrap: impl Fn(BaseClient) -> C + Sync) -> Result<Tally, BoxError> {
    let next = AtomicU64::new(0);
    let sum = Mutex::new(Tally::default());
    let work = || -> Result<(), BoxError> {
        loop {
            let first = next.fetch_add(ROUND, Ordering::Relaxed);
            if first >= intents {
                return Ok(());
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
            let tally = runtime.block_on(round_in_memory(first..intents.min(first + ROUND), seed, &wrap))?;
            *sum.lock().unwrap_or_else(PoisonError::into_inner) += tally;
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a worker panicked"))?)
    })?;
    let tally = *sum.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(tally)
}

async fn round_in_memory<C: Call>(intents: Range<u64>, seed: u64, wrap: impl Fn(BaseClient) -> C) -> Result<Tally> {
    let clock = Clock::starting_at(SystemTime::UNIX_EPOCH);
    let host = Arc::new(Host::new(Plan::Drawn(seed), clock));
    let client = calls::client("http://memory", MAX_ATTEMPTS, ATTEMPT_TIMEOUT)
        .clock(clock)
        .rng(Rng::seeded(seed ^ intents.start))
        .build_on(&memory::transport(Arc::clone(&host)))?;
    let ended = run(&wrap(client), intents, seed, CONCURRENT).await?;
    Ok(Tally::of(&host.book(), &ended))
}

/// Runs `intents` through real sockets. The fates are those of the same seed, less refused connections, which a
/// listening server cannot give; how often time decides is up to the machine.
///
/// # Errors
/// When the server cannot start or the client cannot be built.
pub async fn over_http(intents: u64, seed: u64) -> Result<Tally, BoxError> {
    let clock = Clock::system();
    let identity = Identity::new()?;
    let mut sum = Tally::default();
    for first in (0..intents).step_by(usize::try_from(ROUND)?) {
        let host = Arc::new(Host::new(Plan::Drawn(seed), clock));
        let mut server = Server::start(Arc::clone(&host), Protocol::Plain, &identity).await?;
        let client = calls::client(&server.url(), MAX_ATTEMPTS, ATTEMPT_TIMEOUT);
        let client = client.rng(Rng::seeded(seed ^ first)).build_on(&Http::new())?;
        let ended = run(&client, first..intents.min(first + ROUND), seed, CONCURRENT_OVER_HTTP).await?;
        drop(client);
        server.drained().await?;
        sum += Tally::of(&host.book(), &ended);
    }
    Ok(sum)
}

/// All calls of a round.
async fn run<C: Call>(client: &C, intents: Range<u64>, seed: u64, concurrent: usize) -> Result<Vec<Ended>> {
    let calls = stream::iter(intents).map(|intent| pursue(client, intent, Rng::seeded(seed ^ intent.rotate_left(32))));
    let mut calls = calls.buffer_unordered(concurrent);
    let mut ended = Vec::new();
    while let Some(more) = calls.next().await {
        ended.extend(more?);
    }
    Ok(ended)
}

/// One intent: a call, and as long as its effect is in doubt, sometimes another one with the same key.
async fn pursue<C: Call>(client: &C, intent: u64, rng: Rng) -> Result<Vec<Ended>> {
    let class = *pick(&rng, &CLASSES);
    let mut key = match class {
        Class::Keyed if coin(&rng) => Some(own_key(intent)?),
        _ => None,
    };
    let mut ended = Vec::new();
    for call in 1..=MOST_CALLS {
        let request = calls::request(class, intent, call, key.clone()).await?;
        let (knowledge, used) = attend(client.call(request), &rng).await;
        ended.push(Ended { class, intent, call, knowledge });
        key = used.or(key);
        let in_doubt = match knowledge {
            Knowledge::Answered => false,
            Knowledge::Cancelled => true,
            Knowledge::Failed { certainty, .. } => certainty.is_indeterminate(),
        };
        if class != Class::Keyed || key.is_none() || !in_doubt || coin(&rng) {
            break;
        }
    }
    Ok(ended)
}

/// Waits for a call, or sometimes only for a while. Gives the key back that an answer in doubt carries.
async fn attend(call: impl Future<Output = Result<Response>>, rng: &Rng) -> (Knowledge, Option<IdempotencyKey>) {
    let answer = if rng.bits().is_multiple_of(16) {
        let patience = rng.up_to(2 * ATTEMPT_TIMEOUT);
        tokio::select! { biased;
            answer = call => answer,
            () = tokio::time::sleep(patience) => return (Knowledge::Cancelled, None),
        }
    } else {
        call.await
    };
    let key = answer.as_ref().err().and_then(|error| error.facts()?.key.clone());
    (Knowledge::of(&answer), key)
}

fn own_key(intent: u64) -> Result<IdempotencyKey> {
    IdempotencyKey::new(format!("saga-{intent}:pay")).map_err(|error| Error::invalid_request(error.to_string()))
}

fn coin(rng: &Rng) -> bool {
    rng.bits().is_multiple_of(2)
}
