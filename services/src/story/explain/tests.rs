use payment_clients::contract::money::{Currency, Money};

use super::{Why, explain};
use crate::story::{
    gateway::Asked,
    ledger::Booked,
    shown::Shown,
    tale::{Incident, Payment},
};

fn payment(status: &str) -> Payment {
    Payment {
        number: "PY1".into(),
        id: "1".into(),
        merchant: "7".into(),
        order_no: "M-1".into(),
        channel: "stripe".into(),
        money: Money::new(1000, Currency::USD),
        status: status.into(),
        platform_order: "OD1".into(),
        channel_order: "pi_1".into(),
        error_code: "CHANNEL_DECLINED".into(),
        error_msg: "the card of ada@example.com was declined".into(),
        expired_at: 1_761_307_200_000,
        created_at: 1_761_305_400_000,
    }
}

fn at(step: &str, state: &str) -> Asked {
    Asked { under_way: Some(["create", step, state, "2"].map(Shown::id)), ..Asked::default() }
}

fn why(payment: &Payment, asked: &Asked, booked: &Booked) -> Why {
    explain(payment, asked, booked, &[])
}

#[track_caller]
fn says(said: &[String], words: &str) {
    assert!(said.iter().any(|said| said.contains(words)), "no `{words}` in {said:?}");
}

#[test]
fn one_that_is_pending_says_at_which_step_it_waits_and_that_nothing_happens_twice() {
    for (step, state, words) in [
        ("risk", "started", "asking risk"),
        ("order", "started", "making its order"),
        ("channel", "started", "The channel is being asked"),
        ("channel", "unknown", "nobody knows whether it has the payment"),
    ] {
        let said = why(&payment("pending"), &at(step, state), &Booked::default());
        says(&said.why, words);
        says(&said.why, &format!("step {step} is {state} after 2 attempt(s)"));
        assert!(said.next.unwrap_or_default().contains("under the same key"));
        says(&said.remedies, &format!("behind step {step}"));
    }
    says(&why(&payment("pending"), &Asked::default(), &Booked::default()).why, "nothing is under way");
}

#[test]
fn one_that_ended_without_money_says_so() {
    for (status, words) in
        [("cancelled", "before anybody paid"), ("expired", "in time"), ("failed", "CHANNEL_DECLINED")]
    {
        let said = why(&payment(status), &Asked::default(), &Booked::default());
        says(&said.why, words);
        assert_eq!(said.next, None);
    }
    let said = why(&payment("failed"), &Asked::default(), &Booked::default());
    assert!(!said.why.concat().contains("ada@example.com"), "{:?}", said.why);
}

#[test]
fn one_that_is_paid_goes_on_through_the_books_to_the_bank() {
    let paid = payment("success");
    let said = why(&paid, &Asked::default(), &Booked::default());
    says(&said.why, "has not booked it yet");
    let booked = Booked { captured: true, ..Booked::default() };
    says(&why(&paid, &Asked::default(), &booked).why, "not settled yet");
    for (status, next) in
        [("pending", Some("approves or rejects")), ("approved", Some("paid out")), ("completed", None)]
    {
        let settlement = Some((Shown::id("ST1"), status.to_owned(), Shown::id("WD1")));
        let said = why(&paid, &Asked::default(), &Booked { settlement, ..booked.clone() });
        says(&said.why, &format!("part of settlement ST1, which is {status}, paid out by WD1"));
        assert_eq!(said.next.is_some(), next.is_some());
        assert!(said.next.unwrap_or_default().contains(next.unwrap_or_default()));
    }
}

#[test]
fn money_that_went_back_or_came_too_late_is_named() {
    let asked = Asked { back: 300, on_the_way_back: 200, ..Asked::default() };
    let said = why(&payment("success"), &asked, &Booked { captured: true, ..Booked::default() });
    says(&said.why, "3.00 USD of 10.00 USD went back");
    says(&said.why, "2.00 USD are on their way back");
    for (late, words) in
        [("owed", "asks the channel to pay it back"), ("refunded", "was paid back"), ("refused", "does not")]
    {
        let asked = Asked { late: Some(late.to_owned()), ..Asked::default() };
        says(&why(&payment("expired"), &asked, &Booked::default()).why, words);
    }
    let asked = Asked { late: Some("owed".into()), ..Asked::default() };
    says(&why(&payment("expired"), &asked, &Booked { in_suspense: true, ..Booked::default() }).why, "in suspense");
}

#[test]
fn an_incident_brings_its_remedy() {
    let incident = Incident {
        store: "gateway",
        reason: Shown::id("CALLBACK_DIFFERS"),
        subject: Shown::id("PY1"),
        detail: Shown::said("other money"),
        opened_at_ms: 0,
        remedy: "compare the amounts",
    };
    let said = explain(&payment("processing"), &Asked::default(), &Booked::default(), &[incident]);
    says(&said.why, "An incident is open in gateway: CALLBACK_DIFFERS of PY1: other money");
    says(&said.remedies, "CALLBACK_DIFFERS: compare the amounts");
    says(&said.why, "has not said yet that anybody paid");
}
