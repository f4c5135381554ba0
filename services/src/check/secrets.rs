//! I25: what must not be written down anywhere. Planted texts are looked for in every file of the run, byte by byte, and in
//! every table of a database.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use payment_clients::contract::error::{Error, Result};

use super::{
    Beside,
    books::Books,
    report::{Line, Outcome, Report},
};
use crate::kit::{invariants::Violation, store::Stores};

const SAYS: &str = "no file and no table holds what was planted";

/// Looks for each planted line in all files of the folder, except in the file that plants it, and in the tables.
pub(super) fn look(report: &mut Report, books: &Books, beside: &Beside<'_>) -> Result<()> {
    let outcome = match beside.planted {
        None => Outcome::NotReached("nothing was planted; name a file with --planted".into()),
        Some(planted) => {
            let texts = texts(planted)?;
            let mut found = match books.stores() {
                // Found among the files.
                Stores::Folder(_) => Vec::new(),
                #[cfg(feature = "postgres")]
                Stores::Postgres(_) => tables(books, &texts, planted)?,
            };
            if let Some(folder) = beside.folder {
                found.extend(files(folder, &texts, planted)?);
            }
            let outcome = Outcome::of(&found);
            report.violations.extend(found);
            outcome
        }
    };
    report.lines.push(Line::new(&["I25"], SAYS, &[], outcome));
    Ok(())
}

fn failed(path: &Path, cause: io::Error) -> Error {
    Error::configuration(format!("{}: {cause}", path.display())).with_source(cause)
}

fn texts(planted: &Path) -> Result<Vec<String>> {
    let list = fs::read_to_string(planted).map_err(|cause| failed(planted, cause))?;
    let texts: Vec<_> = list.lines().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    if texts.is_empty() {
        return Err(Error::configuration(format!("{} plants nothing; write one text a line", planted.display())));
    }
    Ok(texts)
}

/// The lines whose texts are in `bytes`. The text itself is not repeated: a report is a file, too.
fn hits(bytes: &[u8], texts: &[String], row: &str, planted: &Path) -> Vec<Violation> {
    let hits = (1..).zip(texts).filter(|(_, text)| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
    let wrong =
        |(line, _)| Violation::new("I25", row, format!("holds the text of line {line} of {}", planted.display()));
    hits.map(wrong).collect()
}

fn files(folder: &Path, texts: &[String], planted: &Path) -> Result<Vec<Violation>> {
    let own = fs::canonicalize(planted).map_err(|cause| failed(planted, cause))?;
    let mut found = Vec::new();
    for file in all_files(folder).map_err(|cause| failed(folder, cause))? {
        if fs::canonicalize(&file).is_ok_and(|file| file == own) {
            continue;
        }
        let bytes = fs::read(&file).map_err(|cause| failed(&file, cause))?;
        found.extend(hits(&bytes, texts, &format!("file {}", file.display()), planted));
    }
    Ok(found)
}

fn all_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(all_files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Each table as one text. What XML writes differently is looked for as it writes it.
#[cfg(feature = "postgres")]
fn tables(books: &Books, texts: &[String], planted: &Path) -> Result<Vec<Violation>> {
    const TABLES: &str = "SELECT CAST(table_name AS TEXT),
            CAST(query_to_xml(format('SELECT * FROM %I', table_name), true, false, '') AS TEXT)
        FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name";
    let escaped = |text: &String| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let texts: Vec<_> = texts.iter().map(escaped).collect();
    let mut found = Vec::new();
    for store in books.names() {
        for (table, rows) in books.rows(store, TABLES, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))? {
            found.extend(hits(rows.as_bytes(), &texts, &format!("table {store}.{table}"), planted));
        }
    }
    Ok(found)
}
