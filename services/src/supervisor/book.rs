//! What was done to the platform, a line each, in the folder of the run: the one book of the supervisor, so that who checks
//! can tell what came of a fault.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use payment_clients::contract::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The file in the run's folder.
pub const FILE: &str = "faults.jsonl";

/// A book that is being written.
#[derive(Debug)]
pub struct Faults(Mutex<File>);

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When, by the clock of the services.
    pub at: i64,
    /// What: `kill`, `cut`, `slow`, `deaf`, `robbed`, `clock`.
    pub kind: String,
    /// To whom; to all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

// === impl Faults ===

impl Faults {
    /// Begins the book of a run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        opened.map(|file| Self(Mutex::new(file))).map_err(|cause| failed(&path, &cause))
    }

    /// Writes a fault down.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn note(&self, fault: &Fault) -> Result<()> {
        let mut line = serde_json::to_vec(fault).map_err(Error::internal)?;
        line.push(b'\n');
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        written.map_err(|cause| failed(Path::new(FILE), &cause))
    }
}

/// The faults of a run; none where nobody has kept a book.
///
/// # Errors
/// When the file cannot be read.
pub fn read(dir: &Path) -> Result<Vec<Fault>> {
    let path = dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => text.lines().map(|line| serde_json::from_str(line).map_err(Error::internal)).collect(),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(failed(&path, &cause)),
    }
}

/// How often each thing was done to each service.
pub fn counted(faults: &[Fault]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for Fault { kind, service, .. } in faults {
        let name = service.as_ref().map_or_else(|| kind.clone(), |service| format!("{kind} {service}"));
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn failed(path: &Path, cause: &io::Error) -> Error {
    Error::configuration(format!("{}: {cause}", path.display()))
}
