//! Paths of a document → resources and their operations, in its order.

mod answer;
mod arguments;
mod route;

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::{Error, Result};

use super::{
    document::{Document, Node},
    model::{Api, Operation, Place, Resource},
    names,
    notes::Notes,
    types::Types,
};
use route::Route;

/// Reads every operation that a declaration can say; the others are notes.
pub(super) fn read(document: &Document, only: &[String], notes: &mut Notes) -> Result<Api> {
    let root = document.node();
    let info = root.child("info");
    let service = info.as_ref().and_then(|info| info.text("x-service")).unwrap_or(&document.stem).to_owned();
    let routes = wanted(route::all(&root, notes)?, only, &root)?;
    let base_path = route::base_path(&routes);
    let short = names::type_name(service.strip_suffix("-service").unwrap_or(&service));
    security(&root, notes);

    let mut reader = Reader { types: Types::new(document, &short, notes), methods: BTreeSet::new() };
    let mut resources: Vec<Resource> = Vec::new();
    for tag in tags(&routes) {
        let of_tag = routes.iter().filter(|route| route.tag == tag);
        resources.extend(reader.resource(&root, &tag, of_tag.collect(), &base_path)?);
    }
    if resources.is_empty() {
        return Err(root.wrong("no operation is left that a declaration could say: see the notes for each"));
    }
    let doc = info.as_ref().map(about).unwrap_or_default();
    Ok(Api { service, doc, port: route::port(&root), base_path, resources, items: reader.types.items })
}

/// What the document says of itself: its description, else its title.
fn about(info: &Node<'_>) -> String {
    let text = info.text("description").or(info.text("summary")).or(info.text("title")).unwrap_or_default();
    names::full_stop(text.split("\n\n").next().unwrap_or_default())
}

/// The routes of the tags that are asked for.
fn wanted<'a>(routes: Vec<Route<'a>>, only: &[String], root: &Node<'_>) -> Result<Vec<Route<'a>>> {
    let known = tags(&routes);
    if let Some(unknown) = only.iter().find(|tag| !known.contains(tag)) {
        let known = known.join(", ");
        return Err(root.wrong(&format!("no operation has the tag `{unknown}`: ask for one of {known}")));
    }
    match routes.is_empty() {
        true => Err(Error::configuration("the document describes no operation but those of the machinery")),
        false => Ok(routes.into_iter().filter(|route| only.is_empty() || only.contains(&route.tag)).collect()),
    }
}

fn tags(routes: &[Route<'_>]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for route in routes {
        if !tags.contains(&route.tag) {
            tags.push(route.tag.clone());
        }
    }
    tags
}

/// Who calls is no business of a declaration.
fn security(root: &Node<'_>, notes: &mut Notes) {
    let schemes = root.child("components").map(|components| components.entries("securitySchemes")).unwrap_or_default();
    let names: Vec<&str> = schemes.into_iter().map(|(name, _)| name).collect();
    if !names.is_empty() {
        let what = format!("callers prove who they are ({})", names.join(", "));
        notes.add("#/components/securitySchemes", &what, "give the credentials to the builder of the client");
    }
}

/// Reads operations, one resource after the other.
struct Reader<'a> {
    types: Types<'a>,
    /// Names of the methods so far: one client has them all.
    methods: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// One tag; nothing when none of its operations can be said.
    fn resource(
        &mut self,
        root: &Node<'a>,
        tag: &str,
        routes: Vec<&Route<'a>>,
        base: &str,
    ) -> Result<Option<Resource>> {
        let subject = names::type_name(&names::singular(tag));
        let mut operations: Vec<Operation> = Vec::new();
        for route in routes {
            operations.extend(self.operation(route, &subject, base)?);
        }
        if operations.is_empty() {
            return Ok(None);
        }
        name_alike(&mut operations);
        let tier = root.child("info").and_then(|info| info.text("x-tier")).map(str::to_owned);
        let tier = tier.or_else(|| most_frequent(&operations)).filter(|tier| tier != "standard");
        for operation in &mut operations {
            let own = operation.tier.take().filter(|own| own != tier.as_deref().unwrap_or("standard"));
            operation.words.extend(own.map(|own| format!("tier = \"{own}\"")));
        }
        let bare = operations.iter().all(|operation| operation.bare);
        for operation in operations.iter_mut().filter(|operation| operation.bare && !bare) {
            operation.words.push("envelope = \"bare\"".to_owned());
        }
        let tags = root.list("tags");
        let said = tags.iter().find(|known| known.text("name") == Some(tag)).and_then(|tag| tag.text("description"));
        let doc = said.map_or_else(|| names::sentence(&names::type_name(tag)), names::full_stop);
        Ok(Some(Resource { file: names::file(tag), name: format!("{subject}Api"), doc, tier, bare, operations }))
    }

    /// One route; nothing when it cannot be said.
    fn operation(&mut self, route: &Route<'a>, subject: &str, base: &str) -> Result<Option<Operation>> {
        let id = route.id();
        let Some(path) = route.template(base, self.types.notes) else { return Ok(None) };
        let Some(answer) = answer::read(&mut self.types, route, &names::type_name(&id))? else { return Ok(None) };
        let Some(taken) = arguments::read(&mut self.types, route, subject, &path)? else { return Ok(None) };
        let name = self.method(&id, subject);
        let words = route.words(taken.keyed, self.types.notes);
        Ok(Some(Operation {
            doc: route.doc(&name),
            verb: route.verb,
            path,
            words,
            tier: route.node.text("x-tier").map(|tier| tier.replace('-', "_")),
            bare: answer.bare,
            arguments: taken.arguments,
            answer: answer.ty,
            name,
        }))
    }

    fn method(&mut self, id: &str, subject: &str) -> String {
        let name = names::method(id, subject);
        let mut candidates =
            (1_u32..).map(|number| if number == 1 { name.clone() } else { format!("{name}_{number}") });
        let free = candidates.find(|name| !self.methods.contains(name)).unwrap_or_default();
        self.methods.insert(free.clone());
        free
    }
}

/// Routes of the same shape name their parameters alike: a router cannot tell them apart.
fn name_alike(operations: &mut [Operation]) {
    let mut first: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations {
        let shape = route::shape(&operation.path);
        let mine: Vec<String> = route::parameters(&operation.path).map(str::to_owned).collect();
        let names = first.entry(shape).or_insert_with(|| mine.clone());
        for (mine, name) in mine.iter().zip(names.iter()).filter(|(mine, name)| mine != name) {
            operation.path = operation.path.replace(&format!("{{{mine}}}"), &format!("{{{name}}}"));
            let in_path = |place: Place| place == Place::Path;
            for argument in operation.arguments.iter_mut().filter(|argument| in_path(argument.place)) {
                if argument.name == *mine {
                    argument.name.clone_from(name);
                }
            }
        }
    }
}

/// The tier that most operations have; of several, the first.
fn most_frequent(operations: &[Operation]) -> Option<String> {
    let count = |tier: &String| operations.iter().filter(|operation| operation.tier.as_ref() == Some(tier)).count();
    let mut best: Option<(usize, String)> = None;
    for tier in operations.iter().filter_map(|operation| operation.tier.as_ref()) {
        if best.as_ref().is_none_or(|(most, _)| count(tier) > *most) {
            best = Some((count(tier), tier.clone()));
        }
    }
    best.map(|(_, tier)| tier)
}
