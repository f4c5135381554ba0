//! The folder of a run: new, continued, or refused because it is finished.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use payment_clients::{
    contract::error::{Error, Result},
    seams::Rng,
};
use serde::{Deserialize, Serialize};

use crate::kit::clock::Clock;

/// The file that says what the folder is of.
const MARK: &str = "run.json";

/// A run's folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    run: Run,
    resumed: bool,
}

/// What is kept about a run.
#[derive(Debug, Serialize, Deserialize)]
struct Run {
    /// Names its payments: a continued run asks for the same ones.
    id: String,
    /// Everything was paid and the books agreed.
    finished: bool,
}

impl Folder {
    /// This folder, or a new one; emptied first when it is to be fresh.
    ///
    /// # Errors
    /// When it cannot be made, or holds a finished run and `--fresh` is not given.
    pub fn open(dir: Option<&Path>, fresh: bool) -> Result<Self> {
        let id = new_id()?;
        let path = dir.map_or_else(|| Path::new(".payments").join(&id), Path::to_owned);
        let failed = |cause: io::Error| Error::configuration(format!("{}: {cause}", path.display())).with_source(cause);
        if fresh && path.join(MARK).exists() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        fs::create_dir_all(&path).map_err(failed)?;
        let (run, resumed) = match fs::read(path.join(MARK)) {
            Ok(text) => (serde_json::from_slice(&text).map_err(|cause| failed(cause.into()))?, true),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                if fs::read_dir(&path).map_err(failed)?.next().is_some() {
                    let text = format!("{} is not empty and holds no run of ours; name another folder", path.display());
                    return Err(Error::configuration(text));
                }
                (Run { id, finished: false }, false)
            }
            Err(cause) => return Err(failed(cause)),
        };
        let folder = Self { path, run, resumed };
        // What is there stays as it is: services in other processes may read it at this moment.
        if !resumed {
            folder.save()?;
        }
        Ok(folder)
    }

    /// Where the stores are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names the payments of the run.
    pub(super) fn run_id(&self) -> &str {
        &self.run.id
    }

    /// True when an earlier process left the run unfinished.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Refuses a run that has nothing left to do.
    ///
    /// # Errors
    /// When the run is finished.
    pub(super) fn refuse_finished(&self) -> Result<()> {
        if !self.run.finished {
            return Ok(());
        }
        let path = self.path.display();
        Err(Error::configuration(format!("the run in {path} is finished; use --fresh to empty it, or another --dir")))
    }

    /// Removes a new folder, in which nothing was done.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(super) fn discard(&self) -> Result<()> {
        let removed = fs::remove_file(self.path.join(MARK)).and_then(|()| fs::remove_dir(&self.path));
        removed.map_err(|cause| Error::configuration(format!("{}: {cause}", self.path.display())))
    }

    /// Notes that nothing is left to do.
    ///
    /// # Errors
    /// When the mark cannot be written.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.run.finished = true;
        self.save()
    }

    fn save(&self) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.run).map_err(Error::internal)?;
        let mark = self.path.join(MARK);
        let failed = |cause| Error::configuration(format!("{}: {cause}", mark.display()));
        // Written beside and renamed, so that a crash leaves the old mark or the new one.
        let beside = mark.with_extension("new");
        fs::write(&beside, text).and_then(|()| fs::rename(&beside, &mark)).map_err(failed)
    }
}

/// A name for a new run: when it began, and four digits against runs of the same second.
fn new_id() -> Result<String> {
    let at = Clock::system().timestamp().to_string();
    let digits: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    Ok(format!("{digits}-{:04x}", Rng::system()?.bits() & 0xffff))
}
