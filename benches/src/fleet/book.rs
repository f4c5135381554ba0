//! The servers' own book. Every figure of the report is read from it and from the load's list of calls, never from a
//! counter of the client under test.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What happened at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An attempt reached the server, or was refused by its machine.
    Arrived,
    /// A worker took it up.
    Began,
    /// Its effect happened.
    Committed,
    /// A probe that belongs to no call.
    Probed,
}

/// One line of the book.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Time since the run began.
    pub at: Duration,
    /// Which server.
    pub server: usize,
    /// Which call, as the load numbered it; 0 for a probe.
    pub call: u64,
    /// What happened.
    pub event: Event,
}

/// All lines, in the order in which they were written.
#[derive(Debug, Default)]
pub struct Book(Mutex<Vec<Entry>>);

impl Book {
    /// Adds a line.
    pub fn write(&self, entry: Entry) {
        self.lines().push(entry);
    }

    /// The lines with this event between two times.
    pub fn entries(&self, event: Event, from: Duration, to: Duration) -> Vec<Entry> {
        let wanted = |entry: &&Entry| entry.event == event && entry.at >= from && entry.at < to;
        self.lines().iter().filter(wanted).copied().collect()
    }

    /// Attempts that arrived between two times, at all servers.
    pub fn attempts(&self, from: Duration, to: Duration) -> usize {
        self.entries(Event::Arrived, from, to).len()
    }

    /// When attempts arrived at one server between two times.
    pub fn arrivals_at(&self, server: usize, from: Duration, to: Duration) -> Vec<Duration> {
        let entries = self.entries(Event::Arrived, from, to);
        entries.iter().filter(|entry| entry.server == server).map(|entry| entry.at).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of `times` fall into each step of `width` between two times.
pub fn histogram(times: impl IntoIterator<Item = Duration>, from: Duration, to: Duration, width: Duration) -> Vec<u32> {
    let step = |time: Duration| usize::try_from(time.as_nanos() / width.as_nanos().max(1)).unwrap_or(usize::MAX);
    let mut counts = vec![0; step(to.saturating_sub(from)).max(1)];
    for time in times.into_iter().filter(|time| *time >= from) {
        if let Some(count) = counts.get_mut(step(time - from)) {
            *count += 1;
        }
    }
    counts
}
