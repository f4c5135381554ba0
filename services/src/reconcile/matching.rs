//! What two books make of one number. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lines::{Line, Ours, Waiting};

/// How a line stands to the other book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Both books say the same.
    Matched,
    /// Our side still waits for it, and may.
    Timing,
    /// The outside book has it, ours has not.
    MissingInternal,
    /// Ours has it, the outside book has not.
    MissingExternal,
    /// The amounts differ.
    Amount,
    /// The currencies differ.
    Currency,
    /// The money is the same, and what became of it is not.
    Status,
    /// One book has it more often than the other.
    Duplicate,
}

/// One number, and what the books make of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// How it stands.
    pub class: Class,
    /// The number that both sides know.
    pub id: String,
    /// Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Line>,
    /// Theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Line>,
    /// Until when it may be so, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
}

/// Compares two books number by number; what only one has comes as often as it is there.
pub fn compare(ours: &Ours, theirs: &[Line], now: i64) -> Vec<Item> {
    let mut numbers: BTreeMap<&str, [Vec<&Line>; 2]> = BTreeMap::new();
    for (side, lines) in [&ours.booked, theirs].into_iter().enumerate() {
        for line in lines {
            numbers.entry(&line.id).or_default()[side].push(line);
        }
    }
    numbers.into_values().flat_map(|[ours_of, theirs_of]| one(&ours_of, &theirs_of, &ours.waiting, now)).collect()
}

/// The lines of one number: the first of each side are compared, further ones are too many.
fn one(ours: &[&Line], theirs: &[&Line], waiting: &BTreeMap<String, Waiting>, now: i64) -> Vec<Item> {
    let first = match (ours.first(), theirs.first()) {
        (Some(our), Some(their)) => Some(item(differs(our, their), Some(our), Some(their))),
        (Some(our), None) => Some(item(Class::MissingExternal, Some(our), None)),
        (None, Some(their)) => Some(alone(their, waiting, now)),
        (None, None) => None,
    };
    let ours = ours.iter().skip(1).map(|line| item(Class::Duplicate, Some(line), None));
    let theirs = theirs.iter().skip(1).map(|line| item(Class::Duplicate, None, Some(line)));
    first.into_iter().chain(ours).chain(theirs).collect()
}

fn differs(our: &Line, their: &Line) -> Class {
    match () {
        () if our.money.currency != their.money.currency => Class::Currency,
        () if our.money.minor_units != their.money.minor_units => Class::Amount,
        () if our.status != their.status => Class::Status,
        () => Class::Matched,
    }
}

/// Only the outside book has it: our side may not have heard of it yet.
fn alone(their: &Line, waiting: &BTreeMap<String, Waiting>, now: i64) -> Item {
    let waits = waiting.get(&their.reference).filter(|waits| waits.money == their.money && now <= waits.until);
    let Some(Waiting { what, until, .. }) = waits else { return item(Class::MissingInternal, None, Some(their)) };
    Item { window: Some(format!("{what}, until {until} ms")), ..item(Class::Timing, None, Some(their)) }
}

fn item(class: Class, ours: Option<&Line>, theirs: Option<&Line>) -> Item {
    let id = ours.or(theirs).map(|line| line.id.clone()).unwrap_or_default();
    Item { class, id, ours: ours.cloned(), theirs: theirs.cloned(), window: None }
}

// === impl Item ===

impl Item {
    /// True for what nobody has to look into.
    pub fn is_fine(&self) -> bool {
        matches!(self.class, Class::Matched | Class::Timing)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use payment_clients::contract::money::{Currency, Money};

    use super::{Class, compare};
    use crate::reconcile::lines::{Line, Ours, Waiting};

    fn line(id: &str, amount: i64) -> Line {
        let money = Money::new(amount, Currency::USD);
        Line { id: id.to_owned(), reference: format!("our-{id}"), money, status: "captured".to_owned() }
    }

    #[test]
    fn what_our_side_still_waits_for_passes_by_itself_until_its_window_ends() {
        let what = "payment our-a is processing".to_owned();
        let waits = Waiting { what, money: Money::new(5, Currency::USD), until: 100 };
        let ours = Ours { booked: Vec::new(), waiting: BTreeMap::from([("our-a".to_owned(), waits)]) };
        let class = |amount, now| compare(&ours, &[line("a", amount)], now).remove(0);
        let timing = class(5, 100);
        assert_eq!(timing.class, Class::Timing);
        assert_eq!(timing.window.as_deref(), Some("payment our-a is processing, until 100 ms"));
        assert_eq!(class(5, 101).class, Class::MissingInternal, "the window has ended");
        assert_eq!(class(6, 100).class, Class::MissingInternal, "of this amount it waits for nothing");
    }

    #[test]
    fn a_number_that_either_side_has_twice_is_too_much_once() {
        let ours = Ours { booked: vec![line("a", 5), line("a", 5)], ..Ours::default() };
        let classes = |theirs: &[Line]| compare(&ours, theirs, 0).iter().map(|item| item.class).collect::<Vec<_>>();
        assert_eq!(classes(&[line("a", 5)]), [Class::Matched, Class::Duplicate]);
        assert_eq!(classes(&[]), [Class::MissingExternal, Class::Duplicate]);
    }
}
