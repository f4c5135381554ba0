//! Where the services of a run listen, as they have written it down in its folder: of `--ports auto`, nobody else knows.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind},
    path::Path,
};

use payment_clients::contract::error::{Error, Result};

use crate::{platform::Urls, registry::Name};

/// The file in the folder.
const FILE: &str = "addresses.json";

/// Adds these services to those of the folder. Services that start in other processes at this moment wait.
///
/// # Errors
/// When the file cannot be read or written; the text names it.
pub(super) fn write(dir: &Path, names: &[Name], urls: &Urls) -> Result<()> {
    let path = dir.join(FILE);
    let failed = |cause: io::Error| Error::configuration(format!("{}: {cause}", path.display())).with_source(cause);
    let lock = fs::File::create(path.with_extension("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut known = kept(&path).map_err(failed)?.unwrap_or_default();
    known.extend(names.iter().filter_map(|name| Some((name.to_string(), urls.get(name)?.clone()))));
    let text = serde_json::to_vec_pretty(&known).map_err(Error::internal)?;
    // Written beside and renamed: nobody reads half a file.
    let beside = path.with_extension("new");
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, &path)).map_err(failed)
}

/// Where the services of the folder's run listen, or have listened last.
///
/// # Errors
/// When the folder does not say.
pub(super) fn read(dir: &Path) -> Result<Urls> {
    let path = dir.join(FILE);
    let failed = |cause: io::Error| Error::configuration(format!("{}: {cause}", path.display())).with_source(cause);
    let kept = kept(&path).map_err(failed)?.ok_or_else(|| {
        let text = "none of its services has written where it listens; start one with `payments up --dir`";
        Error::configuration(format!("{}: {text}", dir.display()))
    })?;
    let named = |(name, url): (String, String)| {
        let name = name.parse().map_err(|why| Error::configuration(format!("{}: {why}", path.display())))?;
        Ok((name, url))
    };
    kept.into_iter().map(named).collect()
}

fn kept(path: &Path) -> io::Result<Option<BTreeMap<String, String>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}
