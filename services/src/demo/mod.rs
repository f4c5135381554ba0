//! The demo: pays real purchases through the platform, then compares four books.
//!
//! | file | part |
//! |---|---|
//! | [`input`] | the purchases, from a CSV file |
//! | [`merchant`] | who pays, and with which key |
//! | [`key`] | its key, in the hand of a program whose clock may be moved |
//! | [`run`] | the driver, a merchant with many customers at once |
//! | [`history`] | what was sent and answered, in a file |
//! | [`tally`] | what became of the purchases |
//! | [`books`] | what each service's own file says, after everything has stopped |
//! | [`report`] | the table, and the JSON object |

pub mod books;
pub mod history;
pub mod input;
pub mod key;
pub mod merchant;
pub mod report;
pub mod run;
pub mod tally;

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

/// The progress of a run, on stderr: hidden unless `shown`, and where stderr is no terminal.
pub fn progress(input: &Path, limit: Option<u64>, shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let rows = input::count_rows(input).unwrap_or(0);
    let style = ProgressStyle::with_template("paying {bar:40} {human_pos}/{human_len} {per_sec}, {eta} left");
    let bar = ProgressBar::new(limit.map_or(rows, |limit| limit.min(rows)));
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
