//! The request as it arrives, and the key on each attempt.

use http::header;

use super::{
    Arguments, Form,
    compare::Extent,
    facts::Place,
    stage::{Played, Reply},
    suite::Case,
};
use crate::{
    answer::Answer,
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Nack},
        headers,
        operation::Class,
    },
};

/// Texts that would mean something else if they were not encoded.
const HOSTILE: [&str; 4] = ["a/b?c#d%2e..", "two words + more & even=more", "Zürich ✓ \u{202e}", "../..;x=\"<y>\\"];
/// Texts that cannot travel in a place: no encoding keeps segments of dots from addressing another route, or headers from
/// beginning another one.
const UNSENDABLE: [(Place, &str); 5] = [
    (Place::Path, ""),
    (Place::Path, "."),
    (Place::Path, ".."),
    (Place::Header, "one\r\nx-other: two"),
    (Place::Header, "Zürich"),
];

/// Proves the requests of one operation.
pub(super) async fn check(case: &mut Case<'_>) {
    for (form, extent) in [(Form::Full, Extent::Whole), (Form::Sparse, Extent::Part)] {
        arrives(case, case.arguments(form), extent).await;
    }
    hostile_texts_stay_in_their_places(case).await;
    what_cannot_travel_is_not_sent(case).await;
    the_key_is_the_same_on_every_attempt(case).await;
    a_broken_connection_repeats_what_may_be_repeated(case).await;
}

async fn arrives(case: &mut Case<'_>, arguments: Arguments, extent: Extent) {
    let reply = case.success(&case.payload(Form::Full));
    let Played { answer, attempts } = case.play(arguments.clone(), [reply]).await;
    let [sent] = &attempts[..] else {
        let why = answer.err().map(|error| format!(": {error}")).unwrap_or_default();
        return case.note(format!("{} requests arrived instead of one{why}", attempts.len()));
    };
    let mut faults = sent.faults(case.facts, &arguments, extent);
    let wanted = arguments.body.as_ref().map(|_| case.operation().body.content_type());
    if sent.header(header::CONTENT_TYPE) != wanted {
        faults.push(format!("the header content-type must be {wanted:?}: as the body is written, absent without one"));
    }
    for name in [header::ACCEPT, headers::REQUEST_ID, headers::TRACEPARENT, headers::DEADLINE_MS, headers::CRITICALITY]
    {
        if sent.header(&name).is_none() {
            faults.push(format!("header {name} missing"));
        }
    }
    faults.into_iter().for_each(|fault| case.note(fault));
}

async fn hostile_texts_stay_in_their_places(case: &mut Case<'_>) {
    let full = case.arguments(Form::Full);
    for text in HOSTILE {
        let mut arguments = full.clone();
        for place in [Place::Path, Place::Query] {
            for name in case.facts.free_texts(place) {
                place.of_mut(&mut arguments).insert(name.to_owned(), text.into());
            }
        }
        if arguments != full {
            arrives(case, arguments, Extent::Whole).await;
        }
    }
}

async fn what_cannot_travel_is_not_sent(case: &mut Case<'_>) {
    for (place, text) in UNSENDABLE {
        let names: Vec<String> = case.facts.free_texts(place).map(str::to_owned).collect();
        for name in names {
            let mut arguments = case.arguments(Form::Full);
            place.of_mut(&mut arguments).insert(name.clone(), text.into());
            let Played { answer, attempts } = case.play(arguments, [case.success(&case.payload(Form::Full))]).await;
            let refused = answer.is_err_and(|error| {
                (error.kind(), error.certainty()) == (ErrorKind::InvalidRequest, Certainty::NotSent)
            });
            if !refused || !attempts.is_empty() {
                case.note(format!("{} argument {name} = {text:?} cannot travel there and was sent", place.word()));
            }
        }
    }
}

async fn the_key_is_the_same_on_every_attempt(case: &mut Case<'_>) {
    let busy = Error::new(ErrorKind::Unavailable, Certainty::NotProcessed, "busy").with_nack(Nack::Retry);
    let replies = [Reply::written(&Answer::error(&busy, "conformance")), case.success(&case.payload(Form::Full))];
    let played = case.play(case.arguments(Form::Full), replies).await;
    attempts_are_alike(case, &played, 2);
}

async fn a_broken_connection_repeats_what_may_be_repeated(case: &mut Case<'_>) {
    let replies = [Reply::Drop, case.success(&case.payload(Form::Full))];
    let played = case.play(case.arguments(Form::Full), replies).await;
    match case.operation().class {
        Class::Safe | Class::Idempotent | Class::Keyed => attempts_are_alike(case, &played, 2),
        Class::Unsafe => {
            attempts_are_alike(case, &played, 1);
            let in_doubt = |error: Error| error.certainty() == Certainty::PossiblyProcessed;
            if !played.answer.is_err_and(in_doubt) {
                case.note("after a broken connection the effect of an unsafe operation must be in doubt");
            }
        }
    }
}

/// So many attempts were made, byte for byte the same, and each with the key that the class asks for.
fn attempts_are_alike(case: &mut Case<'_>, played: &Played, wanted: usize) {
    let Played { answer, attempts } = played;
    if attempts.len() != wanted {
        let outcome = answer.as_ref().err().map(|error| format!(": {error}")).unwrap_or_default();
        return case.note(format!("{} attempts were made instead of {wanted}{outcome}", attempts.len()));
    }
    let keyed = case.operation().class == Class::Keyed;
    let first = &attempts[0];
    for (attempt, number) in attempts.iter().zip(1..) {
        let key = attempt.header(headers::IDEMPOTENCY_KEY);
        match key {
            None if keyed => case.note(format!("header idempotency-key missing on attempt {number}")),
            Some(_) if !keyed => case.note(format!("header idempotency-key on attempt {number}, and none is declared")),
            key if key != first.header(headers::IDEMPOTENCY_KEY) => {
                case.note(format!("attempt {number} carries another idempotency-key than the first"));
            }
            _ => {}
        }
        if (&attempt.path, &attempt.query, &attempt.body) != (&first.path, &first.query, &first.body) {
            case.note(format!("attempt {number} is not the request of the first"));
        }
        let counted = attempt.header(headers::ATTEMPT);
        if counted != Some(&format!("{number}/2")) {
            case.note(format!("header x-attempt is {counted:?} on attempt {number} of two at most"));
        }
    }
    if case.facts.asks_for_key != keyed {
        case.note("the document must ask for Idempotency-Key exactly where the operation is keyed");
    }
}
