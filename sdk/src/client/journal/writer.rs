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
    line,
};

/// Most events written at once, which bounds the wait of the first one.
const BATCH: usize = 256;
/// A file is written anew when it holds this many lines that no longer matter, some 500 KiB, and they are most of it.
const DEAD_LINES: usize = 1024;

/// What a writer is asked for.
pub(super) enum Command {
    Write(Event, oneshot::Sender<Result<(), String>>),
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
        Ok(Self { file, open: contents.open, lines: contents.lines, broken: None, _lock: lock, path })
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
    fn commit(&mut self, batch: &mut Vec<(Event, oneshot::Sender<Result<(), String>>)>) {
        if batch.is_empty() {
            return;
        }
        let written = self.write(batch.iter().map(|(event, _)| event));
        let (durable, soon): (Vec<_>, Vec<_>) = batch.drain(..).partition(|(event, _)| must_be_durable(event));
        for (_, answer) in soon {
            let _ = answer.send(written.clone());
        }
        if durable.is_empty() {
            return;
        }
        let flushed = written.and_then(|()| self.file.sync_data().map_err(|error| self.breaks(&error)));
        for (_, answer) in durable {
            let _ = answer.send(flushed.clone());
        }
    }

    fn write<'a>(&mut self, events: impl Iterator<Item = &'a Event> + Clone) -> Result<(), String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        let lines: serde_json::Result<String> = events.clone().map(line::write).collect();
        let written = lines.map_err(io::Error::from).and_then(|lines| self.file.write_all(lines.as_bytes()));
        written.map_err(|error| self.breaks(&error))?;
        for event in events {
            self.open.apply(event);
            self.lines += 1;
        }
        let dead = self.lines.saturating_sub(self.open.len());
        if dead > DEAD_LINES && dead > 3 * self.open.len() {
            self.compact().map_err(|error| self.breaks(&error))?;
        }
        Ok(())
    }

    /// Writes the open entries to a new file and puts it in the place of the old one.
    fn compact(&mut self) -> io::Result<()> {
        let path = beside(&self.path, "new");
        let entries = self.open.list();
        let lines: serde_json::Result<String> =
            entries.iter().map(|entry| line::write(&Event::Begin(Box::new(entry.clone())))).collect();
        let mut file = options().write(true).truncate(true).open(&path)?;
        file.write_all(lines?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&path, &self.path)?;
        sync_folder(&self.path)?;
        self.lines = entries.len();
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
