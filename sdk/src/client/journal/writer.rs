//! The one thread that owns a journal's file. It writes whatever waits as one batch and makes it durable at once, so
//! that many calls share the price of one disk flush.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    entry::{Entry, Event, Open, State},
    line::{self, Contents},
};

/// Most events written at once, which bounds the wait of the first one.
const BATCH: usize = 256;
/// A file is written anew when it holds this many lines that no longer matter, some 500 KiB, and they are most of it.
const DEAD_LINES: usize = 1024;

/// Told whether an event is written.
type Written = oneshot::Sender<Result<(), String>>;

/// What a writer is asked for.
pub(super) enum Command {
    Write(Event, Written),
    Open(oneshot::Sender<Vec<Entry>>),
    Close(oneshot::Sender<()>),
}

/// A journal's file, locked for this process.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    open: Open,
    lines: usize,
    /// Length of the file up to which it is known and meant.
    length: u64,
    /// Why nothing can be written any more. After a failed flush nobody knows what the disk holds, so no later write
    /// could promise anything.
    broken: Option<String>,
    /// Held while the writer lives; the system lets go of it when the process dies, however it dies.
    _lock: File,
}

// === opening ===

impl Writer {
    /// Locks and reads the file, and makes it end with a whole line.
    pub(super) fn open(path: PathBuf) -> Result<Self, String> {
        let at = |error: io::Error| format!("{}: {error}", path.display());
        let lock = lock(&path)?;
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(at(error)),
        };
        let contents = line::read(&text).map_err(|line| {
            let path = path.display();
            format!("{path}: line {line} is damaged, and not by a crash; repair the file or set it aside")
        })?;
        let file = options().append(true).open(&path).map_err(at)?;
        if contents.whole < text.len() {
            file.set_len(contents.whole as u64).map_err(at)?;
        }
        file.sync_all().and_then(|()| sync_folder(&path)).map_err(at)?;
        let Contents { open, lines, whole } = contents;
        Ok(Self { file, open, lines, length: whole as u64, broken: None, _lock: lock, path })
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    // Bodies may hold personal data.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A lock of its own, because the journal's file is replaced when it is written anew.
fn lock(path: &Path) -> Result<File, String> {
    let path = beside(path, "lock");
    let file =
        options().write(true).truncate(false).open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    fs4::FileExt::try_lock(&file).map_err(|error| {
        format!("{}: {error}; a journal has one writer: is another process using it?", path.display())
    })?;
    Ok(file)
}

/// `keys.journal` → `keys.journal.lock`
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// Makes a new or replaced name durable, where folders can be flushed.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

// === writing ===

impl Writer {
    /// Serves until it is closed or nobody is left to ask.
    pub(super) fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let mut batch = Vec::new();
        while let Some(first) = inbox.blocking_recv() {
            let more = std::iter::from_fn(|| inbox.try_recv().ok()).take(BATCH - 1);
            for command in std::iter::once(first).chain(more) {
                match command {
                    Command::Write(event, answer) => batch.push((event, answer)),
                    Command::Open(answer) => {
                        self.commit(&mut batch);
                        let _ = answer.send(self.open.list());
                    }
                    Command::Close(answer) => {
                        self.commit(&mut batch);
                        drop(self);
                        let _ = answer.send(());
                        return;
                    }
                }
            }
            self.commit(&mut batch);
        }
    }

    /// Writes a batch, and answers each of its events once it is as durable as it must be. Nobody waits any more for an
    /// answer that cannot be sent.
    fn commit(&mut self, batch: &mut Vec<(Event, Written)>) {
        if batch.is_empty() {
            return;
        }
        if let Some(why) = &self.broken {
            let refused = |event: &Event| if self.open.is_changed_by(event) { Err(why.clone()) } else { Ok(()) };
            batch.drain(..).for_each(|(event, answer)| drop(answer.send(refused(&event))));
            return;
        }
        let (events, answers): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let (durable, soon): (Vec<_>, Vec<_>) =
            events.iter().zip(answers).partition(|(event, _)| must_be_durable(event));
        let written = self.append(&events);
        let status = written.as_ref().map(drop).map_err(String::clone);
        soon.into_iter().for_each(|(_, answer)| drop(answer.send(status.clone())));
        let flushed = if durable.is_empty() { written } else { written.and_then(|bytes| self.flush(bytes)) };
        match &flushed {
            Ok(bytes) => self.keep(&events, *bytes),
            Err(_) => self.take_back(&events),
        }
        let status = flushed.map(drop);
        durable.into_iter().for_each(|(_, answer)| drop(answer.send(status.clone())));
        self.tidy();
    }

    /// Appends the lines of some events, and gives their length.
    fn append(&mut self, events: &[Event]) -> Result<u64, String> {
        let lines: serde_json::Result<String> = events.iter().map(line::write).collect();
        let written = lines.map_err(io::Error::from).and_then(|lines| {
            self.file.write_all(lines.as_bytes())?;
            Ok(lines.len() as u64)
        });
        written.map_err(|error| self.breaks(&error))
    }

    fn flush(&mut self, bytes: u64) -> Result<u64, String> {
        self.file.sync_data().map(|()| bytes).map_err(|error| self.breaks(&error))
    }

    fn keep(&mut self, events: &[Event], bytes: u64) {
        events.iter().for_each(|event| self.open.apply(event));
        self.lines += events.len();
        self.length += bytes;
    }

    /// Removes what a failed batch may have left in the file: a call that was refused for it must not be found by a
    /// recovery, which would make it. Where that fails too, its entries count as being there.
    fn take_back(&mut self, events: &[Event]) {
        if self.file.set_len(self.length).and_then(|()| self.file.sync_all()).is_err() {
            let begun = events.iter().filter(|event| matches!(event, Event::Begin(_)));
            begun.for_each(|event| self.open.apply(event));
        }
    }

    /// Writes the file anew when most of it no longer matters.
    fn tidy(&mut self) {
        let dead = self.lines.saturating_sub(self.open.len());
        if self.broken.is_none()
            && dead > DEAD_LINES
            && dead > 3 * self.open.len()
            && let Err(error) = self.compact()
        {
            self.breaks(&error);
        }
    }

    /// Writes the open entries to a new file and puts it in the place of the old one.
    fn compact(&mut self) -> io::Result<()> {
        let path = beside(&self.path, "new");
        let entries = self.open.list();
        let lines: serde_json::Result<String> =
            entries.iter().map(|entry| line::write(&Event::Begin(Box::new(entry.clone())))).collect();
        let (mut file, lines) = (options().write(true).truncate(true).open(&path)?, lines?);
        file.write_all(lines.as_bytes())?;
        file.sync_all()?;
        fs::rename(&path, &self.path)?;
        sync_folder(&self.path)?;
        (self.lines, self.length) = (entries.len(), lines.len() as u64);
        self.file = file;
        Ok(())
    }

    fn breaks(&mut self, error: &io::Error) -> String {
        let why = format!("{}: {error}; nothing more is written until it is opened anew", self.path.display());
        self.broken.insert(why).clone()
    }
}

/// Whether somebody acts on an event as soon as it is answered.
fn must_be_durable(event: &Event) -> bool {
    matches!(event, Event::Begin(_) | Event::Mark { state: State::Void, .. })
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::SystemTime;

    use http::Method;

    use super::*;
    use crate::contract::{
        indeterminate::EntryId,
        operation::{Operation, Service, Tier},
        partner::Profile,
        request::Request,
    };

    const SERVICE: Service = Service { name: "bank", port: None, tier: Tier::Critical };
    static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/payments");

    fn begin(id: u128) -> Event {
        let entry = Entry::new(EntryId::new(id), &Request::new(&PAY), None, &Profile::PLATFORM, SystemTime::UNIX_EPOCH);
        Event::Begin(Box::new(entry.unwrap()))
    }

    fn void(id: u128) -> Event {
        Event::Mark { id: EntryId::new(id), state: State::Void }
    }

    #[test]
    fn an_entry_that_a_failed_flush_may_have_left_cannot_be_voided_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(folder.path().join("keys.journal")).unwrap();
        let mut write = |event| {
            let (answer, mut written) = oneshot::channel();
            writer.commit(&mut vec![(event, answer)]);
            let answer = written.try_recv().unwrap();
            // Takes every write, and can neither be flushed nor cut.
            writer.file = OpenOptions::new().write(true).open("/dev/null").unwrap();
            answer.is_ok()
        };
        assert!(write(begin(1)));
        assert!(!write(begin(2)), "it is refused, and may be there");
        assert!(!write(void(2)), "so it must not pass for undone");
        assert!(write(void(3)), "this one cannot be there");
    }
}
