//! What must hold of the store at every instant, read from it alone while nothing needs to run. Each function answers the
//! rows that break its rule; none means that it holds.

use payment_clients::contract::error::Result;

use crate::kit::{
    audit,
    invariants::Violation,
    store::{Row, View},
};

/// I26: the audit's chain holds, each privileged change names the one row that tells of it, and no row tells of a change
/// that nobody made.
///
/// # Errors
/// When the store cannot be read.
pub fn audited(view: &View<'_>) -> Result<Vec<Violation>> {
    // What was done, by the row of the audit that it names.
    const DONE: &str = "SELECT acts.done, acts.seq, acts.action, audit.action AS told
        FROM (SELECT 'administrator ' || id AS done, created_audit AS seq, 'admin.created' AS action FROM admins
            UNION ALL SELECT 'administrator ' || id, deleted_audit, 'admin.deleted' FROM admins
                WHERE deleted_audit IS NOT NULL
            UNION ALL SELECT 'old password of ' || admin_id, audit_seq, 'password.changed' FROM old_passwords
            UNION ALL SELECT 'factor ' || id, enabled_audit, 'two_factor.enabled' FROM factors
                WHERE enabled_audit IS NOT NULL
            UNION ALL SELECT 'factor ' || id, disabled_audit, 'two_factor.disabled' FROM factors
                WHERE disabled_audit IS NOT NULL
            UNION ALL SELECT 'session ' || session_id, opened_audit, 'session.opened' FROM sessions
            UNION ALL SELECT 'session ' || session_id, ended_audit, 'password.changed' FROM sessions
                WHERE end_cause = 'password'
            UNION ALL SELECT 'session ' || session_id, ended_audit, 'two_factor.enabled' FROM sessions
                WHERE end_cause = 'factor') AS acts
        LEFT JOIN audit ON audit.seq = acts.seq WHERE audit.action IS NULL OR audit.action <> acts.action";
    const ENDED: &str = "SELECT sessions.session_id FROM sessions LEFT JOIN audit ON audit.seq = sessions.ended_audit
        WHERE (end_cause = 'revoked'
                AND (audit.action IS NULL OR audit.action NOT IN ('session.revoked', 'sessions.revoked')))
            OR (end_cause = 'account'
                AND (audit.action IS NULL OR audit.action NOT IN ('admin.updated', 'admin.deleted')))";
    const TOLD: &str = "SELECT seq, action FROM audit
        WHERE (action = 'admin.created' AND seq NOT IN (SELECT created_audit FROM admins))
            OR (action = 'admin.deleted' AND NOT EXISTS(SELECT 1 FROM admins WHERE deleted_audit = seq))
            OR (action = 'password.changed' AND seq NOT IN (SELECT audit_seq FROM old_passwords))
            OR (action = 'two_factor.enabled' AND NOT EXISTS(SELECT 1 FROM factors WHERE enabled_audit = seq))
            OR (action = 'two_factor.disabled' AND NOT EXISTS(SELECT 1 FROM factors WHERE disabled_audit = seq))
            OR (action = 'session.opened' AND seq NOT IN (SELECT opened_audit FROM sessions))
            OR (action IN ('session.revoked', 'sessions.revoked')
                AND NOT EXISTS(SELECT 1 FROM sessions WHERE ended_audit = seq))";
    // What people read says what the chain says.
    const READ: &str = "SELECT audit.seq, audit.action FROM audit LEFT JOIN audit_logs ON audit_logs.seq = audit.seq
        WHERE audit_logs.seq IS NULL OR audit_logs.action <> audit.action OR audit_logs.at <> audit.at
            OR 'admin:' || audit_logs.admin_id <> audit.actor
            OR audit_logs.resource || ':' || audit_logs.resource_id <> audit.target";
    let mut broken: Vec<_> = audit::verify(view)?.iter().map(Violation::from).collect();
    broken.extend(view.all(DONE, &[], |row| {
        let (done, action): (String, String) = (row.get("done")?, row.get("action")?);
        Ok(Violation::new("I26", done, format!("row {} of the audit does not tell `{action}`", row.get::<i64>("seq")?)))
    })?);
    broken.extend(view.all(ENDED, &[], |row| session("I26", row, "no row of the audit tells why it was ended"))?);
    broken.extend(view.all(TOLD, &[], |row| {
        let (seq, action): (i64, String) = (row.get("seq")?, row.get("action")?);
        Ok(Violation::new("I26", format!("row {seq} of the audit"), format!("tells `{action}`, and nothing names it")))
    })?);
    broken.extend(view.all(READ, &[], |row| {
        let (seq, action): (i64, String) = (row.get("seq")?, row.get("action")?);
        let wrong = format!("tells `{action}`, and the log that people read says something else");
        Ok(Violation::new("I26", format!("row {seq} of the audit"), wrong))
    })?);
    Ok(broken)
}

/// I27: the steps of each factor strictly increase in the order of the commits, and nothing befalls a session after its
/// end.
///
/// # Errors
/// When the store cannot be read.
pub fn used_once(view: &View<'_>) -> Result<Vec<Violation>> {
    const STEPS: &str = "SELECT later.factor_id, later.step FROM code_uses AS later
        WHERE EXISTS(SELECT 1 FROM code_uses AS earlier WHERE earlier.factor_id = later.factor_id
            AND earlier.seq < later.seq AND earlier.step >= later.step)";
    const LAST: &str = "SELECT factors.id, factors.last_step FROM factors
        LEFT JOIN code_uses ON code_uses.factor_id = factors.id GROUP BY factors.id, factors.last_step
        HAVING COALESCE(MAX(code_uses.step), 0) <> factors.last_step";
    const AFTER: &str = "SELECT later.session_id, later.event, later.seq FROM session_events AS later
        WHERE EXISTS(SELECT 1 FROM session_events AS ended WHERE ended.session_id = later.session_id
            AND ended.event = 'ended' AND ended.seq < later.seq)";
    const ENDED: &str = "SELECT sessions.session_id FROM sessions
        LEFT JOIN session_events AS ended ON ended.session_id = sessions.session_id AND ended.event = 'ended'
        WHERE (sessions.ended_at IS NULL) <> (ended.seq IS NULL)";
    const PROVEN: &str = "SELECT sessions.session_id FROM sessions JOIN factors
            ON factors.admin_id = sessions.admin_id AND factors.state = 'active'
        WHERE sessions.two_factor = 0 AND sessions.ended_at IS NULL";
    let mut broken = view.all(STEPS, &[], |row| {
        let step: i64 = row.get("step")?;
        let of = format!("factor {}", text(row, "factor_id")?);
        Ok(Violation::new("I27", of, format!("step {step} was taken after it, or a later one, had been")))
    })?;
    broken.extend(view.all(LAST, &[], |row| {
        let step: i64 = row.get("last_step")?;
        let of = format!("factor {}", text(row, "id")?);
        Ok(Violation::new("I27", of, format!("last_step {step} is not the last that was taken")))
    })?);
    broken.extend(view.all(AFTER, &[], |row| {
        let (event, seq): (String, i64) = (row.get("event")?, row.get("seq")?);
        session("I27", row, format!("`{event}` (event {seq}) after its end"))
    })?);
    broken
        .extend(view.all(ENDED, &[], |row| session("I27", row, "its row and its events disagree whether it is over"))?);
    broken.extend(view.all(PROVEN, &[], |row| session("I27", row, "open without the second factor that is active"))?);
    Ok(broken)
}

fn session(invariant: &'static str, row: &Row<'_>, wrong: impl Into<String>) -> Result<Violation> {
    Ok(Violation::new(invariant, format!("session {}", text(row, "session_id")?), wrong))
}

fn text(row: &Row<'_>, column: &str) -> Result<String> {
    row.get(column)
}
