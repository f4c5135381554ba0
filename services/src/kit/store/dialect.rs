//! What SQLite and PostgreSQL call differently. A migration is one text for both, and so is every statement.

/// The words that a migration leaves open, and how an engine says them.
#[derive(Debug)]
pub(super) struct Dialect(&'static [(&'static str, &'static str)]);

/// `STRICT`, or a column would take anything; `INTEGER` is its name of 64 bits.
pub(super) const SQLITE: Dialect =
    Dialect(&[("{{int}}", "INTEGER"), ("{{strict}}", "STRICT"), ("{{clustered}}", "STRICT, WITHOUT ROWID")]);

/// Text is ordered and compared by its bytes, as in SQLite, whatever language the database was made for.
#[cfg(feature = "postgres")]
pub(super) const POSTGRES: Dialect =
    Dialect(&[("{{int}}", "BIGINT"), ("{{strict}}", ""), ("{{clustered}}", ""), (" TEXT", " TEXT COLLATE \"C\"")]);

impl Dialect {
    /// The migration in the words of the engine.
    pub(super) fn speak(&self, migration: &str) -> String {
        self.0.iter().fold(migration.to_owned(), |text, (open, word)| text.replace(open, word))
    }
}

// === constraints ===

/// The constraint that SQLite names in its message: `CHECK constraint failed: avail_c`.
pub(super) fn sqlite_constraint(message: &str) -> String {
    let (_, name) = message.split_once("constraint failed: ").unwrap_or(("", message));
    name.to_owned()
}

/// The same words for PostgreSQL: a CHECK by its name, a key by its columns (`t.a, t.b`), which are all that SQLite
/// tells of one. The detail is `Key (a, b)=(1, 2) already exists.` in the server's language.
#[cfg(feature = "postgres")]
pub(super) fn postgres_constraint(error: &postgres::error::DbError) -> String {
    use postgres::error::SqlState;
    let table = error.table().unwrap_or_default();
    let columns = match *error.code() {
        SqlState::UNIQUE_VIOLATION => error.detail().and_then(|detail| detail.split_once('(')?.1.split_once(")=")),
        SqlState::NOT_NULL_VIOLATION => error.column().map(|column| (column, "")),
        _ => None,
    };
    let keyed = columns.map(|(names, _)| names.split(", ").map(|name| format!("{table}.{name}")).collect::<Vec<_>>());
    keyed.map_or_else(|| error.constraint().unwrap_or_default().to_owned(), |names| names.join(", "))
}
