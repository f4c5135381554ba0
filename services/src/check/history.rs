//! I17 and I27, by the client's own book: what it was told is true, nothing happened that it did not ask for, and nobody
//! got in twice by one signature.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use payment_clients::{apis::payment_gateway::payment_api, contract::error::Result};

use super::{
    books::Books,
    report::{self, Outcome, Report},
};
use crate::{
    demo::history::{self, Answer, Line, Question},
    kit::invariants::Violation,
};

/// Finds what breaks a rule of histories.
type Find = fn(&[Line], &Books) -> Result<Vec<Violation>>;

const RULES: [(&[&str], &str, Find); 2] = [
    (&["I17"], "what a client was told is true, and all that was done it has asked for", |lines, books| {
        Ok(compare(lines, &paid(books)?))
    }),
    (&["I27"], "who signs twice with one nonce is let in once", |lines, _| Ok(let_in_again(lines))),
];

/// What the gateway has: number of the payment, its merchant, the merchant's number.
type Paid = (String, String, String);

/// Compares the history of a run with the gateway's book, and with itself, where there is one.
pub(super) fn look(report: &mut Report, books: &Books, folder: Option<&Path>) -> Result<()> {
    let lines = match folder {
        _ if !books.has("gateway") => Err("no store of gateway".to_owned()),
        Some(folder) => history::read(folder)?
            .ok_or_else(|| format!("no {} in the run's folder; `payments demo` writes one", history::FILE)),
        None => Err("the history is in the run's folder, not in the database; name it with --run".to_owned()),
    };
    for (ids, says, find) in RULES {
        let outcome = match &lines {
            Ok(lines) => {
                let found = find(lines, books)?;
                let outcome = Outcome::of(&found);
                report.violations.extend(found);
                outcome
            }
            Err(why) => Outcome::NotReached(why.clone()),
        };
        report.lines.push(report::Line::new(ids, says, &["gateway"], outcome));
    }
    Ok(())
}

fn paid(books: &Books) -> Result<Vec<Paid>> {
    const PAID: &str = "SELECT payment_no, merchant_id, order_no FROM payments ORDER BY payment_no";
    books.rows("gateway", PAID, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

fn compare(lines: &[Line], paid: &[Paid]) -> Vec<Violation> {
    let there: BTreeMap<_, _> = paid.iter().map(|(number, _, order)| (number.as_str(), order.as_str())).collect();
    let mut first: BTreeMap<(&str, &str), &Answer> = BTreeMap::new();
    let mut found = Vec::new();
    for Line { question, answer } in lines {
        let Some(answer) = answer.as_ref().filter(|answer| (200..300).contains(&answer.status)) else { continue };
        let wrong = match there.get(answer.effect.as_str()) {
            _ if !is_payment(question) => None,
            Some(order) if *order == question.key => None,
            _ => Some(format!("was answered with payment {}, and the gateway has no such one of it", answer.effect)),
        };
        let name = (question.operation.as_str(), question.key.as_str());
        let other = first.insert(name, answer).filter(|other| other.body != answer.body);
        let differs = other.map(|other| format!("was answered with {} and with {}", other.body, answer.body));
        let about = format!("key {}", question.key);
        found.extend(wrong.into_iter().chain(differs).map(|wrong| Violation::new("I17", &about, wrong)));
    }
    // Other merchants may pay at the same gateway, and keep histories of their own.
    let questions = lines.iter().map(|line| &line.question).filter(|question| is_payment(question));
    let asked: BTreeSet<_> = questions.map(|question| (question.merchant.to_string(), question.key.as_str())).collect();
    let merchants: BTreeSet<_> = asked.iter().map(|(merchant, _)| merchant.as_str()).collect();
    let unasked = paid.iter().filter(|(_, merchant, order)| {
        merchants.contains(merchant.as_str()) && !asked.contains(&(merchant.clone(), order.as_str()))
    });
    found.extend(unasked.map(|(number, _, order)| {
        Violation::new("I17", format!("payment {number}"), format!("is for key {order}, which was never sent"))
    }));
    found
}

fn is_payment(question: &Question) -> bool {
    question.operation == payment_api::CREATE_PAYMENT.name
}

/// I27.
fn let_in_again(lines: &[Line]) -> Vec<Violation> {
    let mut taken = BTreeSet::new();
    let accepted = lines.iter().filter(|line| line.answer.as_ref().is_some_and(|answer| answer.status < 300));
    let again = accepted.filter_map(|line| line.question.nonce.as_ref()).filter(|nonce| !taken.insert(*nonce));
    again.map(|nonce| Violation::new("I27", format!("nonce {nonce}"), "was taken twice")).collect()
}
