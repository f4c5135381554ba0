//! Writes `docs/SCORECARD.md` from `docs/scorecard.toml`, each line looked up.
#![allow(clippy::print_stdout, reason = "a tool says what is wrong")]

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::Parser;
use payment_benches::scorecard::{PAGE, lines, page};

/// Looks up what the scorecard says, and writes it.
#[derive(Parser)]
struct Arguments {
    /// Write nothing, and fail when the page in the tree is not what this run would write.
    #[arg(long)]
    check: bool,
    /// Root of the repository.
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn main() -> io::Result<ExitCode> {
    let Arguments { check, root } = Arguments::parse();
    let page = match lines(&root).and_then(|lines| page(&root, &lines)) {
        Ok(page) => page,
        Err(wrong) => {
            wrong.iter().for_each(|line| println!("{line}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    if !check {
        fs::write(root.join(PAGE), page)?;
        return Ok(ExitCode::SUCCESS);
    }
    if fs::read_to_string(root.join(PAGE)).ok().as_ref() == Some(&page) {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{PAGE} is not current; run `cargo run -p payment-benches --bin scorecard`");
    Ok(ExitCode::FAILURE)
}
