//! The blacklist. An entry whose time is over stands there until its value is added again; nobody is refused for it.

use payment_clients::{
    apis::risk::{Blacklist, BlacklistFilter, BlacklistStatus, EntityType, PaymentCheck},
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
    risk::domain::given,
};

macro_rules! select_entry {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, entity_type, entity_value, reason, added_by, status, expire_at, removed_at, created_at "
            $(, $rest)*
        )
    };
}

// === writing ===

/// Adds an entry. One for the same value whose time is over makes room for it.
///
/// # Errors
/// `BLACKLIST_EXISTS` when there is an active one for the same value.
pub fn insert(tx: &mut Tx<'_>, entry: &Blacklist, now: i64) -> Result<()> {
    let (kind, value) = (entry.entity_type.as_str(), &entry.entity_value);
    tx.execute(
        "UPDATE blacklist SET status = 'removed', removed_at = expire_at
         WHERE entity_type = $1 AND entity_value = $2 AND status = 'active' AND expire_at <= $3",
        args![kind, value, now],
    )?;
    let added = tx.execute(
        "INSERT INTO blacklist(id, entity_type, entity_value, reason, added_by, expire_at, created_at)
         VALUES($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT(entity_type, entity_value) WHERE status = 'active' DO NOTHING",
        args![entry.id.to_string(), kind, value, entry.reason, entry.added_by, entry.expire_at, entry.created_at],
    )?;
    if added == 1 {
        return Ok(());
    }
    let message = format!("this {kind} is on the blacklist already; remove its entry before adding another");
    Err(Error::conflict("BLACKLIST_EXISTS", message))
}

/// Takes an entry off; nothing changes when it is off already.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there never was such an entry.
pub fn remove(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<()> {
    let sql = "UPDATE blacklist SET status = 'removed', removed_at = COALESCE(removed_at, $2) WHERE id = $1";
    if tx.execute(sql, args![id, now])? == 1 {
        return Ok(());
    }
    Err(Error::not_found(format_args!("blacklist entry {id}")))
}

// === reading ===

/// The oldest entry that names the payer of a check.
///
/// # Errors
/// When the statement fails.
pub fn hit(view: &View<'_>, check: &PaymentCheck, now: i64) -> Result<Option<Blacklist>> {
    let [ip, email] = [given(&check.payer_ip), given(&check.payer_email)];
    let [phone, device] = [given(&check.payer_phone), given(&check.device_id)];
    view.optional(
        select_entry!(
            "FROM (VALUES('ip', $1), ('email', $2), ('phone', $3), ('device', $4)) AS payer
             JOIN blacklist ON entity_type = column1 AND entity_value = column2
             WHERE status = 'active' AND (expire_at IS NULL OR expire_at > $5) ORDER BY created_at, id LIMIT 1"
        ),
        args![ip, email, phone, device, now],
        entry,
    )
}

/// The entry that names a value now.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, kind: &EntityType, value: &str, now: i64) -> Result<Option<Blacklist>> {
    view.optional(
        select_entry!(
            "FROM blacklist WHERE entity_type = $1 AND entity_value = $2 AND status = 'active'
             AND (expire_at IS NULL OR expire_at > $3)"
        ),
        args![kind.as_str(), value, now],
        entry,
    )
}

/// One page of the entries that a filter lets through, newest first; removed ones only when they are asked for.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &BlacklistFilter, page: i64, page_size: i64) -> Result<Page<Blacklist>> {
    macro_rules! matching {
        () => {
            "FROM blacklist WHERE ($1 IS NULL OR entity_type = $1) AND status = COALESCE($2, 'active')"
        };
    }
    let kind = filter.entity_type.as_ref().map(EntityType::as_str);
    let status = filter.status.as_ref().map(BlacklistStatus::as_str);
    let matching = args![kind, status];
    let count = concat!("SELECT COUNT(*) ", matching!());
    let newest = select_entry!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4");
    paging::read(view, [count, newest], matching, (page, page_size), entry)
}

fn entry(row: &Row<'_>) -> Result<Blacklist> {
    Ok(Blacklist {
        id: row.parse("id")?,
        entity_type: row.parse("entity_type")?,
        entity_value: row.get("entity_value")?,
        reason: row.get("reason")?,
        added_by: row.get("added_by")?,
        status: row.parse("status")?,
        expire_at: row.get("expire_at")?,
        removed_at: row.get("removed_at")?,
        created_at: row.get("created_at")?,
    })
}
