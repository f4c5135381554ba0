//! The time of day as stores keep it: milliseconds since 1970, UTC. Tests and the trading day move it by hand: a
//! [`Hand`] that of one process, a [`Dial`] that of all processes that look at the same file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use payment_clients::{
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
    seams,
};

/// Tells the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System(seams::Clock),
    Manual(Arc<AtomicI64>),
    Dial(Arc<Face>),
}

/// Moves a manual clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicI64>);

/// Moves the clocks of several processes at once: they show the machine's time and what the file says they are ahead of
/// it. It is read whenever somebody asks for the time, so that no two of them disagree after a move.
#[derive(Clone, Debug)]
pub struct Dial(Arc<Face>);

#[derive(Debug)]
struct Face {
    machine: seams::Clock,
    file: PathBuf,
    /// What the file said last, for the case that it cannot be read.
    ahead: AtomicI64,
}

// === impl Clock ===

impl Clock {
    /// The machine's time. It moves with tokio's clock, so paused tests can move it too.
    pub fn system() -> Self {
        Self(Source::System(seams::Clock::system()))
    }

    /// A clock that stands at `unix_ms` until its hand is moved.
    pub fn manual(unix_ms: i64) -> (Self, Hand) {
        let now = Arc::new(AtomicI64::new(unix_ms));
        (Self(Source::Manual(Arc::clone(&now))), Hand(now))
    }

    /// A clock that somebody in another process moves, by this file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no number.
    pub fn dial(file: &Path) -> Result<Self> {
        let face = Face { machine: seams::Clock::system(), file: file.to_owned(), ahead: AtomicI64::new(0) };
        face.read().map_err(|cause| Error::configuration(format!("{}: {cause}", file.display())))?;
        Ok(Self(Source::Dial(Arc::new(face))))
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        match &self.0 {
            Source::System(clock) => unix_ms(clock),
            Source::Manual(now) => now.load(Ordering::SeqCst),
            Source::Dial(face) => {
                let ahead = face.read().unwrap_or_else(|_| face.ahead.load(Ordering::SeqCst));
                unix_ms(&face.machine).saturating_add(ahead)
            }
        }
    }

    /// The same as a wire value.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.now())
    }
}

// === impl Hand ===

impl Hand {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Moves the clock backward, as when somebody corrects one that was fast.
    pub fn turn_back(&self, by: Duration) {
        self.0.fetch_sub(millis(by), Ordering::SeqCst);
    }
}

// === impl Dial ===

impl Dial {
    /// A new dial in this file; the clocks show `unix_ms` now.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(file: &Path, unix_ms: i64) -> Result<Self> {
        let machine = seams::Clock::system();
        let ahead = unix_ms.saturating_sub(self::unix_ms(&machine));
        let dial = Self(Arc::new(Face { machine, file: file.to_owned(), ahead: AtomicI64::new(ahead) }));
        dial.turn(0)?;
        Ok(dial)
    }

    /// The clock that it moves, in this process.
    pub fn clock(&self) -> Clock {
        Clock(Source::Dial(Arc::clone(&self.0)))
    }

    /// The file that it is.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Moves the clocks, backward when it is below zero.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn turn(&self, by_ms: i64) -> Result<()> {
        let Face { file, ahead, .. } = &*self.0;
        let ahead = ahead.fetch_add(by_ms, Ordering::SeqCst).saturating_add(by_ms);
        // Written beside and renamed: nobody reads half a number.
        let beside = file.with_extension("new");
        let written = fs::write(&beside, ahead.to_string()).and_then(|()| fs::rename(&beside, file));
        written.map_err(|cause| Error::configuration(format!("{}: {cause}", file.display())))
    }
}

impl Face {
    fn read(&self) -> io::Result<i64> {
        let text = fs::read_to_string(&self.file)?;
        let ahead = text.trim().parse().map_err(|_| io::Error::other(format!("`{text}` is no number")))?;
        self.ahead.store(ahead, Ordering::SeqCst);
        Ok(ahead)
    }
}

fn unix_ms(machine: &seams::Clock) -> i64 {
    let since = machine.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A duration as stores keep it.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Clock, Dial};

    /// 2026-03-02T08:00:00Z.
    const MORNING: i64 = 1_772_438_400_000;
    /// More than a test takes between two looks.
    const SOME: i64 = 60_000;

    #[test]
    fn all_clocks_of_a_dial_move_at_once_in_both_directions() {
        let folder = tempfile::tempdir().unwrap();
        let dial = Dial::new(&folder.path().join("clock"), MORNING).unwrap();
        let clocks = [dial.clock(), Clock::dial(dial.file()).unwrap()];
        for (by, shown) in [(0, MORNING), (3_600_000, MORNING + 3_600_000), (-600_000, MORNING + 3_000_000)] {
            dial.turn(by).unwrap();
            for clock in &clocks {
                let now = clock.now();
                assert!((shown..shown + SOME).contains(&now), "{now} is not {shown}");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_dial_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        assert!(Clock::dial(&file).unwrap_err().message().contains("clock"));
        std::fs::write(&file, "noon").unwrap();
        assert!(Clock::dial(&file).unwrap_err().message().contains("`noon` is no number"));
    }
}
