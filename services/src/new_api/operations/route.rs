//! A method and a path of the document, and what its own words say about it.

use payment_clients::contract::error::Result;

use crate::new_api::{document::Node, names, notes::Notes};

/// One operation of the document.
#[derive(Clone, Debug)]
pub(super) struct Route<'a> {
    pub(super) path: &'a str,
    /// `get`, `post`, …
    pub(super) verb: &'static str,
    pub(super) tag: String,
    pub(super) node: Node<'a>,
    /// Parameters of the path and of the operation, references followed; the operation's win.
    pub(super) parameters: Vec<Node<'a>>,
}

const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const OTHER_VERBS: [&str; 3] = ["head", "options", "trace"];
/// What machines ask of a service, by the first segment of the path: the SDK and its servers know these themselves.
const MACHINERY: [&str; 12] = [
    "api-docs",
    "docs",
    "health",
    "healthz",
    "live",
    "livez",
    "metrics",
    "openapi.json",
    "ping",
    "ready",
    "readyz",
    "swagger",
];
/// Tags under which they stand.
const MACHINERY_TAGS: [&str; 4] = ["ops", "health", "metrics", "monitoring"];
/// Words of a declaration that a document may give as text, and the extension that does.
const SETTINGS: [(&str, &str); 6] = [
    ("timeout", "x-timeout"),
    ("attempt_timeout", "x-attempt-timeout"),
    ("cache", "x-cache"),
    ("stale_if_error", "x-stale-if-error"),
    ("batch", "x-batch"),
    ("status", "x-status"),
];

/// Every operation, but for those of the machinery.
pub(super) fn all<'a>(root: &Node<'a>, notes: &mut Notes) -> Result<Vec<Route<'a>>> {
    let mut routes = Vec::new();
    let mut left_out = Vec::new();
    for (path, item) in root.entries("paths") {
        let item = item.target()?;
        let keys = item.map().into_iter().flat_map(|map| map.keys());
        for (key, node) in keys.filter_map(|key| Some((key, item.child(key)?))) {
            let Some(verb) = VERBS.into_iter().find(|verb| verb == key) else {
                if OTHER_VERBS.contains(&key.as_str()) {
                    let what = format!("left out: a {} is no operation here", key.to_uppercase());
                    notes.add(&node.at, &what, "ask for a GET or a POST");
                }
                continue;
            };
            let tag = node.texts("tags").first().map_or_else(|| first_literal(path), |tag| (*tag).to_owned());
            if is_machinery(path, &tag) {
                left_out.push(format!("{} {path}", verb.to_uppercase()));
                continue;
            }
            elsewhere(&item, &node, notes);
            let parameters = parameters_of(&item, &node)?;
            routes.push(Route { path, verb, tag, node, parameters });
        }
    }
    if root.child("webhooks").is_some() {
        notes.add("#/webhooks", "left out: what the service calls", "declare an API that you serve to it");
    }
    if !left_out.is_empty() {
        let what = format!("left out as machinery: {}", left_out.join(", "));
        notes.add("#/paths", &what, "declare one by hand if callers need it");
    }
    Ok(routes)
}

/// What all paths begin with, in whole segments without parameters; each keeps at least its last segment.
pub(super) fn base_path(routes: &[Route<'_>]) -> String {
    let mut paths = routes.iter().map(|route| route.path.trim_matches('/').split('/').collect::<Vec<_>>());
    let mut base = paths.next().unwrap_or_default();
    base.pop();
    for path in paths {
        let common = base.iter().zip(&path[..path.len().saturating_sub(1)]).take_while(|(a, b)| a == b).count();
        base.truncate(common);
    }
    let literal = base.iter().take_while(|segment| is_literal(segment)).count();
    base[..literal].iter().map(|segment| format!("/{segment}")).collect()
}

/// The port of the first server.
pub(super) fn port(root: &Node<'_>) -> Option<u16> {
    let server = root.list("servers").into_iter().next()?;
    let mut url = server.text("url")?.to_owned();
    for (name, variable) in server.entries("variables") {
        url = url.replace(&format!("{{{name}}}"), variable.text("default").unwrap_or_default());
    }
    let authority = url.split("://").nth(1)?.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

/// The path with its parameters' names taken out.
pub(super) fn shape(path: &str) -> String {
    let segment = |segment| if parameter(segment).is_some() { "{}" } else { segment };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Names of the parameters of a path.
pub(super) fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(parameter)
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

fn is_literal(segment: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(letter);
    !segment.is_empty() && segment.chars().all(plain)
}

/// What stands in front of most paths and says nothing of an operation.
fn is_version(segment: &str) -> bool {
    segment == "api" || segment.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok())
}

fn first_literal(path: &str) -> String {
    let mut literals = path.split('/').filter(|segment| is_literal(segment));
    literals.find(|segment| !is_version(segment)).unwrap_or("operations").to_owned()
}

fn is_machinery(path: &str, tag: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    MACHINERY.contains(&first) || MACHINERY_TAGS.contains(&tag)
}

/// What an operation says of other places than its service.
fn elsewhere(item: &Node<'_>, operation: &Node<'_>, notes: &mut Notes) {
    if operation.child("callbacks").is_some() {
        notes.add(&operation.at, "left out: its callbacks", "declare an API that you serve to the service");
    }
    if item.child("servers").is_some() || operation.child("servers").is_some() {
        notes.add(&operation.at, "it has servers of its own", "give it a trait and a client of its own");
    }
}

fn parameters_of<'a>(item: &Node<'a>, operation: &Node<'a>) -> Result<Vec<Node<'a>>> {
    let mut parameters: Vec<Node<'a>> = Vec::new();
    for parameter in item.list("parameters").into_iter().chain(operation.list("parameters")) {
        let parameter = parameter.target()?;
        let same = |known: &&mut Node<'a>| {
            known.text("name") == parameter.text("name") && known.text("in") == parameter.text("in")
        };
        match parameters.iter_mut().find(same) {
            Some(known) => *known = parameter,
            None => parameters.push(parameter),
        }
    }
    Ok(parameters)
}

// === impl Route ===

impl Route<'_> {
    /// The operation's id, or one made of method and path: `get_loans_by_no`.
    pub(super) fn id(&self) -> String {
        if let Some(id) = self.node.text("operationId") {
            return id.to_owned();
        }
        let spoken = |segment| match parameter(segment) {
            Some(name) => Some(format!("by_{name}")),
            None => is_literal(segment).then(|| segment.to_owned()).filter(|segment| !is_version(segment)),
        };
        let segments = self.path.split('/').filter_map(spoken);
        std::iter::once(self.verb.to_owned()).chain(segments).collect::<Vec<_>>().join("_")
    }

    /// The path behind the base as the macro writes it; nothing when it cannot.
    pub(super) fn template(&self, base: &str, notes: &mut Notes) -> Option<String> {
        let path = self.path.strip_prefix(base).unwrap_or(self.path);
        let trimmed = path.strip_suffix('/').unwrap_or(path);
        let mut template = String::new();
        for segment in trimmed.split('/').skip(1) {
            match parameter(segment) {
                Some(name) => template.push_str(&format!("/{{{}}}", names::argument(name))),
                None if is_literal(segment) => template.push_str(&format!("/{segment}")),
                None => {
                    let what = format!("left out: `{segment}` is neither a literal nor a parameter as a whole");
                    notes.add(&self.node.at, &what, "ask for a path whose parameters are whole segments");
                    return None;
                }
            }
        }
        // `/rates/` and `/rates` are two paths.
        if trimmed != path || template.is_empty() {
            template.push('/');
        }
        Some(template)
    }

    /// What stands behind the path: class, money, settings. What the macro takes for granted is not said.
    pub(super) fn words(&self, keyed: bool, notes: &mut Notes) -> Vec<String> {
        let takes_key = matches!(self.verb, "post" | "patch");
        let usual = match self.verb {
            "get" => "safe",
            "put" | "delete" => "idempotent",
            _ => "unsafe",
        };
        let declared = self.node.text("x-class");
        let possible = match declared {
            None | Some("idempotent" | "unsafe") => true,
            Some("keyed") => takes_key,
            Some("safe") => matches!(self.verb, "get" | "post"),
            Some(_) => false,
        };
        if !possible {
            let what =
                format!("`x-class: {}` does not go with {}", declared.unwrap_or_default(), self.verb.to_uppercase());
            notes.add(&self.node.at, &what, "the method's own class is written; correct one of the two");
        }
        let derived = if keyed && takes_key { "keyed" } else { usual };
        let class = declared.filter(|_| possible).unwrap_or(derived);
        let mut words: Vec<String> = (class != usual).then(|| class.to_owned()).into_iter().collect();
        if self.node.is("x-money") && class != "safe" {
            words.push("money".to_owned());
        }
        let settings = SETTINGS.iter().filter_map(|(word, key)| Some(format!("{word} = \"{}\"", self.node.text(key)?)));
        words.extend(settings);
        words
    }

    /// Summary and description.
    pub(super) fn doc(&self, name: &str) -> String {
        let summary = self.node.text("summary").map(names::summary);
        let more = self.node.text("description").map(names::full_stop);
        let deprecated = self.node.is("deprecated").then(|| "Deprecated: there will be an end to it.".to_owned());
        let mut paragraphs: Vec<String> =
            [summary, more].into_iter().flatten().filter(|text| !text.is_empty()).collect();
        if paragraphs.is_empty() {
            paragraphs.push(names::summary(&names::spoken(name)));
        }
        paragraphs.dedup();
        paragraphs.extend(deprecated);
        paragraphs.join("\n\n")
    }
}
