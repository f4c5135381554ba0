//! One request, spoilt in one place at a time.

use payment_clients::conformance::Arguments;
use serde_json::{Value, json};

use crate::{sample::Sample, schema::Place};

/// A request with one thing wrong, and what must become of it.
pub struct Spoilt {
    pub arguments: Arguments,
    /// The name of the place.
    pub place: String,
    pub what: String,
    pub rule: Rule,
}

/// What must become of a spoilt request, beside that nothing breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// 400, and the message names the place.
    Refused,
    /// The same where all else is there, and a refusal in any case.
    RefusedWhereFound,
    /// It is not done.
    NotDone,
    /// It may be taken; a 400 names the place.
    Survived,
}

/// Above every amount that the platform moves.
const TOO_MUCH: i64 = 1_000_000_000_000_001;

/// Every spoilt request of a sample.
pub fn each(sample: &Sample) -> impl Iterator<Item = Spoilt> {
    let body = sample.body.iter().flat_map(|place| in_body(&sample.arguments, place));
    let query = sample.query.iter().flat_map(|place| in_query(&sample.arguments, place));
    let path = sample.path.iter().flat_map(|place| in_path(&sample.arguments, place));
    body.chain(query).chain(path)
}

fn in_body(whole: &Arguments, place: &Place) -> Vec<Spoilt> {
    let with = |value: Option<Value>, rule| {
        let mut arguments = whole.clone();
        let body = arguments.body.as_mut().unwrap();
        let (owner, name) = place.pointer.rsplit_once('/').unwrap();
        let owner = body.pointer_mut(owner).unwrap().as_object_mut().unwrap();
        let shown = value.as_ref().map_or("nothing".to_owned(), |value| format!("{:.40}", value.to_string()));
        match value {
            Some(value) => drop(owner.insert(name.to_owned(), value)),
            None => drop(owner.remove(name)),
        }
        Spoilt { arguments, place: place.name.clone(), what: format!("{shown} at {}", place.pointer), rule }
    };
    let missing = (place.required && !is(place, "null")).then(|| with(None, Rule::Refused));
    let wrong = wrong_kinds(place).into_iter().map(|value| with(Some(value), Rule::Refused));
    let odd = odd_values(place, 70_000, Rule::RefusedWhereFound).into_iter();
    let odd = odd.map(|(value, rule)| with(Some(value), rule));
    missing.into_iter().chain(wrong).chain(odd).collect()
}

fn in_query(whole: &Arguments, place: &Place) -> Vec<Spoilt> {
    let with = |value: Option<Value>, rule| {
        let mut arguments = whole.clone();
        let shown = value.as_ref().map_or("nothing".to_owned(), |value| format!("{:.40}", value.to_string()));
        match value {
            Some(value) => drop(arguments.query.insert(place.name.clone(), value)),
            None => drop(arguments.query.remove(&place.name)),
        }
        Spoilt { arguments, place: place.name.clone(), what: format!("{shown} in the query as {}", place.name), rule }
    };
    let missing = place.required.then(|| with(None, Rule::Refused));
    let text = (!is(place, "string")).then(|| with(Some(json!("a text")), Rule::Refused));
    let odd = in_address(place).map(|(value, rule)| with(Some(value), rule));
    let sizes = [(-1, "page"), (0, "page"), (-1, "page_size"), (0, "page_size"), (101, "page_size")];
    let sizes = sizes.into_iter().filter(|(_, name)| *name == place.name);
    let sizes = sizes.map(|(value, _)| with(Some(json!(value)), Rule::RefusedWhereFound));
    missing.into_iter().chain(text).chain(odd).chain(sizes).collect()
}

fn in_path(whole: &Arguments, place: &Place) -> Vec<Spoilt> {
    let with = |value: Value, rule| {
        let mut arguments = whole.clone();
        let what = format!("{:.40} in the path as {}", value.to_string(), place.name);
        arguments.path.insert(place.name.clone(), value);
        Spoilt { arguments, place: place.name.clone(), what, rule }
    };
    in_address(place).map(|(value, rule)| with(value, rule)).collect()
}

fn is(place: &Place, kind: &str) -> bool {
    place.schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|known| known == kind))
}

fn is_currency(place: &Place) -> bool {
    place.schema["pattern"] == "^[A-Za-z]{3}$"
}

/// A value of each kind of JSON that may not stand in a place.
fn wrong_kinds(place: &Place) -> Vec<Value> {
    if place.schema["type"].as_array().is_none_or(Vec::is_empty) {
        return Vec::new();
    }
    let kinds = [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("number", json!(1.5)),
        ("string", json!("a text")),
        ("array", json!([])),
        ("object", json!({})),
    ];
    let fits = |kind: &str| is(place, kind) || (kind == "integer" && is(place, "number"));
    // A field that may be absent may be null.
    let absent = |kind: &str| kind == "null" && !place.required;
    let wrong = kinds.into_iter().filter(|(kind, _)| !fits(kind) && !absent(kind));
    wrong.map(|(_, value)| value).collect()
}

/// What fits into an address: a search for what nobody has finds nothing.
fn in_address(place: &Place) -> impl Iterator<Item = (Value, Rule)> {
    odd_values(place, 5_000, Rule::Survived).into_iter().filter(|(value, _)| value != "")
}

/// Values of the right kind that are hardly meant: texts that are `long`, amounts that nobody has; `excess` is for them.
fn odd_values(place: &Place, long: usize, excess: Rule) -> Vec<(Value, Rule)> {
    if is(place, "integer") {
        let is_money = ["amount", "fee", "price"].iter().any(|ending| place.name.ends_with(ending));
        let rule = if is_money && excess == Rule::RefusedWhereFound { Rule::NotDone } else { Rule::Survived };
        let whole = [i64::MAX, i64::MIN, TOO_MUCH, -1].map(|value| (json!(value), rule));
        let zero = (json!(0), Rule::Survived);
        let past = (json!(9_223_372_036_854_775_808_u64), Rule::Refused);
        return whole.into_iter().chain([zero, past]).collect();
    }
    if !is(place, "string") {
        return Vec::new();
    }
    let long = (json!("x".repeat(long)), excess);
    let nul = (json!("a\u{0}b"), Rule::Survived);
    let empty = (json!(""), Rule::Survived);
    let other = match place.schema["format"].as_str() {
        Some("uuid" | "date-time" | "date") => Some((json!("a text"), Rule::Refused)),
        _ if is_currency(place) => Some((json!("EURO"), Rule::Refused)),
        _ => None,
    };
    // Three letters that are no currency of the platform.
    let unknown = is_currency(place).then(|| (json!("XXQ"), excess));
    [long, nul, empty].into_iter().chain(other).chain(unknown).collect()
}
