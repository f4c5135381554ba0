//! What was done from the console, and what was seen to happen: a line each, the latest few. The page shows them as its log,
//! and says them to whoever cannot see the map.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

use crate::{
    kit::clock::Clock,
    watch::picture::{Breaker, Picture},
};

/// Lines that are kept.
const KEPT: usize = 60;

/// The lines.
#[derive(Debug)]
pub(super) struct Journal {
    clock: Clock,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    latest: VecDeque<Line>,
    written: u64,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// Counts from 1.
    pub id: u64,
    /// When, by the machine's clock.
    pub at_ms: i64,
    /// What kind of thing it tells.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Somebody did it from the page.
    Did,
    /// It was seen to happen, and is well.
    Good,
    /// It was seen to happen, and is not.
    Bad,
    /// It may have happened.
    Unknown,
}

impl Journal {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self { clock: Clock::system(), lines: Mutex::default() }
    }

    /// Adds a line; the oldest goes when there are too many.
    pub(super) fn write(&self, kind: Kind, text: impl Into<String>) {
        let at_ms = self.clock.now();
        let mut lines = self.lines();
        lines.written += 1;
        let line = Line { id: lines.written, at_ms, kind, text: text.into() };
        lines.latest.push_back(line);
        if lines.latest.len() > KEPT {
            lines.latest.pop_front();
        }
    }

    /// The latest lines, oldest first.
    pub(super) fn latest(&self) -> Vec<Line> {
        self.lines().latest.iter().cloned().collect()
    }

    /// Writes down what has changed from one picture to the next.
    pub(super) fn compare(&self, before: &Picture, now: &Picture) {
        let were: BTreeMap<_, _> = before.services.iter().map(|service| (service.name, service)).collect();
        for service in &now.services {
            let Some(was) = were.get(service.name) else { continue };
            match (was.up, service.up) {
                (true, false) => self.write(Kind::Bad, format!("{} does not answer", service.name)),
                (false, true) => self.write(Kind::Good, format!("{} answers again", service.name)),
                _ => {}
            }
            for (what, was, is) in [
                ("incidents", was.incidents, service.incidents),
                ("dead letters", was.dead_letters, service.dead_letters),
            ] {
                if let Some((is, _)) = is.zip(was).filter(|(is, was)| is > was) {
                    self.write(Kind::Bad, format!("{} has {is} open {what}", service.name));
                }
            }
        }
        let stood: BTreeMap<_, _> = before.calls.iter().map(|call| ((call.from, &*call.to), call.breaker)).collect();
        for call in &now.calls {
            let stood = stood.get(&(call.from, &*call.to)).copied().unwrap_or_default();
            if stood != call.breaker {
                let (kind, what) = match call.breaker {
                    Breaker::Closed => (Kind::Good, "has closed: calls pass"),
                    Breaker::Ramping => (Kind::Good, "lets more and more calls pass"),
                    Breaker::HalfOpen => (Kind::Unknown, "is half open: probes find out"),
                    Breaker::Open => (Kind::Bad, "has opened: no call passes"),
                };
                self.write(kind, format!("the breaker of {} before {} {what}", call.from, call.to));
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, KEPT, Kind};

    #[test]
    fn it_keeps_the_latest_lines_and_counts_all() {
        let journal = Journal::new();
        for number in 0..KEPT + 5 {
            journal.write(Kind::Did, format!("{number}"));
        }
        let lines = journal.latest();
        assert_eq!((lines.len(), lines[0].id, lines[KEPT - 1].id), (KEPT, 6, 65));
    }
}
