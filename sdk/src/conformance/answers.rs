//! Answers of all sorts: refusals by status, newer versions, broken and oversized ones.

use http::StatusCode;
use serde_json::Value;

use super::{
    Form,
    compare::{Extent, difference},
    facts::indispensable,
    stage::{LARGEST_ANSWER, Reply},
    suite::Case,
};
use crate::{
    answer::Answer,
    contract::{
        certainty::Certainty::{self, NotProcessed, PossiblyProcessed, Processed},
        error::{Error, ErrorKind, code},
    },
};

/// What a refusal says to the caller, status by status. Written down once more, so that a change of the tables of the
/// envelope is noticed.
const REFUSALS: &[(u16, &str, ErrorKind, Certainty)] = &[
    (400, "REFUSED", ErrorKind::InvalidInput, Processed),
    (401, "REFUSED", ErrorKind::Unauthenticated, NotProcessed),
    (402, "REFUSED", ErrorKind::Declined, Processed),
    (403, "REFUSED", ErrorKind::Forbidden, Processed),
    (404, "REFUSED", ErrorKind::NotFound, Processed),
    (405, "REFUSED", ErrorKind::Declined, Processed),
    (408, "REFUSED", ErrorKind::Gateway, PossiblyProcessed),
    (409, "REFUSED", ErrorKind::Conflict, Processed),
    (409, code::IN_PROGRESS, ErrorKind::InProgress, PossiblyProcessed),
    (412, "REFUSED", ErrorKind::Conflict, Processed),
    (413, "REFUSED", ErrorKind::InvalidInput, Processed),
    (415, "REFUSED", ErrorKind::InvalidInput, Processed),
    (422, "REFUSED", ErrorKind::Declined, Processed),
    (422, code::KEY_REUSED, ErrorKind::KeyReused, Processed),
    (425, "REFUSED", ErrorKind::Unavailable, NotProcessed),
    (429, "REFUSED", ErrorKind::RateLimited, PossiblyProcessed),
    (500, "REFUSED", ErrorKind::Internal, PossiblyProcessed),
    (501, "REFUSED", ErrorKind::NotImplemented, Processed),
    (502, "REFUSED", ErrorKind::Gateway, PossiblyProcessed),
    (503, "REFUSED", ErrorKind::Unavailable, PossiblyProcessed),
    (504, "REFUSED", ErrorKind::Gateway, PossiblyProcessed),
    (505, "REFUSED", ErrorKind::NotImplemented, Processed),
];

/// Proves how one operation takes what it is answered.
pub(super) async fn check(case: &mut Case<'_>) {
    for refusal in REFUSALS {
        a_status_is_its_kind(case, *refusal).await;
    }
    what_is_newer_changes_nothing(case).await;
    what_is_missing_is_named(case).await;
    what_is_too_large_is_not_read(case).await;
}

async fn a_status_is_its_kind(
    case: &mut Case<'_>,
    (number, code, kind, certainty): (u16, &'static str, ErrorKind, Certainty),
) {
    let Ok(status) = StatusCode::from_u16(number) else { return };
    let error = Error::new(ErrorKind::Declined, Processed, "no").with_code(code).with_status(status);
    let reply = Reply::written(&Answer::error(&error, "conformance"));
    let found = match case.play(case.arguments(Form::Full), [reply]).await.answer {
        Ok(_) => return case.note(format!("{number} {code} counts as a success")),
        Err(error) => error,
    };
    if (found.kind(), found.certainty(), found.status()) != (kind, certainty, Some(status)) {
        let (found_kind, found_certainty) = (found.kind(), found.certainty());
        let wrong = format!("{number} {code} is {found_kind:?}, {found_certainty:?}");
        case.note(format!("{wrong}; it must be {kind:?}, {certainty:?}: {found}"));
    }
}

async fn what_is_newer_changes_nothing(case: &mut Case<'_>) {
    let full = case.payload(Form::Full);
    let (fields, words) = (case.payload(Form::NewFields), case.payload(Form::NewWords));
    for (what, sent, wanted) in [("field", &fields, &full), ("word", &words, &words)] {
        if *sent == full {
            continue;
        }
        let fault = match case.answered(sent).await {
            Ok(found) => difference("answer", wanted, &found, Extent::Whole),
            Err(error) => Some(error.to_string()),
        };
        if let Some(fault) = fault {
            case.note(format!("a {what} of a newer version in the answer is not tolerated: {fault}"));
        }
    }
}

async fn what_is_missing_is_named(case: &mut Case<'_>) {
    let full = case.payload(Form::Full);
    let schema = case.facts.payload.clone().unwrap_or_default();
    for pointer in indispensable(case.document, &schema, &full) {
        let mut payload = full.clone();
        let Some((parent, field)) = pointer.rsplit_once('/') else { continue };
        if let Some(Value::Object(fields)) = payload.pointer_mut(parent) {
            fields.shift_remove(field);
        }
        match case.answered(&payload).await {
            Ok(_) => case.note(format!("an answer without {pointer} is taken, though the document requires the field")),
            Err(error) if error.kind() != ErrorKind::Unreadable || !names(error.message(), parent, field) => {
                case.note(format!("an answer without {pointer} must be unreadable and name the field: {error}"));
            }
            Err(_) => {}
        }
    }
}

/// Whether a text names a field and the path of what it is missing from: `/list/0` reads `list[0]`.
fn names(text: &str, parent: &str, field: &str) -> bool {
    let path = parent.split('/').skip(1).fold(String::new(), |path, step| match step.parse::<usize>() {
        Ok(number) => format!("{path}[{number}]"),
        Err(_) if path.is_empty() => step.to_owned(),
        Err(_) => format!("{path}.{step}"),
    });
    text.contains(&format!("`{field}`")) && text.contains(&path)
}

async fn what_is_too_large_is_not_read(case: &mut Case<'_>) {
    // Spaces around a JSON value are JSON: only the size is wrong.
    let reply = Reply::bytes(vec![b' '; LARGEST_ANSWER + 1]);
    match case.play(case.arguments(Form::Full), [reply]).await.answer {
        Ok(_) => case.note("an answer that is larger than allowed is read"),
        Err(error) if error.kind() != ErrorKind::Unreadable || !error.message().contains("larger") => {
            case.note(format!("an answer that is larger than allowed must be unreadable and say why: {error}"));
        }
        Err(_) => {}
    }
}
