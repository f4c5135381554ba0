//! The merchants' accounts: rows of the ledger, as their owners know them.

use payment_clients::{
    apis::{
        accounting::{Account as Wire, AccountFilter, AccountId, AccountStatus},
        ids::MerchantId,
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use crate::{
    accounting::{
        domain,
        ledger::{self, Account},
    },
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
};

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, status, cp - dp - dh AS free, dh, cp, dp, opened_at, updated_at FROM ledger_accounts "
            $(, $rest)*
        )
    };
}

/// Opens an account.
///
/// # Errors
/// 409 when its merchant has one of this kind already.
pub fn create(tx: &mut Tx<'_>, account: &Account, now: i64) -> Result<Wire> {
    if !ledger::open(tx, account, now)? {
        let text = format!("the merchant has this account already; it is {}", account.number());
        return Err(Error::conflict("ACCOUNT_EXISTS", text));
    }
    require(tx, AccountId::from(account.number()), None)
}

/// Sets an account frozen, or active again. Nothing happens to one that is so already.
///
/// # Errors
/// 404 when there is none, 409 when it is closed.
pub fn set_status(tx: &mut Tx<'_>, id: AccountId, status: &AccountStatus, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE ledger_accounts SET status = $2, updated_at = $3
        WHERE number = $1 AND status IN ('active', 'frozen')";
    let found = require(tx, id, None)?;
    if found.status == *status {
        return Ok(());
    }
    match tx.execute(UPDATE, args![id.to_string(), status.as_str(), now])? {
        1 => Ok(()),
        _ => Err(Error::conflict("ACCOUNT_CLOSED", format!("account {id} is {} and stays so", found.status))),
    }
}

/// The account of this id, as its owner knows it; of this merchant, if one is named.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: AccountId, merchant: Option<MerchantId>) -> Result<Wire> {
    let sql = select!("WHERE number = $1 AND ($2 IS NULL OR owner = $2) AND class LIKE 'merchant%'");
    let merchant = merchant.map(|merchant| merchant.to_string());
    let found = view.optional(sql, args![id.to_string(), merchant], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("account {id}")))
}

/// The account of this id, as the ledger knows it.
///
/// # Errors
/// 404 when there is none.
pub fn in_ledger(view: &View<'_>, id: AccountId) -> Result<Account> {
    const FIND: &str = "SELECT id FROM ledger_accounts WHERE number = $1 AND class LIKE 'merchant%'";
    let found = view.optional(FIND, args![id.to_string()], |row| row.parse(0))?;
    found.ok_or_else(|| Error::not_found(format_args!("account {id}")))
}

/// All accounts of a merchant.
///
/// # Errors
/// When the statement fails.
pub fn of(view: &View<'_>, merchant: MerchantId) -> Result<Vec<Wire>> {
    let sql = select!("WHERE owner = $1 AND class LIKE 'merchant%' ORDER BY id");
    view.all(sql, args![merchant.to_string()], read)
}

/// One page of the accounts that a filter lets through.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &AccountFilter, page: i64, page_size: i64) -> Result<Page<Wire>> {
    macro_rules! matching {
        () => {
            "WHERE class LIKE 'merchant%' AND ($1 IS NULL OR owner = $1) AND ($2 IS NULL OR class = $2) \
             AND ($3 IS NULL OR currency = $3) AND ($4 IS NULL OR status = $4)"
        };
    }
    let merchant = filter.merchant_id.map(|merchant| merchant.to_string());
    let class = filter.account_type.as_ref().map(domain::class).transpose()?.map(ledger::Class::as_str);
    let status = filter.status.as_ref().map(AccountStatus::as_str);
    let matching = args![merchant, class, filter.currency, status];
    let count = concat!("SELECT COUNT(*) FROM ledger_accounts ", matching!());
    let sql = select!(matching!(), " ORDER BY opened_at DESC, id LIMIT $5 OFFSET $6");
    paging::read(view, [count, sql], matching, (page, page_size), read)
}

fn read(row: &Row<'_>) -> Result<Wire> {
    let account: Account = row.parse("id")?;
    Ok(Wire {
        id: account.number().into(),
        merchant_id: domain::owner(&account)?,
        account_type: domain::account_type(account.class())?,
        currency: account.currency(),
        balance: row.get("free")?,
        frozen_balance: row.get("dh")?,
        total_in: row.get("cp")?,
        total_out: row.get("dp")?,
        status: row.parse("status")?,
        created_at: row.get("opened_at")?,
        updated_at: row.get("updated_at")?,
    })
}
