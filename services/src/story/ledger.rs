//! What accounting has booked: each journal with its legs, the fee, and the settlement that the money is part of.

use payment_clients::contract::{error::Result, money::Money};

use super::{
    shown::Shown,
    tale::{Payment, Reader, Subjects},
};
use crate::{args, registry::Name};

const SERVICE: &str = Name::Accounting.service().name;

/// What the books say in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Booked {
    /// The payment is booked for its merchant.
    pub(super) captured: bool,
    /// Its money is in suspense, and none has left it.
    pub(super) in_suspense: bool,
    /// The settlement that it is part of, its status, and the withdrawal that pays it out.
    pub(super) settlement: Option<(Shown, String, Shown)>,
}

pub(super) fn tell(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects) -> Result<Booked> {
    let number = &payment.number;
    let mut ids = vec![format!("cap:{number}"), format!("stray:{number}"), format!("stray-back:{number}")];
    for name in subjects.names.iter().filter(|name| *name != number) {
        ids.push(format!("ref:{name}"));
        ids.extend(["hold", "post", "void"].map(|what| format!("{what}:refund:{name}")));
    }
    let mut kinds = Vec::new();
    for id in &ids {
        kinds.extend(journal(reader, id)?);
    }
    let has = |kind: &str| kinds.iter().any(|found| found == kind);
    let mut booked =
        Booked { captured: has("capture"), in_suspense: has("stray") && !has("stray_resolved"), settlement: None };
    settlement(reader, payment, subjects, &mut booked)?;
    Ok(booked)
}

/// Tells of a journal and its legs; returns its kind.
fn journal(reader: &mut Reader<'_>, id: &str) -> Result<Option<String>> {
    const LEGS: &str = "SELECT j.kind, j.at, t.leg, t.how, t.debit, t.credit, t.amount, t.currency FROM journals j
        JOIN transfers t ON t.journal_id = j.id WHERE j.id = $1 ORDER BY t.leg";
    let legs = reader.rows("accounting", LEGS, args![id], |row| {
        let (kind, at, leg): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let [how, debit, credit] = [row.get::<String>(3)?, row.get(4)?, row.get(5)?];
        Ok((kind, at, leg, [how, debit, credit], Money::new(row.get(6)?, row.get(7)?)))
    })?;
    let Some((kind, at, ..)) = legs.first().cloned() else { return Ok(None) };
    let (name, count) = (("journal", Shown::id(id)), i64::try_from(legs.len()).unwrap_or(i64::MAX));
    let facts =
        [name.clone(), ("kind", Shown::id(&kind)), ("legs", count.into()), ("sum of debits and credits", 0.into())];
    reader.step(at, SERVICE, "it is booked", facts);
    for (_, at, leg, [how, debit, credit], money) in legs {
        let facts = [
            name.clone(),
            ("leg", leg.into()),
            ("debit", Shown::id(&debit)),
            ("credit", Shown::id(&credit)),
            ("amount", money.into()),
            ("how", if how == "single" { "".into() } else { Shown::id(&how) }),
        ];
        reader.step(at, SERVICE, "a leg: what is debited on one account is credited on the other", facts);
    }
    Ok(Some(kind))
}

fn settlement(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects, booked: &mut Booked) -> Result<()> {
    const FEE: &str = "SELECT c.fee, c.plan, c.plan_version, t.at, t.currency, cl.settlement_no, s.status, s.created_at
        FROM captures c JOIN transfers t ON t.seq = c.transfer
        LEFT JOIN claims cl ON cl.transfer = c.transfer LEFT JOIN settlements s ON s.settlement_no = cl.settlement_no
        WHERE c.payment_no = $1";
    let found = reader.rows("accounting", FEE, args![payment.number], |row| {
        let fee = Money::new(row.get(0)?, row.get(4)?);
        let (plan, version, at): (String, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let [claim, status] = [row.get::<Option<String>>(5)?, row.get(6)?];
        Ok((fee, plan, version, at, claim.zip(status).zip(row.get::<Option<i64>>(7)?)))
    })?;
    for (fee, plan, version, at, claim) in found {
        let plan = Shown::id(&format!("{plan}/{version}"));
        reader.step(at, SERVICE, "its fee is decided", [("fee", fee.into()), ("plan and version", plan)]);
        if let Some(((claim, status), at)) = claim {
            let facts = [("claim", Shown::id(&claim)), ("status by now", Shown::id(&status))];
            reader.step(at, SERVICE, "a settlement claims it", facts);
            booked.settlement = paid_out(reader, &claim)?.or(Some((Shown::id(&claim), status, "".into())));
            subjects.names.insert(claim);
        }
    }
    if let Some((settlement, ..)) = &booked.settlement {
        subjects.names.insert(settlement.to_string());
    }
    Ok(())
}

/// Tells of the settlement that has made a claim, and returns its number, status and withdrawal.
fn paid_out(reader: &mut Reader<'_>, claim: &str) -> Result<Option<(Shown, String, Shown)>> {
    const FIND: &str = "SELECT id, settlement_no, status, cycle, withdrawal_no FROM settlements
        WHERE account_settlement_no = $1";
    const STEPS: &str = "SELECT at, came_from, went_to FROM transitions WHERE id = $1 ORDER BY version";
    const SETTLEMENT: &str = Name::Settlement.service().name;
    let found = reader.rows("settlement", FIND, args![claim], |row| {
        let [id, number, status] = [row.get::<String>(0)?, row.get(1)?, row.get(2)?];
        Ok(([id, number, status], Shown::id(&row.get::<String>(3)?), Shown::id(&row.get::<String>(4)?)))
    })?;
    let Some(([id, number, status], cycle, withdrawal)) = found.into_iter().next() else { return Ok(None) };
    let number = Shown::id(&number);
    let steps = reader
        .rows("settlement", STEPS, args![id], |row| Ok((row.get::<i64>(0)?, [row.get::<String>(1)?, row.get(2)?])))?;
    for (at, [from, to]) in steps {
        let facts = [
            ("settlement", number.clone()),
            ("cycle", cycle.clone()),
            ("from", Shown::id(&from)),
            ("to", Shown::id(&to)),
            ("withdrawal", withdrawal.clone()),
        ];
        reader.step(at, SETTLEMENT, "the settlement goes on", facts);
    }
    Ok(Some((number, status, withdrawal)))
}
