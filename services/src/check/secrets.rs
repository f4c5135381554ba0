//! I25: what must not be written down anywhere. Planted texts are looked for in every file, byte by byte.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use payment_clients::contract::error::{Error, Result};

use super::report::{Line, Outcome, Report};
use crate::kit::{invariants::Violation, store::Stores};

const SAYS: &str = "no file holds what was planted";

/// Looks for each line of `planted` in all files of the folder, except in `planted` itself.
pub(super) fn look(report: &mut Report, stores: &Stores, planted: Option<&Path>) -> Result<()> {
    let outcome = match (stores, planted) {
        (_, None) => Outcome::NotReached("nothing was planted; name a file with --planted".into()),
        (Stores::Folder(dir), Some(planted)) => {
            let found = search(dir, planted)?;
            let outcome = Outcome::of(&found);
            report.violations.extend(found);
            outcome
        }
        #[cfg(feature = "postgres")]
        (Stores::Postgres(_), Some(_)) => Outcome::NotReached("the stores are no files here".into()),
    };
    report.lines.push(Line::new(&["I25"], SAYS, &[], outcome));
    Ok(())
}

fn search(dir: &Path, planted: &Path) -> Result<Vec<Violation>> {
    let failed =
        |path: &Path, cause: io::Error| Error::configuration(format!("{}: {cause}", path.display())).with_source(cause);
    let list = fs::read_to_string(planted).map_err(|cause| failed(planted, cause))?;
    let texts: Vec<&str> = list.lines().map(str::trim).filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return Err(Error::configuration(format!("{} plants nothing; write one text a line", planted.display())));
    }
    let own = fs::canonicalize(planted).map_err(|cause| failed(planted, cause))?;
    let mut found = Vec::new();
    for file in files(dir).map_err(|cause| failed(dir, cause))? {
        if fs::canonicalize(&file).is_ok_and(|file| file == own) {
            continue;
        }
        let bytes = fs::read(&file).map_err(|cause| failed(&file, cause))?;
        // The text itself is not repeated: a report is a file, too.
        let hits = (1..).zip(&texts).filter(|(_, text)| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
        found.extend(hits.map(|(line, _)| {
            let wrong = format!("holds the text of line {line} of {}", planted.display());
            Violation::new("I25", format!("file {}", file.display()), wrong)
        }));
    }
    Ok(found)
}

fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
