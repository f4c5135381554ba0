//! `payments new-api`: writes the declarations of an API from anybody's OpenAPI 3.0 or 3.1 document, as a draft that a
//! colleague reads and corrects.
//!
//! `document` reads the file, `merge` puts together what `allOf` keeps apart, `types` and `operations` say in
//! our words what the document says in its, `layout` decides which file holds what, `write` writes Rust. What
//! cannot be said becomes a note: a draft never loses something silently.

mod document;
mod layout;
mod merge;
mod model;
mod names;
mod notes;
mod operations;
mod rustfmt;
mod types;
mod write;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use payment_clients::contract::error::{Error, Result};

use document::Document;
use notes::Notes;

/// What was written, and what could not be.
#[derive(Debug)]
pub struct Written {
    /// The files, in the order of the document.
    pub files: Vec<PathBuf>,
    /// One line each: where, what, and what to do about it.
    pub notes: Vec<String>,
}

/// Writes the API that the document at `from` describes into a folder of its own under `out`. `only` names the tags
/// that are wanted; all are when it is empty.
///
/// # Errors
/// When the document cannot be read or does not keep to its own rules, or a file cannot be written.
pub fn write(from: &Path, out: &Path, only: &[String]) -> Result<Written> {
    let document = Document::read(from)?;
    let mut notes = Notes::default();
    let api = operations::read(&document, only, &mut notes)?;
    let sources = write::folder(&api, &mut notes)?;
    let folder = out.join(api.folder());
    fs::create_dir_all(&folder).map_err(|cause| unwritten(&folder, cause))?;
    let mut files = Vec::new();
    for (name, text) in sources {
        let path = folder.join(name).with_extension("rs");
        fs::write(&path, text).map_err(|cause| unwritten(&path, cause))?;
        files.push(path);
    }
    Ok(Written { files, notes: notes.into_lines() })
}

fn unwritten(path: &Path, cause: io::Error) -> Error {
    Error::configuration(format!("{} cannot be written: {cause}", path.display())).with_source(cause)
}
