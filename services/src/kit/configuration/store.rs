//! The last good configuration, in the service's own store: a restart without config-service goes on with it.

use payment_clients::contract::error::Result;

use crate::{
    args,
    kit::store::{Tx, View},
};

/// The table; a service lists it among its migrations.
pub const TABLES: &str = "
CREATE TABLE configuration(
  one {{int}} PRIMARY KEY CHECK(one = 1), content TEXT NOT NULL, kept_at {{int}} NOT NULL
) {{strict}};";

/// Keeps a version in place of the one before.
pub(super) fn keep(tx: &mut Tx<'_>, content: &str, now: i64) -> Result<()> {
    const KEEP: &str = "INSERT INTO configuration(one, content, kept_at) VALUES(1, $1, $2)
        ON CONFLICT(one) DO UPDATE SET content = excluded.content, kept_at = excluded.kept_at";
    tx.execute(KEEP, args![content, now]).map(drop)
}

/// What is kept, and since when.
pub(super) fn last_good(view: &View<'_>) -> Result<Option<(String, i64)>> {
    let read = "SELECT content, kept_at FROM configuration WHERE one = 1";
    view.optional(read, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}
