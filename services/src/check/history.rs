//! I17, by the client's own book: what it was told is true, and nothing happened that it did not ask for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use payment_clients::contract::error::{Error, Result};

use super::{
    books::Books,
    report::{Line, Outcome, Report},
};
use crate::{
    demo::history::{self, Answer},
    kit::{invariants::Violation, store::Stores},
};

const SAYS: &str = "what a client was told is true, and all that was done it has asked for";

/// What the gateway has: number of the payment, its merchant, the merchant's number.
type Paid = (String, String, String);

/// Compares the history of a run with the gateway's book, where there is one.
pub(super) fn look(report: &mut Report, books: &Books) -> Result<()> {
    let outcome = match books.stores() {
        _ if !books.has("gateway") => Outcome::NotReached("no store of gateway".into()),
        Stores::Folder(dir) => match read(&dir.join(history::FILE))? {
            None => Outcome::NotReached(format!("no {} beside the stores; `payments demo` writes one", history::FILE)),
            Some(lines) => {
                let found = compare(&lines, &paid(books)?);
                let outcome = Outcome::of(&found);
                report.violations.extend(found);
                outcome
            }
        },
        #[cfg(feature = "postgres")]
        Stores::Postgres(_) => Outcome::NotReached("the history is in the run's folder, not in the database".into()),
    };
    report.lines.push(Line::new(&["I17"], SAYS, &["gateway"], outcome));
    Ok(())
}

/// The lines of a history; those that a crash has cut off are none.
fn read(path: &Path) -> Result<Option<Vec<history::Line>>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::configuration(format!("{}: {cause}", path.display())).with_source(cause)),
    }
}

fn paid(books: &Books) -> Result<Vec<Paid>> {
    const PAID: &str = "SELECT payment_no, merchant_id, order_no FROM payments ORDER BY payment_no";
    books.rows("gateway", PAID, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

fn compare(lines: &[history::Line], paid: &[Paid]) -> Vec<Violation> {
    let there: BTreeMap<_, _> = paid.iter().map(|(number, _, order)| (number.as_str(), order.as_str())).collect();
    let mut first: BTreeMap<&str, &Answer> = BTreeMap::new();
    let mut found = Vec::new();
    for line in lines {
        let Some(answer) = line.answer.as_ref().filter(|answer| (200..300).contains(&answer.status)) else { continue };
        let wrong = match there.get(answer.effect.as_str()) {
            Some(order) if *order == line.key => None,
            _ => Some(format!("was answered with payment {}, and the gateway has no such one of it", answer.effect)),
        };
        let other = first.insert(&line.key, answer).filter(|other| other.body != answer.body);
        let differs = other.map(|other| format!("was answered with {} and with {}", other.body, answer.body));
        let about = format!("key {}", line.key);
        found.extend(wrong.into_iter().chain(differs).map(|wrong| Violation::new("I17", &about, wrong)));
    }
    // Other merchants may pay at the same gateway, and keep histories of their own.
    let asked: BTreeSet<_> = lines.iter().map(|line| (line.merchant.to_string(), line.key.as_str())).collect();
    let merchants: BTreeSet<_> = asked.iter().map(|(merchant, _)| merchant.as_str()).collect();
    let unasked = paid.iter().filter(|(_, merchant, order)| {
        merchants.contains(merchant.as_str()) && !asked.contains(&(merchant.clone(), order.as_str()))
    });
    found.extend(unasked.map(|(number, _, order)| {
        Violation::new("I17", format!("payment {number}"), format!("is for key {order}, which was never sent"))
    }));
    found
}
