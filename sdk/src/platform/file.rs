//! Settings from a TOML file: a table per service, by its name, and `[defaults]` for all of them.
//!
//! The names are those of the [table of settings](crate::client::named), in small letters. Whatever the file says that
//! nobody would read is an error, so that a mistyped number is never passed over.

use std::{collections::BTreeMap, fs, path::Path};

use toml::{Table, Value};

use super::source::Source;
use crate::{
    client::named::{self, Said},
    contract::{
        error::{Error, Result},
        operation::Service,
    },
};

/// The table whose settings hold for every service that has none of its own.
const DEFAULTS: &str = "defaults";

/// A file that was read whole, and understood.
pub(super) struct File {
    path: String,
    tables: BTreeMap<String, BTreeMap<String, String>>,
}

impl File {
    /// Reads a file that speaks of these services.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has a name that is no service's or no setting's.
    pub(super) fn read(path: &Path, services: &[Service]) -> Result<Self> {
        let path_text = path.display().to_string();
        let wrong = |what: String| Error::configuration(format!("{path_text}: {what}"));
        let text = fs::read_to_string(path).map_err(|cause| wrong(format!("cannot be read: {cause}")))?;
        let parsed = text.parse::<Table>().map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            wrong(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
        })?;
        let mut tables = BTreeMap::new();
        for (name, value) in parsed {
            tables.insert(name.clone(), table(&name, value, services).map_err(wrong)?);
        }
        Ok(Self { path: path_text, tables })
    }

    /// What stands in one table under a name.
    fn said(&self, table: &str, name: &str) -> Option<Said> {
        let text = self.tables.get(table)?.get(name)?.clone();
        Some(Said { text, origin: self.origin(table, name) })
    }

    fn origin(&self, table: &str, name: &str) -> String {
        format!("`{table}.{name}` in {}", self.path)
    }
}

impl Source for File {
    fn find(&self, service: &Service, name: &str) -> Option<Said> {
        let name = name.to_ascii_lowercase();
        self.said(service.name, &name).or_else(|| self.said(DEFAULTS, &name))
    }

    fn place(&self, service: &Service, name: &str) -> String {
        self.origin(service.name, &name.to_ascii_lowercase())
    }
}

// === reading ===

/// One table of the file, as texts. The error is a sentence without the file's name.
fn table(name: &str, value: Value, services: &[Service]) -> Result<BTreeMap<String, String>, String> {
    let Value::Table(settings) = value else {
        return Err(format!(
            "`{name}` stands alone; put it under `[{DEFAULTS}]` or a service, such as `[order-service]`"
        ));
    };
    let tables = services.iter().map(|service| service.name).chain([DEFAULTS]);
    known(name, tables)
        .map_err(|meant| format!("`[{name}]` is no service of this program; did you mean `[{meant}]`?"))?;
    let settings = settings.into_iter().map(|(key, value)| {
        let place = format!("`{name}.{key}`");
        let names = named::names().map(str::to_ascii_lowercase);
        known(&key, names).map_err(|meant| format!("{place} is no setting; did you mean `{meant}`?"))?;
        if name == DEFAULTS && named::URL.eq_ignore_ascii_case(&key) {
            return Err(format!("{place}: an address is that of one service; put it under the service's name"));
        }
        let text = text(value).ok_or_else(|| format!("{place} must be a text, a whole number or a list of texts"))?;
        Ok((key, text))
    });
    settings.collect()
}

/// Whether a name is one of these.
///
/// # Errors
/// The one that was probably meant.
fn known<S: AsRef<str>>(name: &str, names: impl Iterator<Item = S>) -> Result<(), String> {
    let names: Vec<S> = names.collect();
    if names.iter().any(|known| known.as_ref() == name) {
        return Ok(());
    }
    let small = name.to_ascii_lowercase();
    let likeness = |known: &S| strsim::jaro_winkler(&small, known.as_ref());
    let nearest = names.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    Err(nearest.map(|meant| meant.as_ref().to_owned()).unwrap_or_default())
}

/// A value as a variable would have it: a list is what stands between commas.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Array(list) => list.into_iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join(",")),
        _ => None,
    }
}
