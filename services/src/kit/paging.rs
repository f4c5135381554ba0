//! Which page of a list: the same bounds everywhere, and out of them is an error, not a silent other page.

use payment_clients::contract::{
    error::{Error, Result},
    page::Page,
};

use super::store::{Row, ToValue, Value, View};

/// Elements of a page, unless the caller says otherwise.
const SIZE: i64 = 20;
/// Most elements of a page.
const LARGEST: i64 = 100;

/// The page asked for, from 1, and its size.
///
/// # Errors
/// 400 when the page is below 1 or the size outside 1 to 100.
pub fn of(page: Option<i64>, page_size: Option<i64>) -> Result<(i64, i64)> {
    let (page, size) = (page.unwrap_or(1), page_size.unwrap_or(SIZE));
    if page < 1 {
        return Err(Error::invalid_input("page", format!("must be 1 or above; it is {page}")));
    }
    if !(1..=LARGEST).contains(&size) {
        return Err(Error::invalid_input("page_size", format!("must be 1 to {LARGEST}; it is {size}")));
    }
    Ok((page, size))
}

/// One page of what a filter lets through: `sql` counts all of it, and selects a page of it, for which the last two
/// placeholders are how many rows and behind how many. Both take the same arguments before those.
///
/// # Errors
/// When a statement fails, or a row cannot be read.
pub fn read<T>(
    view: &View<'_>,
    sql: [&'static str; 2],
    matching: &[Value<'_>],
    (page, page_size): (i64, i64),
    row: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Page<T>> {
    let [count, select] = sql;
    let total = view.one(count, matching, |row| row.get(0))?;
    let skipped = (page - 1).saturating_mul(page_size);
    let paged = [matching, &[page_size.to_value(), skipped.to_value()]].concat();
    Ok(Page { list: view.all(select, &paged, row)?, total, page, page_size })
}
