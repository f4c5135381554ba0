//! rustfmt, where it is installed: it knows better than anybody how our sources look.

use std::{
    io::{self, Write},
    process::{Command, Stdio},
};

use payment_clients::contract::error::{Error, Result};

/// The text as rustfmt writes it; nothing when there is no rustfmt.
///
/// # Errors
/// When rustfmt does not take the text for Rust.
pub(super) fn format(file: &str, text: &str) -> Result<Option<String>> {
    let settings = "max_width=120,use_small_heuristics=Max,merge_derives=false";
    let child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", settings])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        child => child.map_err(Error::internal)?,
    };
    if let Some(mut stdin) = child.stdin.take() {
        // rustfmt reads all of its input before it writes.
        stdin.write_all(text.as_bytes()).map_err(Error::internal)?;
    }
    let output = child.wait_with_output().map_err(Error::internal)?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::configuration(format!(
            "`{file}.rs` would be no Rust: {why}; rename what the document calls so, and report it"
        )));
    }
    String::from_utf8(output.stdout).map(Some).map_err(Error::internal)
}
