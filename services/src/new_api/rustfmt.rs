//! rustfmt, where it is installed: it knows better than anybody how our sources look.

use std::{
    io::Write,
    process::{Command, Stdio},
};

/// The text as rustfmt writes it, or nothing when there is no rustfmt or it does not understand the text.
pub(super) fn format(text: &str) -> Option<String> {
    let settings = ["--edition", "2024", "--config", "max_width=120,use_small_heuristics=Max,merge_derives=false"];
    let mut child = Command::new("rustfmt")
        .args(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // rustfmt reads all of its input before it writes.
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    if output.status.success() { String::from_utf8(output.stdout).ok() } else { None }
}
