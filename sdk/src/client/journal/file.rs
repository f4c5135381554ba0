//! A journal in a file of this machine, for one process at a time.

use std::{path::PathBuf, thread};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::{
    KeyJournal,
    entry::{Entry, Event, State},
    writer::{Command, Writer},
};
use crate::contract::{
    error::{Error, Result},
    indeterminate::EntryId,
};

/// Calls that may wait for the writer; more than one batch, so that it never idles. Further ones wait to wait.
const WAITING: usize = 512;

/// Keeps entries in an append-only file. It survives `SIGKILL` and loss of power: a line that was being written then is
/// cut off, and nobody relied on it. A second process that opens it is refused.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    writer: mpsc::Sender<Command>,
}

impl FileJournal {
    /// Opens the journal at `path`, or begins one there; its folder must exist. `<path>.lock` is made beside it.
    ///
    /// # Errors
    /// When another process uses it, it cannot be read or written, or a line in its midst is damaged.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let (writer, inbox) = mpsc::channel(WAITING);
        let (opened, answer) = oneshot::channel();
        let at = path.clone();
        let work = move || match Writer::open(at) {
            Ok(writer) => {
                if opened.send(Ok(())).is_ok() {
                    writer.run(inbox);
                }
            }
            Err(why) => drop(opened.send(Err(why))),
        };
        // A thread of its own: it blocks on the disk for as long as the journal is in use.
        thread::Builder::new().name("key-journal".to_owned()).spawn(work).map_err(|error| {
            Error::configuration(format!("no thread for the journal {}: {error}", path.display())).with_source(error)
        })?;
        let opened = answer.await.unwrap_or_else(|_| Err("its thread ended".to_owned()));
        opened.map_err(|why| Error::configuration(format!("the journal cannot be opened: {why}")))?;
        Ok(Self { path, writer })
    }

    /// Writes what waits and lets go of the file; the journal takes nothing more. Without this, that happens soon after
    /// the last clone of the journal is dropped.
    pub async fn close(&self) {
        let (closed, answer) = oneshot::channel();
        if self.writer.send(Command::Close(closed)).await.is_ok() {
            // An error says that it was closed already.
            let _ = answer.await;
        }
    }

    async fn write(&self, event: Event) -> Result<()> {
        let (written, answer) = oneshot::channel();
        let sent = self.writer.send(Command::Write(event, written)).await;
        let answer = if sent.is_ok() { answer.await.ok() } else { None };
        match answer {
            Some(Ok(())) => Ok(()),
            Some(Err(why)) => Err(Error::rejected(format!("the journal cannot be written: {why}"))),
            None => Err(self.closed()),
        }
    }

    fn closed(&self) -> Error {
        Error::rejected(format!("the journal {} is closed", self.path.display()))
    }
}

#[async_trait]
impl KeyJournal for FileJournal {
    async fn begin(&self, entry: Entry) -> Result<()> {
        self.write(Event::Begin(Box::new(entry))).await
    }

    async fn mark(&self, id: EntryId, state: State) -> Result<()> {
        self.write(Event::Mark { id, state }).await
    }

    async fn open(&self) -> Result<Vec<Entry>> {
        let (listed, answer) = oneshot::channel();
        self.writer.send(Command::Open(listed)).await.map_err(|_| self.closed())?;
        answer.await.map_err(|_| self.closed())
    }
}
