//! Which file holds what. A resource takes what its operations name, in the order in which they name it, unless an
//! earlier resource has taken it.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Api, Item, Resource, Type};

/// The items of one resource, sorted by their role.
#[derive(Debug, Default)]
pub(super) struct Share {
    pub(super) requests: Vec<String>,
    pub(super) answers: Vec<String>,
    /// Ids and words.
    pub(super) small: Vec<String>,
}

/// What each resource declares, in the order of the resources.
pub(super) fn shares(api: &Api) -> Vec<Share> {
    let mut taken = BTreeSet::new();
    api.resources.iter().map(|resource| share(resource, api, &mut taken)).collect()
}

/// The structs that are sent, wherever they stand: for these, absent and empty are two things.
pub(super) fn sent(api: &Api) -> BTreeSet<String> {
    let mut sent = BTreeSet::new();
    let mut order = Vec::new();
    for ty in api.resources.iter().flat_map(arguments) {
        collect(ty, &api.items, &mut sent, &mut order);
    }
    sent
}

fn share(resource: &Resource, api: &Api, taken: &mut BTreeSet<String>) -> Share {
    let mut requests = Vec::new();
    arguments(resource).for_each(|ty| collect(ty, &api.items, taken, &mut requests));
    let mut answers = Vec::new();
    resource.operations.iter().for_each(|operation| collect(&operation.answer, &api.items, taken, &mut answers));
    let is_struct = |name: &String| matches!(api.items.get(name), Some(Item::Struct(_)));
    let (requests, mut small): (Vec<_>, Vec<_>) = requests.into_iter().partition(is_struct);
    let (answers, more): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_struct);
    small.extend(more);
    let rank = |name: &String| u8::from(matches!(api.items.get(name), Some(Item::Words(_))));
    small.sort_by_key(rank);
    Share { requests, answers, small }
}

/// The types of all arguments.
fn arguments(resource: &Resource) -> impl Iterator<Item = &Type> {
    let arguments = resource.operations.iter().flat_map(|operation| &operation.arguments);
    arguments.map(|argument| &argument.ty)
}

/// Takes what a type names, itself first.
fn collect(ty: &Type, items: &BTreeMap<String, Item>, taken: &mut BTreeSet<String>, order: &mut Vec<String>) {
    if let Type::Named(name) = ty.innermost()
        && let Some(item) = items.get(name)
        && taken.insert(name.clone())
    {
        order.push(name.clone());
        item.parts().for_each(|ty| collect(ty, items, taken, order));
    }
}
