//! The peer: the commits of payments and nothing else, in plain loops on the same disk. What it reaches is what
//! durability alone would allow, and the services can only come near it.

use std::{fs, path::Path, thread, time::Duration};

use payment_clients::seams::Clock;
use payment_services::registry::Name;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Outcome, layers::PATH, report::Round, times::Percentiles};
use crate::sqlite;

/// What the disk allows.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Durable {
    /// Payments a second, when their commits are all that is done: as many in each store as the services have made at
    /// their most, all stores at once.
    pub per_second: f64,
    /// The commits that one payment's answer waits for, one after another, with nothing else going on.
    pub in_a_row: Percentiles,
    /// Payments of the services, with all that follows done, for one of these.
    pub ratio: f64,
}

/// A store, and what one payment writes to it.
struct Store {
    connection: Connection,
    /// For one payment.
    commits: f64,
    /// For one commit.
    units: f64,
}

/// Payments whose commits are made before all stores wait for each other.
const TOGETHER: f64 = 200.0;
/// Payments that are timed alone.
const ALONE: usize = 200;
/// Rows that fill a store's log once. From then on it is written over, as the services' logs are after some seconds; to
/// make a file longer with each commit takes the disk twice as long.
const FILL: u32 = 20_000;
/// What one unit writes, about as long as the rows of one.
const BODY: [u8; 1_000] = [b'x'; 1_000];

/// Commits for some time as the services did in their best round.
///
/// # Errors
/// When the stores cannot be written.
pub fn measure(dir: &Path, most: &Round, within: Duration) -> Outcome<Durable> {
    fs::create_dir_all(dir)?;
    let clock = Clock::system();
    let in_a_row = Percentiles::of(&in_a_row(dir, &clock)?);
    let services = most.services.iter().filter(|service| service.cost.commits * TOGETHER >= 1.0);
    let mut stores = services
        .map(|service| {
            let (connection, commits) = (open(dir, service.name)?, service.cost.commits);
            Ok(Store { connection, commits, units: service.cost.units / commits })
        })
        .collect::<Outcome<Vec<_>>>()?;
    let (begun, mut payments) = (clock.now(), 0.0);
    while clock.now() - begun < within {
        together(&mut stores)?;
        payments += TOGETHER;
    }
    let per_second = payments / (clock.now() - begun).as_secs_f64();
    Ok(Durable { per_second, in_a_row, ratio: most.sustained / per_second })
}

/// The units that an answer waits for, each in a commit of its own.
fn in_a_row(dir: &Path, clock: &Clock) -> Outcome<Vec<Duration>> {
    let stores =
        PATH.iter().map(|(name, units)| Ok((open(dir, alone(*name))?, *units))).collect::<Outcome<Vec<_>>>()?;
    let timed = |_| {
        let begun = clock.now();
        one(&stores)?;
        Ok(clock.now() - begun)
    };
    (0..ALONE).map(timed).collect()
}

fn one(stores: &[(Connection, u32)]) -> Outcome<()> {
    for (connection, units) in stores {
        for _ in 0..*units {
            commit(connection, 1)?;
        }
    }
    Ok(())
}

/// The file's name; those of the other loop have the services' names.
fn alone(name: Name) -> String {
    format!("{name}-alone")
}

/// The commits of some payments, those of each store on a thread of its own, as its writer makes them.
fn together(stores: &mut [Store]) -> Outcome<()> {
    thread::scope(|scope| {
        let writers: Vec<_> = stores.iter_mut().map(|store| scope.spawn(|| store.write())).collect();
        writers.into_iter().try_for_each(|writer| writer.join().map_err(|_| "a writer panicked")?)
    })
}

fn open(dir: &Path, name: impl AsRef<str>) -> Outcome<Connection> {
    let connection = sqlite::open(&dir.join(name.as_ref()).with_extension("db"))?;
    connection.execute_batch("CREATE TABLE unit(id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")?;
    commit(&connection, FILL)?;
    Ok(connection)
}

fn commit(connection: &Connection, units: u32) -> Outcome<()> {
    let body = std::str::from_utf8(&BODY)?;
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for _ in 0..units {
        connection.prepare_cached("INSERT INTO unit(body) VALUES (?1)")?.execute(params![body])?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

impl Store {
    fn write(&mut self) -> Outcome<()> {
        // Parts of commits and of units do not exist; the nearest whole number stands for them.
        let [commits, units] = [self.commits * TOGETHER, self.units].map(|count| format!("{count:.0}").parse::<u32>());
        let units = units?.max(1);
        (0..commits?).try_for_each(|_| commit(&self.connection, units))
    }
}
