//! A terminal that is drawn over in place, and is as it was before once this is dropped: also after an error.

use std::{
    io::{self, Read, Write},
    thread,
};

use payment_clients::contract::error::{Error, Result};
use tokio::sync::mpsc;

use crate::watch::table::{Line, Tone};

/// Another screen than the one with the shell's lines, without a cursor.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l";
/// Back to where it was.
const LEAVE: &str = "\u{1b}[?25h\u{1b}[?1049l";
/// To the upper left corner.
const HOME: &str = "\u{1b}[H";
/// The rest of the line, and of the screen, is empty.
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";
/// Lines and columns of a terminal that does not say.
const USUAL: (usize, usize) = (24, 80);

/// The terminal.
pub(super) struct Screen {
    quit: mpsc::Receiver<()>,
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

// === impl Screen ===

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub(super) fn open() -> Result<Self> {
        #[cfg(unix)]
        let before = letters_at_once();
        // From here on, dropping it puts everything back.
        let screen = Self {
            quit: keys()?,
            #[cfg(unix)]
            before,
        };
        draw(ENTER)?;
        Ok(screen)
    }

    /// Waits until somebody presses `q`.
    pub(super) async fn quit(&mut self) {
        if self.quit.recv().await.is_none() {
            // Nobody can press anything any more: there is Ctrl-C.
            std::future::pending::<()>().await;
        }
    }

    /// Shows these lines, as many and as much of each as there is room for.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn show(&mut self, lines: &[Line]) -> Result<()> {
        let (rows, columns) = size();
        let mut text = HOME.to_owned();
        for line in lines.iter().take(rows.saturating_sub(1)) {
            text.extend(tone(line.tone).chars().chain(line.text.chars().take(columns)));
            text.push_str("\u{1b}[0m");
            text.push_str(CLEAR_LINE);
            text.push_str("\r\n");
        }
        text.push_str("q ends");
        text.push_str(CLEAR_LINE);
        text.push_str(CLEAR_BELOW);
        draw(&text)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Where the terminal is gone, there is nothing to be put back.
        let _ = draw(LEAVE);
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, before);
        }
    }
}

fn draw(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Error::internal)
}

const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Head => "\u{1b}[1m",
        Tone::Plain => "",
        Tone::Warning => "\u{1b}[33m",
        Tone::Bad => "\u{1b}[1;31m",
    }
}

/// Tells of each `q`. The thread ends with the process: nothing wakes it but a key.
fn keys() -> Result<mpsc::Receiver<()>> {
    let (pressed, quit) = mpsc::channel(1);
    let read = move || {
        for byte in io::stdin().lock().bytes() {
            if matches!(byte, Ok(b'q' | b'Q')) && pressed.blocking_send(()).is_err() {
                return;
            }
            if byte.is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("keys".to_owned()).spawn(read).map_err(Error::internal)?;
    Ok(quit)
}

/// Has the terminal hand over each letter at once and show none; Ctrl-C stays what it is. What was before; none where
/// nobody can press anything.
#[cfg(unix)]
fn letters_at_once() -> Option<rustix::termios::Termios> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let before = tcgetattr(io::stdin()).ok()?;
    let mut now = before.clone();
    now.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    tcsetattr(io::stdin(), OptionalActions::Now, &now).ok()?;
    Some(before)
}

/// Lines and columns.
#[cfg(unix)]
fn size() -> (usize, usize) {
    let told = rustix::termios::tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_row > 0 && size.ws_col > 0);
    told.map_or(USUAL, |size| (size.ws_row.into(), size.ws_col.into()))
}

#[cfg(not(unix))]
fn size() -> (usize, usize) {
    USUAL
}
