//! Instances from a file that someone else keeps: a config map, a template of a service registry, a person.
//!
//! One URL per line; blank lines and what follows a `#` are left out. The file is best replaced as a whole (written
//! beside, then renamed over). One that is written in place is taken only after it has stood still for a look, so that
//! a half-written list is not a smaller fleet.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{Discovery, MAX_INSTANCES, Pending};
use crate::{
    contract::error::{Error, Result},
    transport::instance::Instance,
};

/// How often the file is looked at. A second is soon enough for a change of a fleet, which takes longer to start, and
/// one read of a small cached file per second costs nothing.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Largest file that is read: [`MAX_INSTANCES`] lines of 256 bytes, which no URL of an instance needs.
const MAX_BYTES: usize = MAX_INSTANCES * 256;

/// A watched file.
#[derive(Debug)]
pub struct File {
    path: Arc<Path>,
    interval: Duration,
    /// What the last `resolve` read; `None` when it could not.
    seen: Mutex<Option<Vec<u8>>>,
}

impl File {
    /// Watches the file at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into().into(), interval: INTERVAL, seen: Mutex::new(None) }
    }

    /// Looks at the file this often instead of every [`INTERVAL`].
    #[must_use]
    pub fn every(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// The bytes are compared, not the time of the last change: two changes within its resolution have the same time,
    /// and a file renamed over another can be older.
    async fn read(&self) -> io::Result<Vec<u8>> {
        let path = Arc::clone(&self.path);
        let read = move || {
            let mut bytes = Vec::new();
            fs::File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
    }

    async fn instances(&self) -> Result<Vec<Instance>> {
        let read = self.read().await;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = read.as_ref().ok().cloned();
        let bytes = read.map_err(|error| {
            self.refuse(format!("cannot be read: {error}; create it, or allow this process to read it"))
                .with_source(error)
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(self.refuse(format!("is larger than {MAX_BYTES} bytes; it must hold one URL per line")));
        }
        let text = String::from_utf8(bytes).map_err(|_| self.refuse("is no UTF-8 text; write one URL per line"))?;
        self.parse(&text)
    }

    fn parse(&self, text: &str) -> Result<Vec<Instance>> {
        let mut lines: BTreeMap<Instance, usize> = BTreeMap::new();
        for (line, text) in text.lines().enumerate().map(|(index, text)| (index + 1, text)) {
            let url = text.split_once('#').map_or(text, |(url, _)| url).trim();
            if url.is_empty() {
                continue;
            }
            let instance =
                url.parse().map_err(|error: Error| self.refuse(format!("line {line}: {}", error.message())))?;
            if let Some(first) = lines.insert(instance, line) {
                return Err(self.refuse(format!("line {line} repeats line {first}; name each instance once")));
            }
        }
        if lines.is_empty() {
            return Err(self.refuse("names no instance; write one URL per line"));
        }
        Ok(lines.into_keys().collect())
    }

    fn refuse(&self, why: impl AsRef<str>) -> Error {
        Error::configuration(format!("the file of instances {}: {}", self.path.display(), why.as_ref()))
    }
}

// === impl Discovery ===

impl Discovery for File {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(self.instances())
    }

    fn changed(&self) -> Pending<'_, ()> {
        Box::pin(async {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut before = seen.clone();
            loop {
                tokio::time::sleep(self.interval).await;
                let now = self.read().await.ok();
                if now != seen && now == before {
                    return;
                }
                before = now;
            }
        })
    }
}
