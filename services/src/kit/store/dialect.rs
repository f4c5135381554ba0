//! What SQLite and PostgreSQL call differently. A migration is one text for both, and so is every statement.

/// How an engine says what a migration leaves open.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Words, and what stands for them.
    words: &'static [(&'static str, &'static str)],
    /// Refuses every change of a row of `{table}`.
    immutable: &'static str,
}

/// `STRICT`, or a column would take anything; `INTEGER` is its name of 64 bits.
pub(super) const SQLITE: Dialect = Dialect {
    words: &[("{{int}}", "INTEGER"), ("{{strict}}", "STRICT"), ("{{clustered}}", "STRICT, WITHOUT ROWID")],
    immutable: "
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} never change'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} never change'); END;",
};

/// Text is ordered and compared by its bytes, as in SQLite, whatever language the database was made for.
#[cfg(feature = "postgres")]
pub(super) const POSTGRES: Dialect = Dialect {
    words: &[("{{int}}", "BIGINT"), ("{{strict}}", ""), ("{{clustered}}", ""), (" TEXT", " TEXT COLLATE \"C\"")],
    immutable: "
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION '{table} never change'; END $$;
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_refuse();",
};

impl Dialect {
    /// The migration in the words of the engine.
    pub(super) fn speak(&self, migration: &str) -> String {
        let text = self.words.iter().fold(migration.to_owned(), |text, (open, word)| text.replace(open, word));
        let mut parts = text.split("{{immutable:");
        let mut spoken = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (table, rest) = part.split_once("}}").unwrap_or((part, ""));
            spoken += &self.immutable.replace("{table}", table);
            spoken += rest;
        }
        spoken
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
pub(super) fn postgres_constraint(error: &tokio_postgres::error::DbError) -> String {
    use tokio_postgres::error::SqlState;
    let table = error.table().unwrap_or_default();
    let columns = match *error.code() {
        SqlState::UNIQUE_VIOLATION => error.detail().and_then(|detail| detail.split_once('(')?.1.split_once(")=")),
        SqlState::NOT_NULL_VIOLATION => error.column().map(|column| (column, "")),
        _ => None,
    };
    let keyed = columns.map(|(names, _)| names.split(", ").map(|name| format!("{table}.{name}")).collect::<Vec<_>>());
    keyed.map_or_else(|| error.constraint().unwrap_or_default().to_owned(), |names| names.join(", "))
}
