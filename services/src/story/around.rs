//! What comes before the channel: the checkout page, the risk decision, the order.

use payment_clients::contract::{error::Result, money::Money};

use super::{
    shown::Shown,
    tale::{Payment, Reader},
};
use crate::{args, registry::Name};

/// How much earlier than the payment a check may have been made: it is asked for in the payment's own saga.
const BEFORE: i64 = 60_000;

pub(super) fn tell(reader: &mut Reader<'_>, payment: &Payment) -> Result<()> {
    checkout(reader, payment)?;
    risk(reader, payment)?;
    order(reader, payment)
}

fn checkout(reader: &mut Reader<'_>, payment: &Payment) -> Result<()> {
    const SESSION: &str = "SELECT id, status, tries, created_at, completed_at FROM sessions WHERE payment_no = $1";
    const SERVICE: &str = Name::Cashier.service().name;
    let sessions = reader.rows("cashier", SESSION, args![payment.number], |row| {
        let (id, status): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(([id, status], row.get::<i64>(2)?, row.get::<i64>(3)?, row.get::<Option<i64>>(4)?))
    })?;
    for ([id, status], tries, created, completed) in sessions {
        let session = ("session", Shown::id(&id));
        let facts = [session.clone(), ("status", Shown::id(&status)), ("tries", tries.into())];
        reader.step(created, SERVICE, "a checkout page is opened", facts);
        if let Some(at) = completed {
            reader.step(at, SERVICE, "the checkout is complete", [session]);
        }
    }
    Ok(())
}

fn risk(reader: &mut Reader<'_>, payment: &Payment) -> Result<()> {
    // By merchant and time, as the index has them.
    const CHECKS: &str = "SELECT id, decision, risk_level, reason, risk_score, config_version, created_at FROM checks
        WHERE merchant_id = $1 AND created_at >= $2 AND related_id = $3 ORDER BY created_at, id";
    let since = payment.created_at.saturating_sub(BEFORE);
    let checks = reader.rows("risk", CHECKS, args![payment.merchant, since, payment.id], |row| {
        let (id, decision, level): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (score, version): (i64, i64) = (row.get(4)?, row.get(5)?);
        let facts = [
            ("decision", Shown::id(&decision)),
            ("level", Shown::id(&level)),
            ("score", score.into()),
            ("reason", Shown::said(&row.get::<String>(3)?)),
            ("configuration", version.into()),
            ("check", Shown::id(&id)),
        ];
        Ok((row.get(6)?, facts))
    })?;
    for (at, facts) in checks {
        reader.step(at, Name::Risk.service().name, "risk decides", facts);
    }
    Ok(())
}

fn order(reader: &mut Reader<'_>, payment: &Payment) -> Result<()> {
    const ORDER: &str = "SELECT pay_amount, currency, created_at FROM orders WHERE order_no = $1";
    // Detail and actor may name a person.
    const STEPS: &str = "SELECT at, came_from, went_to, cause, refunded FROM transitions WHERE order_no = $1
        ORDER BY version";
    const SERVICE: &str = Name::Order.service().name;
    let number = ("order", Shown::id(&payment.platform_order));
    let orders = reader.rows("order", ORDER, args![payment.platform_order], |row| {
        Ok((Money::new(row.get(0)?, row.get(1)?), row.get(2)?))
    })?;
    for (money, at) in orders {
        reader.step(at, SERVICE, "the order is made", [number.clone(), ("amount", money.into())]);
    }
    let steps = reader.rows("order", STEPS, args![payment.platform_order], |row| {
        let [from, to, cause] = [row.get::<String>(1)?, row.get(2)?, row.get(3)?];
        Ok((row.get(0)?, [from, to, cause], row.get::<i64>(4)?))
    })?;
    for (at, [from, to, cause], refunded) in steps {
        let back = Money::new(refunded, payment.money.currency);
        let facts = [
            number.clone(),
            ("from", Shown::id(&from)),
            ("to", Shown::id(&to)),
            ("cause", Shown::id(&cause)),
            ("paid back", if refunded > 0 { back.into() } else { "".into() }),
        ];
        reader.step(at, SERVICE, "the order goes on", facts);
    }
    Ok(())
}
