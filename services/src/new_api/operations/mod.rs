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

/// What the macro takes for granted.
const USUAL_TIER: &str = "standard";

/// Reads every operation that a declaration can say; the others are notes.
pub(super) fn read(document: &Document, only: &[String], notes: &mut Notes) -> Result<Api> {
    let root = document.node();
    let info = root.child("info");
    let service = info.as_ref().and_then(|info| info.text("x-service")).unwrap_or(&document.stem).to_owned();
    let routes = wanted(route::all(&root, notes)?, only, &root)?;
    let base_path = route::base_path(&routes);
    let short = names::type_name(service.strip_suffix("-service").unwrap_or(&service));
    security(&root, notes);

    let tier = info.as_ref().and_then(|info| info.text("x-tier")).unwrap_or(USUAL_TIER).to_owned();
    let mut reader = Reader { types: Types::new(document, &short, notes), methods: BTreeSet::new(), tier };
    let mut resources: Vec<Resource> = Vec::new();
    for tag in tags(&routes) {
        let of_tag = routes.iter().filter(|route| route.tag == tag);
        let Some(mut resource) = reader.resource(&root, &tag, of_tag.collect(), &base_path)? else { continue };
        resource.name_apart(&tag, &short, &resources);
        resources.push(resource);
    }
    if resources.is_empty() {
        return Err(root.wrong("no operation is left that a declaration could say: see the notes for each"));
    }
    let doc = info.as_ref().map(about).unwrap_or_default();
    Ok(Api { service, doc, port: route::port(&root), base_path, resources, items: reader.types.items })
}

/// What the document says of itself: the first paragraph of its description if that is short, else the first sentence.
fn about(info: &Node<'_>) -> String {
    let text = info.text("description").or(info.text("summary")).or(info.text("title")).unwrap_or_default();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let sentence = paragraph.split_once(". ").map_or(paragraph, |(sentence, _)| sentence);
    names::full_stop(if paragraph.len() <= 300 { paragraph } else { sentence })
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
    /// The tier of operations that have none of their own.
    tier: String,
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
        let tier = most_frequent(&operations);
        for operation in operations.iter_mut().filter(|operation| operation.tier != tier) {
            operation.words.push(format!("tier = \"{}\"", operation.tier));
        }
        let bare = operations.iter().all(|operation| operation.bare);
        for operation in operations.iter_mut().filter(|operation| operation.bare && !bare) {
            operation.words.push("envelope = \"bare\"".to_owned());
        }
        let tags = root.list("tags");
        let said = tags.iter().find(|known| known.text("name") == Some(tag)).and_then(|tag| tag.text("description"));
        let doc = said.map_or_else(|| names::full_stop(&names::spoken(tag)), names::full_stop);
        Ok(Some(Resource {
            file: names::file(tag),
            name: format!("{subject}Api"),
            doc,
            tier: Some(tier).filter(|tier| tier != USUAL_TIER),
            bare,
            operations,
        }))
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
            tier: route.node.text("x-tier").unwrap_or(&self.tier).replace('-', "_"),
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

impl Resource {
    /// `order` and `orders` are two tags with one singular; and a file is not named as its folder.
    fn name_apart(&mut self, tag: &str, service: &str, others: &[Self]) {
        let whole = names::type_name(tag);
        let mut names =
            [String::new(), "Operation".to_owned()].into_iter().chain((2_u32..).map(|number| number.to_string()));
        while others.iter().any(|other| other.name == self.name) {
            self.name = format!("{whole}{}Api", names.next().unwrap_or_default());
        }
        let plain = self.file.clone();
        let mut endings = ["_operations".to_owned()].into_iter().chain((2_u32..).map(|number| format!("_{number}")));
        while self.file == names::snake(service) || others.iter().any(|other| other.file == self.file) {
            self.file = format!("{plain}{}", endings.next().unwrap_or_default());
        }
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
fn most_frequent(operations: &[Operation]) -> String {
    let count = |tier: &str| operations.iter().filter(|operation| operation.tier == tier).count();
    let tiers = operations.iter().rev().map(|operation| operation.tier.as_str());
    tiers.max_by_key(|tier| count(tier)).unwrap_or(USUAL_TIER).to_owned()
}
