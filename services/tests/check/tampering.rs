//! Each invariant finds what it is for, and names the row.

use std::fs;

use payment_services::{check::check, demo::history, kit::store::Stores};

use super::{
    stage::{report, run},
    support::tampered,
};

/// One change: the invariant that must find it, the store, the statement, and a word of the row that is named.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    ("I1", "accounting", "UPDATE ledger_accounts SET dp = dp + 1 WHERE id = 'psp_receivable:stripe:USD'", "USD"),
    ("I2", "accounting", "UPDATE ledger_accounts SET dp = dp + 1 WHERE id = 'psp_receivable:stripe:USD'", "stripe:USD"),
    ("I3", "accounting", "UPDATE transfers SET seq = seq + 100 WHERE journal_id LIKE 'cap:%'", "transfer 3 of ref:"),
    ("I4", "accounting", "UPDATE transfers SET how = 'post', resolves = 1 WHERE journal_id LIKE 'ref:%'", "transfer 3"),
    ("I5", "accounting", "UPDATE transfers SET hash = 'x' WHERE seq = 1", "transfer 1"),
    ("I6", "accounting", "UPDATE journals SET kind = 'settlement' WHERE kind = 'capture'", "journal cap:"),
    ("I4", "accounting", HOLD, "hold withdrawal:w-1"),
    ("I4", "withdrawal", WITHDRAWAL, "hold withdrawal:w-1"),
    ("I7", "channel_sim", "UPDATE intents SET amount = amount + 1 WHERE status = 'captured'", "payment PY"),
    ("I7", "channel_sim", "UPDATE intents SET status = 'captured' WHERE status = 'failed'", "payment PY"),
    ("I7", "channel_sim", "UPDATE intents SET refunded = 0 WHERE amount = 70", "payment PY"),
    ("I7", "channel_sim", "UPDATE intents SET payment_no = 'PYX' WHERE currency = 'JPY'", "PYX"),
    ("I8", "channel_sim", "INSERT INTO refunds SELECT 're_x', id, 1, '{}' FROM intents LIMIT 1", "channels in "),
    ("I9", "order", "UPDATE orders SET status = 'paid' WHERE status = 'cancelled'", "payment PY"),
    ("I9", "order", "UPDATE orders SET payment_no = 'PYX' WHERE payment_no <> '' AND currency = 'JPY'", "order "),
    ("I10", "accounting", "UPDATE journals SET kind = 'hold' WHERE kind = 'capture'", "payment PY"),
    ("I10", "gateway", "UPDATE payments SET amount = amount + 1 WHERE status = 'success'", "payment PY"),
    ("I10", "accounting", "UPDATE journals SET kind = 'hold' WHERE kind = 'stray_resolved'", "payment PY"),
    ("I11", "gateway", "UPDATE payments SET refund_reserved = 0", "payment PY"),
    ("I11", "accounting", "UPDATE journals SET kind = 'hold' WHERE kind = 'refund'", "refund "),
    ("I11", "accounting", "UPDATE journals SET kind = 'hold' WHERE kind = 'stray_resolved'", "refund PY"),
    ("I11", "channel_sim", "DELETE FROM refunds", "refund re_"),
    ("I11", "gateway", "DELETE FROM late_successes", "refund re_"),
    ("I11", "order", "UPDATE orders SET refunded_amount = 1 WHERE refunded_amount > 0", "payment PY"),
    ("I12", "accounting", "UPDATE captures SET fee = fee + 1", "payment PY"),
    ("I13", "accounting", "INSERT INTO claims VALUES (1, 'nobody')", "transfer 1"),
    ("I14", "bank_sim", TRANSFER, "WD-X"),
    ("I15", "gateway", "UPDATE payments SET amount = amount + 1 WHERE status = 'success'", "merchant 0"),
    ("I15", "gateway", "UPDATE refunds SET status = 'failed', refunded_at = NULL", "merchant 0"),
    ("I15", "accounting", "UPDATE ledger_accounts SET cp = cp + 1 WHERE class = 'merchant_pending'", "merchant 0"),
    ("I15", "withdrawal", WITHDRAWN, "merchant m-1 in USD"),
    (
        "I16",
        "accounting",
        "UPDATE ledger_accounts SET category = 'income' WHERE class = 'psp_receivable'",
        "psp_receivable",
    ),
    ("I16", "bank_sim", "INSERT INTO accounts VALUES ('USD', 5)", "bank account USD"),
    ("I17", "gateway", "UPDATE idem SET body = REPLACE(body, '\"payment_no\":\"PY', '\"payment_no\":\"QQ')", "key "),
    ("I17", "gateway", "UPDATE idem SET state = 'in_progress', status = NULL, body = NULL", "gateway: key "),
    ("I18", "gateway", "UPDATE transitions SET went_to = 'cancelled' WHERE went_to = 'success'", "payment PY"),
    ("I18", "gateway", "DELETE FROM transitions WHERE version = 1", "payment PY"),
    ("I18", "order", "UPDATE orders SET version = version + 1", "order "),
    ("I18", "merchant", MERCHANT, "merchant m-1"),
    ("I18", "cashier", CHECKOUT, "session cs-1"),
    ("I19", "gateway", "DELETE FROM outbox WHERE id = 1", "PY"),
    ("I19", "gateway", "DELETE FROM late_successes", "payment PY"),
    ("I19", "order", "UPDATE outbox SET published_at = NULL WHERE id = 1", "order: event "),
    ("I19", "accounting", "DELETE FROM inbox", "event "),
    ("I19", "accounting", "INSERT INTO inbox VALUES ('accounting', 'event-x', 0)", "event-x"),
    ("I19", "analytics", "DELETE FROM inbox", "event "),
    ("I19", "analytics", "INSERT INTO inbox VALUES ('analytics', 'event-w', 0)", "event-w"),
    ("I19", "notification", "DELETE FROM inbox", "event "),
    ("I19", "notification", "INSERT INTO inbox VALUES ('notification', 'event-y', 0)", "event-y"),
    ("I19", "notification", LETTER, "event event-d"),
    ("I19", "merchant_auth", "INSERT INTO inbox VALUES ('merchant-auth', 'event-z', 0)", "event-z"),
    ("I19", "merchant_config", "DELETE FROM inbox", "event "),
    ("I19", "merchant_config", "INSERT INTO inbox VALUES ('merchant-config', 'event-c', 0)", "event-c"),
    ("I19", "merchant", FROZEN, "event event-f"),
    ("I20", "gateway", "UPDATE saga SET state = 'running', ended_at = NULL WHERE kind = 'refund'", "(refund)"),
    ("I20", "gateway", "UPDATE saga SET state = 'attention' WHERE kind = 'refund'", "(refund)"),
    ("I20", "gateway", "UPDATE saga_step SET state = 'unknown' WHERE step = 'channel'", "(refund)"),
    ("I21", "channel_adapter", "UPDATE webhook_inbox SET event_id = event_id || 'x'", "payment PY"),
    ("I21", "channel_adapter", "UPDATE webhook_inbox SET body = REPLACE(body, ':1000', ':1001')", "payment PY"),
    ("I22", "notification", "DELETE FROM notifications WHERE channel = 'in_app'", "event "),
    ("I22", "notification", TWICE, "event "),
    ("I22", "analytics", "UPDATE payment_days SET success_amount = success_amount + 1", "merchant 0"),
    ("I22", "analytics", "DELETE FROM payment_days WHERE currency = 'JPY'", "in JPY"),
    ("I22", "analytics", "UPDATE payment_days SET day = day - 86400000", "merchant 0"),
    ("I22", "analytics", "UPDATE merchant_days SET orders = orders + 1", "merchant 0"),
    ("I22", "analytics", "UPDATE merchant_days SET revenue = revenue + 1", "merchant 0"),
    ("I22", "analytics", "UPDATE merchant_days SET fees = fees + 1", "merchant 0"),
    ("I22", "analytics", "INSERT INTO counted VALUES ('payment', 'PY-X')", "totals of payments"),
    ("I22", "gateway", "UPDATE payments SET amount = amount + 1 WHERE status = 'success'", "merchant 0"),
    ("I22", "notification", "UPDATE notifications SET provider = 'mailgun' WHERE channel = 'in_app'", "notification "),
    (
        "I22",
        "mailgun_sim",
        "INSERT INTO messages VALUES ('<1@mg>', '', 'ada@example.com', 'S', 'C', 0)",
        "message <1@mg>",
    ),
    ("I22", "twilio_sim", "INSERT INTO messages VALUES ('SM1', '', '+15005550006', '', 'C', 0)", "message SM1"),
    ("I23", "accounting", "UPDATE journals SET kind = 'conversion' WHERE kind = 'capture'", "journal cap:"),
    ("I24", "order", "UPDATE orders SET merchant_id = 'another'", "payment PY"),
    ("I24", "channel_adapter", "UPDATE payments SET merchant_id = 'another'", "payment PY"),
    ("I24", "gateway", "UPDATE refunds SET merchant_id = 'another'", "refund RF"),
    ("I24", "notification", "UPDATE notifications SET merchant_id = 'another'", "event "),
    ("I24", "cashier", CHECKOUT, "payment PY-X"),
    ("I24", "accounting", REFUNDED, "booking of RF"),
    ("I26", "merchant", MERCHANT, "merchant m-1"),
    ("I26", "merchant_auth", "INSERT INTO audit VALUES (1, 'a', 'b', 'c', '', '', 0, '', 'x')", "row 1 of the audit"),
    ("I26", "merchant_config", "INSERT INTO audit VALUES (1, 'a', 'b', 'c', '', '', 0, '', 'x')", "row 1 of the audit"),
    ("I26", "admin", "UPDATE audit_logs SET action = 'nothing' WHERE seq = 1", "row 1 of the audit"),
    ("I27", "admin", SESSION, "session s-1"),
    ("I27", "merchant_auth", SESSION, "session s-1"),
    ("I28", "gateway", "UPDATE payments SET config_version = 77", "gateway PY"),
    ("I28", "risk", "UPDATE checks SET config_version = 77", "risk "),
];

const TRANSFER: &str = "INSERT INTO transfers VALUES ('WD-X', 'T-X', 'k', 'f', 'b', 'n', 'a', 5, 'USD', 'failed', NULL,
    NULL, 1, 0)";
const MERCHANT: &str =
    "INSERT INTO transitions VALUES ('merchant', 'm-1', 1, 'status', 'rejected', 'active', '', '', 0)";
const CHECKOUT: &str = "INSERT INTO sessions(id, token, merchant_id, order_no, amount, currency, details, status,
        payment_no, created_at, expires_at, updated_at)
    VALUES ('cs-1', 't', 'm-1', 'A-1', 5, 'USD', '{}', 'active', 'PY-X', 0, 1, 0)";
const SESSION: &str = "INSERT INTO session_events VALUES (1, 's-1', 'ended', 0), (2, 's-1', 'used', 1)";

const HOLD: &str =
    "INSERT INTO holds(reference, merchant_id, currency, amount, purpose, channel, related_no, created_at)
    VALUES ('withdrawal:w-1', 'm-1', 'USD', 5, 'withdrawal', '', '', 0)";
const WITHDRAWAL: &str = "INSERT INTO withdrawals(id, withdrawal_no, merchant_id, currency, amount, fee, kind, status,
        hold, bank_account_id, bank_name, bank_account_name, bank_account_no, remarks, required_level, account_version,
        created_by, created_at, updated_at)
    VALUES ('w-1', 'WD-1', 'm-1', 'USD', 5, 1, 'normal', 'approved', 'held', 'b', '', '', '', '', 1, 1, 'o', 0, 0)";
const WITHDRAWN: &str = "INSERT INTO withdrawals(id, withdrawal_no, merchant_id, currency, amount, fee, kind, status,
        hold, bank_account_id, bank_name, bank_account_name, bank_account_no, remarks, required_level, account_version,
        created_by, completed_at, created_at, updated_at)
    VALUES ('w-1', 'WD-1', 'm-1', 'USD', 5, 1, 'normal', 'completed', 'captured', 'b', '', '', '', '', 1, 1, 'o', 0, 0, 0)";
const LETTER: &str =
    "INSERT INTO dead_letters VALUES ('notification', 'event-d', 'payment.events', 5, 'broken', '{}', 0, 'open')";
const FROZEN: &str =
    "INSERT INTO outbox VALUES (1, 'event-f', 'm-1', 1, 'merchant.events', 'merchant.frozen', '{}', 0, 1, 0)";
const TWICE: &str = "INSERT INTO notifications SELECT 'n-x', 'another', event_id, kind, channel, recipient, subject,
    content, template_code, template_data, status, priority, attempts, error_message, provider, provider_msg_id, next_at,
    sent_at, read_at, created_at, updated_at FROM notifications LIMIT 1";
const REFUNDED: &str = "UPDATE transfers SET debit = REPLACE(debit, '-000000000007:', '-000000000008:')
    WHERE journal_id LIKE 'ref:%'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_has_stopped_passes_and_each_change_to_it_is_found_with_its_row() {
    let dir = run().await;
    let whole = report(dir.path());
    assert!(whole.holds(), "{whole}");
    let checked = whole.checked();
    for id in (1..=28).filter(|id| *id != 25).map(|id| format!("I{id}")) {
        assert!(checked.contains(&id.as_str()), "{id} is not among {checked:?}");
    }
    assert!(!checked.contains(&"I25"), "what was not looked at does not count as held");

    for (id, store, sql, row) in CASES {
        let copy = tampered(dir.path(), store, sql);
        let found = report(copy.path());
        let named = found.violations.iter().any(|wrong| wrong.invariant == *id && wrong.row.contains(row));
        assert!(named, "{id} does not find `{sql}`:\n{found}");
    }

    // A booked payment of another merchant breaks the chain of the ledger, too; the owner is named by I24.
    let another = "UPDATE transfers SET credit = REPLACE(credit, '-000000000007:', '-000000000008:')";
    let copy = tampered(dir.path(), "accounting", another);
    assert!(report(copy.path()).violated().contains(&"I24"));

    // While services run or were killed, only what always holds is asked for.
    let open = "UPDATE saga SET state = 'running', ended_at = NULL WHERE kind = 'refund'";
    let copy = tampered(dir.path(), "gateway", open);
    assert!(check(&Stores::folder(copy.path()), true, None).unwrap().holds());

    secrets(dir.path());
    missing(dir.path());
    histories(dir.path());
}

/// I17, the client's book: each lie in it is found, as a lie of the gateway would be, and what a crash has cut off is not
/// counted.
fn histories(dir: &std::path::Path) {
    let text = fs::read_to_string(dir.join(history::FILE)).unwrap();
    let another = |line: &str| line.replace("\"effect\":\"PY", "\"effect\":\"QQ");
    let last = text.lines().rfind(|line| line.contains("\"effect\":\"PY")).unwrap();
    for (changed, row) in [
        (text.replace(last, &another(last)), "key M-4"),
        (format!("{text}{}\n", last.replace("\"body\":\"", "\"body\":\"0")), "key M-4"),
        (text.lines().filter(|line| !line.contains("\"M-2\"")).collect::<Vec<_>>().join("\n"), "payment PY"),
    ] {
        let copy = tampered(dir, "gateway", "");
        fs::write(copy.path().join(history::FILE), changed).unwrap();
        let found = report(copy.path());
        assert!(found.violated() == ["I17"] && found.violations[0].row.contains(row), "{row}: {found}");
    }
    let copy = tampered(dir, "gateway", "");
    fs::write(copy.path().join(history::FILE), format!("{text}{}", &last[..20])).unwrap();
    assert!(report(copy.path()).holds());
    fs::remove_file(copy.path().join(history::FILE)).unwrap();
    let without = report(copy.path()).to_string();
    assert!(without.contains("not reached: no history.jsonl in the run's folder"), "{without}");
}

/// I25: a planted text is found in whichever file it is, and is not repeated in the report.
fn secrets(dir: &std::path::Path) {
    let copy = tampered(dir, "order", "UPDATE orders SET customer_name = 'sk_live_planted'");
    let planted = copy.path().join("planted.txt");
    fs::write(&planted, "4242424242424242\nsk_live_planted\n").unwrap();
    let found = check(&Stores::folder(copy.path()), false, Some(&planted)).unwrap();
    assert_eq!(found.violated(), ["I25"], "{found}");
    assert!(found.violations[0].row.contains("order.db"), "{found}");
    assert!(!found.to_string().contains("sk_live_planted"));

    let planted = tempfile::NamedTempFile::new().unwrap();
    fs::write(planted.path(), "nobody wrote this anywhere\n").unwrap();
    let found = check(&Stores::folder(dir), false, Some(planted.path())).unwrap();
    assert!(found.holds() && found.checked().contains(&"I25"), "{found}");
}

/// A store that is not there is told, and what needs it does not count as held.
fn missing(dir: &std::path::Path) {
    let copy = tampered(dir, "order", "");
    for file in ["channel_sim.db", "merchant.db"] {
        fs::remove_file(copy.path().join(file)).unwrap();
    }
    let found = check(&Stores::folder(copy.path()), false, None).unwrap();
    assert!(found.holds(), "{found}");
    assert!(!found.checked().contains(&"I7") && !found.checked().contains(&"I8"), "{found}");
    assert!(found.checked().contains(&"I18"), "other histories are there");
    assert!(found.to_string().contains("not reached: no store of channel-sim"), "{found}");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["violations"], serde_json::json!([]));
    let unreached = json["not_reached"].as_array().unwrap();
    assert!(unreached.iter().any(|line| line["invariants"] == serde_json::json!(["I8"])), "{json}");
}
