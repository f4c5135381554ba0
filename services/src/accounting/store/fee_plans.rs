//! Fee plans as they were used, and what each payment was charged: later plans change nothing about either.

use payment_clients::contract::error::{Error, Result};

use crate::{
    accounting::ledger::fees::{FeePlan, Rounding},
    args,
    kit::store::{Tx, View},
};

pub(super) const TABLES: &str = "
CREATE TABLE fee_plans(
  plan TEXT NOT NULL, version {{int}} NOT NULL, ppm {{int}} NOT NULL CHECK(ppm BETWEEN 0 AND 1000000),
  fixed {{int}} NOT NULL CHECK(fixed >= 0), least {{int}} NOT NULL CHECK(least >= 0), most {{int}},
  rounding TEXT NOT NULL CHECK(rounding IN ('half_even', 'half_up')), PRIMARY KEY(plan, version)
) {{clustered}};
CREATE TABLE captures(
  transfer {{int}} PRIMARY KEY REFERENCES transfers(seq), payment_no TEXT NOT NULL UNIQUE,
  fee {{int}} NOT NULL CHECK(fee >= 0), plan TEXT NOT NULL, plan_version {{int}} NOT NULL,
  FOREIGN KEY(plan, plan_version) REFERENCES fee_plans(plan, version)
) {{strict}};
{{immutable:fee_plans}}
{{immutable:captures}}";

/// Keeps what the payment of a transfer is charged, with the plan that says so.
///
/// # Errors
/// When the store fails.
pub fn charge(tx: &mut Tx<'_>, transfer: i64, payment_no: &str, fee: i64, plan: &FeePlan) -> Result<()> {
    let rounding = match plan.rounding {
        Rounding::HalfEven => "half_even",
        Rounding::HalfUp => "half_up",
    };
    tx.execute(
        "INSERT INTO fee_plans(plan, version, ppm, fixed, least, most, rounding) VALUES($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (plan, version) DO NOTHING",
        args![plan.id, plan.version, plan.ppm, plan.fixed, plan.min, plan.max, rounding],
    )?;
    tx.execute(
        "INSERT INTO captures(transfer, payment_no, fee, plan, plan_version) VALUES($1, $2, $3, $4, $5)",
        args![transfer, payment_no, fee, plan.id, plan.version],
    )
    .map(drop)
}

/// A plan as it was used, if it was.
///
/// # Errors
/// When the store fails.
pub fn get(view: &View<'_>, plan: &str, version: i64) -> Result<Option<FeePlan>> {
    const FIND: &str = "SELECT ppm, fixed, least, most, rounding FROM fee_plans WHERE plan = $1 AND version = $2";
    view.optional(FIND, args![plan, version], |row| {
        Ok(FeePlan {
            id: plan.to_owned(),
            version,
            ppm: row.get("ppm")?,
            fixed: row.get("fixed")?,
            min: row.get("least")?,
            max: row.get("most")?,
            rounding: match row.get::<String>("rounding")?.as_str() {
                "half_even" => Rounding::HalfEven,
                "half_up" => Rounding::HalfUp,
                other => return Err(Error::internal(format!("fee plan {plan} rounds `{other}`"))),
            },
        })
    })
}
