//! The books of a run agree; a file in place of one is compared line by line, and each sort of difference is named.

use std::{fs, path::Path};

use payment_clients::contract::money::Currency;
use payment_services::{
    kit::store::Stores,
    reconcile::{
        Files,
        matching::Class,
        reconcile,
        report::{Pair, Report},
    },
};
use rusqlite::Connection;

use super::stage::{REFUND, run};

const HEAD: &str = "id,reference,amount_minor,currency,status";

/// The channel's file, as the simulator would write it: lines of payments, then of refunds.
fn file(dir: &Path) -> Vec<String> {
    const LINES: &str = "SELECT id || ',' || payment_no || ',' || amount || ',' || currency || ',captured' FROM intents
            WHERE status = 'captured'
        UNION ALL SELECT r.id || ',' || r.id || ',-' || r.amount || ',' || i.currency || ',refunded'
            FROM refunds r JOIN intents i ON i.id = r.intent_id";
    let book = Connection::open(dir.join("channel_sim.db")).unwrap();
    let mut lines = book.prepare(LINES).unwrap();
    lines.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

fn compared(dir: &Path, name: &str, lines: &[String]) -> Report {
    let path = dir.join(format!("{name}.csv"));
    fs::write(&path, format!("{HEAD}\n{}\n", lines.join("\n"))).unwrap();
    let files = match name {
        "bank" => Files { bank: Some(path), ..Files::default() },
        _ => Files { channel: Some(path), ..Files::default() },
    };
    reconcile(&Stores::folder(dir), &files, 0).unwrap()
}

fn classes(report: &Report) -> Vec<(Pair, Class)> {
    report.differences().map(|(pair, item)| (*pair, item.class)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_of_a_run_agree_and_each_difference_in_a_file_is_named() {
    let dir = run().await;
    let dir = dir.path();
    let whole = reconcile(&Stores::folder(dir), &Files::default(), 0).unwrap();
    assert!(whole.holds(), "{whole}");
    assert_eq!(
        whole.classes().get(&Class::Matched),
        Some(&5),
        "two payments, a refund, and money that came and went: {whole}"
    );
    let dollars = &whole.totals[&(Pair::Channel, Currency::USD)];
    assert_eq!((dollars.ours, dollars.theirs), (i128::from(1000 - REFUND), i128::from(1000 - REFUND)));
    let again = reconcile(&Stores::folder(dir), &Files::default(), 1).unwrap();
    assert_eq!(again.hash(), whole.hash(), "the same books, the same result");

    let lines = file(dir);
    let same = compared(dir, "same", &lines);
    assert!(same.holds() && same.hash() == whole.hash(), "{same}");

    let dollar = lines.iter().position(|line| line.contains(",1000,USD,")).unwrap();
    let changed = |from: &str, to: &str| {
        let mut lines = lines.clone();
        lines[dollar] = lines[dollar].replace(from, to);
        lines
    };
    let mut twice = lines.clone();
    twice.push(lines[dollar].clone());
    let mut less = lines.clone();
    less.remove(dollar);
    let mut more = lines.clone();
    more.push("pi_x,PYX,5,USD,captured".to_owned());
    for (name, lines, class) in [
        ("cent", changed(",1000,", ",1001,"), Class::Amount),
        ("currency", changed(",USD,", ",EUR,"), Class::Currency),
        ("status", changed(",captured", ",disputed"), Class::Status),
        ("duplicate", twice, Class::Duplicate),
        ("missing", less, Class::MissingExternal),
        ("extra", more, Class::MissingInternal),
    ] {
        let report = compared(dir, name, &lines);
        assert_eq!(classes(&report), [(Pair::Channel, class)], "{name}: {report}");
        assert!(!report.holds() && report.hash() != whole.hash(), "{name}");
        let told = report.to_string();
        assert!(told.contains(&format!("channel: {class} pi_")) && told.ends_with("NOT RECONCILED"), "{told}");
    }

    let bank = compared(dir, "bank", &["WD-X,WD-X,-5,USD,paid".to_owned()]);
    assert_eq!(classes(&bank), [(Pair::Bank, Class::MissingInternal)]);

    fs::write(dir.join("broken.csv"), format!("{HEAD}\npi_1,PY1,ten,USD,captured\n")).unwrap();
    let files = Files { channel: Some(dir.join("broken.csv")), ..Files::default() };
    let refused = reconcile(&Stores::folder(dir), &files, 0).unwrap_err();
    assert!(refused.message().contains("broken.csv") && refused.message().contains("line: 2"), "{refused}");
}
