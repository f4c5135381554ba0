//! The journal's file: one line an event, `<checksum> <JSON>`. The checksum is the beginning of the JSON's SHA-256, so
//! that a line that was torn by a crash is told from one that was written.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::entry::{Event, Open};

/// Hexadecimal digits of a checksum: 64 bits, so that no torn line passes by chance.
const CHECKSUM: usize = 16;

/// An event as a line.
pub(super) fn write(event: &Event) -> serde_json::Result<String> {
    let json = serde_json::to_string(event)?;
    Ok(format!("{} {json}\n", checksum(&json)))
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) open: Open,
    pub(super) lines: usize,
    /// Length of what is whole. Anything behind it was being written when the process ended, and nobody relied on it.
    pub(super) whole: usize,
}

/// Reads a file. What stands behind its last line break is a torn line, and left out.
///
/// # Errors
/// The number of the first line that is whole and damaged, which is not what a crash leaves.
pub(super) fn read(file: &[u8]) -> Result<Contents, usize> {
    let mut contents = Contents::default();
    for line in file.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        let event = event(line).ok_or(contents.lines + 1)?;
        contents.open.apply(&event);
        contents.lines += 1;
        contents.whole += line.len();
    }
    Ok(contents)
}

fn event(line: &[u8]) -> Option<Event> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (found, json) = line.split_at_checked(CHECKSUM)?;
    let json = json.strip_prefix(' ')?;
    if found == checksum(json) { serde_json::from_str(json).ok() } else { None }
}

fn checksum(json: &str) -> String {
    let digest = Sha256::digest(json);
    digest.iter().take(CHECKSUM / 2).fold(String::with_capacity(CHECKSUM), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        client::journal::entry::{Entry, State},
        contract::{indeterminate::EntryId, timestamp::Timestamp},
    };

    fn begin(id: u128) -> Event {
        Event::Begin(Box::new(Entry {
            id: EntryId::new(id),
            service: "bank".into(),
            operation: "send".into(),
            path: "/transfers".into(),
            query: String::new(),
            body: "{\"note\":\"line\\nbreak, Zoë\"}".into(),
            intent: None,
            key: Some("k".into()),
            fingerprint: "f".into(),
            headers: false,
            repeatable: true,
            sent_at: Timestamp::from_unix_ms(1_761_307_200_123),
            state: State::Sent,
        }))
    }

    fn done(id: u128) -> Event {
        Event::Mark { id: EntryId::new(id), state: State::Done }
    }

    fn file(events: &[Event]) -> Vec<u8> {
        events.iter().map(|event| write(event).unwrap()).collect::<String>().into_bytes()
    }

    fn open(contents: &Contents) -> Vec<u128> {
        (0..10).filter(|id| contents.open.list().iter().any(|entry| entry.id == EntryId::new(*id))).collect()
    }

    #[test]
    fn every_event_reads_back() {
        let text = file(&[begin(1), begin(2), done(1), begin(3)]);
        let contents = read(&text).unwrap();
        assert_eq!((open(&contents), contents.lines, contents.whole), (vec![2, 3], 4, text.len()));
        assert_eq!(Event::Begin(Box::new(contents.open.list().remove(0))), begin(2));
    }

    #[test]
    fn a_file_cut_at_any_byte_keeps_every_line_before_the_cut() {
        let events = [begin(1), begin(2), done(1), begin(3)];
        let text = file(&events);
        for cut in 0..=text.len() {
            let contents = read(&text[..cut]).unwrap();
            let whole = text[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(contents.lines, whole);
            assert_eq!(contents.whole, file(&events[..whole]).len());
        }
    }

    #[test]
    fn a_damaged_line_is_an_error_and_not_a_loss() {
        let text = file(&[begin(1), begin(2), begin(3)]);
        let second = file(&[begin(1)]).len();
        let third = file(&[begin(1), begin(2)]).len();
        for at in second..third {
            let mut damaged = text.clone();
            damaged[at] ^= 1;
            assert_eq!(read(&damaged).unwrap_err(), 2, "byte {at}");
        }
    }
}
