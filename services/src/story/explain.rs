//! The story in plain words: why the payment is where it is, what comes next by itself, and what a person can do.

use payment_clients::contract::{money::Money, timestamp::Timestamp};

use super::{
    gateway::Asked,
    ledger::Booked,
    shown::Shown,
    tale::{Incident, Payment},
};

/// What is said in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Why {
    pub(super) why: Vec<String>,
    pub(super) next: Option<String>,
    pub(super) remedies: Vec<String>,
}

pub(super) fn explain(payment: &Payment, asked: &Asked, booked: &Booked, incidents: &[Incident]) -> Why {
    let mut said = match payment.status.as_str() {
        "pending" => pending(asked),
        "processing" => processing(payment),
        "success" => paid(payment, booked),
        "failed" => failed(payment),
        "cancelled" => ended("It was cancelled before anybody paid. Its order is cancelled with it."),
        "expired" => ended("Nobody paid in time, so it lapsed. Its order is cancelled with it."),
        other => ended(&format!("The gateway calls it {}, which this program does not know.", Shown::id(other))),
    };
    if payment.status != "pending" {
        under_way(asked, &mut said);
    }
    money_back(payment, asked, booked, &mut said);
    for incident in incidents {
        let Incident { store, reason, subject, detail, remedy, .. } = incident;
        said.why.push(format!("An incident is open in {store}: {reason} of {subject}: {detail}."));
        said.remedies.push(format!("{reason}: {remedy}."));
    }
    said
}

fn ended(why: &str) -> Why {
    Why { why: vec![why.to_owned()], ..Why::default() }
}

fn pending(asked: &Asked) -> Why {
    let Some([_, step, state, attempts]) = &asked.under_way else {
        return ended("It was asked for, and nothing is under way that would take it further.");
    };
    let why = match (step.as_str(), state.as_str()) {
        ("risk", _) => "The gateway is asking risk whether it may be tried",
        ("order", _) => "The gateway is making its order",
        ("channel", "unknown") => "The channel was asked, and nobody knows whether it has the payment",
        ("channel", _) => "The channel is being asked",
        _ => "The gateway is at work on it",
    };
    Why {
        why: vec![format!("{why}: step {step} is {state} after {attempts} attempt(s).")],
        next: Some(
            "The saga asks what became of the step and repeats it under the same key, so nothing happens twice; the \
             answer decides. It goes on after a crash of the gateway, too."
                .to_owned(),
        ),
        remedies: vec![format!(
            "If it waits for long, look whether the service behind step {step} is up: `payments top`."
        )],
    }
}

fn processing(payment: &Payment) -> Why {
    let lapses = Timestamp::from_unix_ms(payment.expired_at);
    let number = Shown::id(&payment.channel_order);
    Why {
        why: vec![format!("The channel has it as {number} and has not said yet that anybody paid.")],
        next: Some(format!(
            "The channel's webhook ends it. Where none comes, the gateway asks the channel half a minute after the last \
             news and then again and again; unpaid, it lapses at {lapses}."
        )),
        remedies: vec!["Nothing need be done before it lapses.".to_owned()],
    }
}

fn paid(payment: &Payment, booked: &Booked) -> Why {
    let number = Shown::id(&payment.channel_order);
    let mut said = ended(&format!("It is paid: the channel has {} as {number}.", payment.money));
    if booked.in_suspense {
        said.why.push("Its money is in suspense: the merchant's account took nothing.".to_owned());
        return said;
    }
    if !booked.captured {
        said.why.push("Accounting has not booked it yet.".to_owned());
        said.next = Some("Accounting takes the event of the payment and books it.".to_owned());
        let remedy = "If it waits for long, look for events that are not published or could not be taken: \
                      `payments redrive` lists the latter.";
        said.remedies.push(remedy.to_owned());
        return said;
    }
    match &booked.settlement {
        None => {
            said.why.push("It is booked for the merchant and not settled yet.".to_owned());
            said.next = Some("The merchant's next settlement claims it.".to_owned());
        }
        Some((number, status, withdrawal)) => {
            let paid_by = if withdrawal.is_empty() { String::new() } else { format!(", paid out by {withdrawal}") };
            said.why.push(format!("It is part of settlement {number}, which is {}{paid_by}.", Shown::id(status)));
            said.next = match status.as_str() {
                "pending" => Some("Somebody approves or rejects the settlement.".to_owned()),
                "approved" | "processing" => Some("The settlement is paid out to the merchant's bank.".to_owned()),
                _ => None,
            };
        }
    }
    said
}

fn failed(payment: &Payment) -> Why {
    let (code, text) = (Shown::id(&payment.error_code), Shown::said(&payment.error_msg));
    let code = if code.is_empty() { "no code".into() } else { code };
    let mut said = ended(&format!("It was refused ({code}): {text}"));
    said.why.push("Nothing was taken, and its order is cancelled.".to_owned());
    said.remedies.push("The merchant may ask for a new payment under another order number.".to_owned());
    said
}

/// A saga that goes on after the payment has its status.
fn under_way(asked: &Asked, said: &mut Why) {
    let Some([kind, step, state, attempts]) = &asked.under_way else { return };
    said.why.push(format!("Its saga {kind} is under way: step {step} is {state} after {attempts} attempt(s)."));
    let next = format!("The saga {kind} repeats step {step} under the same key until there is an answer.");
    said.next = Some(said.next.take().map_or_else(|| next.clone(), |before| format!("{before} {next}")));
    said.remedies
        .push(format!("If it waits for long, look whether the service behind step {step} is up: `payments top`."));
}

fn money_back(payment: &Payment, asked: &Asked, booked: &Booked, said: &mut Why) {
    let money = |minor_units| Money::new(minor_units, payment.money.currency);
    if asked.back > 0 {
        let (back, all) = (money(asked.back), payment.money);
        said.why.push(format!("{back} of {all} went back to the payer."));
    }
    if asked.on_the_way_back > 0 {
        said.why.push(format!("{} are on their way back to the payer.", money(asked.on_the_way_back)));
    }
    let late = asked.late.as_deref().map(|late| match late {
        "owed" => "Its money came after it had ended; the gateway asks the channel to pay it back.",
        "refunded" => "Its money came after it had ended, and was paid back.",
        _ => "Its money came after it had ended, and the channel does not pay it back.",
    });
    said.why.extend(late.map(str::to_owned));
    if booked.in_suspense && asked.late.is_some() {
        said.why.push("Until then it is in suspense.".into());
    }
}

#[cfg(test)]
mod tests;
