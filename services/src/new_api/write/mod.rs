//! The model → sources, formatted, in files of a size that can be read.

mod docs;
mod imports;
mod items;
mod traits;

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::Result;

use super::{
    layout::{self, Share},
    model::{Api, Resource},
    names,
    notes::Notes,
    rustfmt,
};

/// No file of ours is longer.
const LONGEST: usize = 400;
/// How often a resource is split for that: requests, then words, then answers stand in a file of their own.
const MOST_SPLITS: u8 = 3;

/// One file in the making.
struct Part<'a> {
    file: String,
    doc: String,
    resource: Option<&'a Resource>,
    items: Vec<(&'static str, &'a [String])>,
}

/// All files of an API, by name, in the order of the document.
pub(super) fn folder(api: &Api, notes: &mut Notes) -> Result<Vec<(String, String)>> {
    let shares = layout::shares(api);
    let sent = layout::sent(api);
    let mut homes: BTreeMap<String, String> = BTreeMap::new();
    let mut sources: Vec<(String, String)> = Vec::new();
    for (resource, share) in api.resources.iter().zip(&shares) {
        let mut written: Vec<(String, String)> = Vec::new();
        for splits in 0..=MOST_SPLITS {
            let parts = parts(resource, share, splits);
            for part in &parts {
                let names = part.items.iter().flat_map(|(_, names)| names.iter());
                homes.extend(names.map(|name| (name.clone(), part.file.clone())));
            }
            let source = |part: &Part<'_>| Ok((part.file.clone(), source(api, part, &homes, &sent)?));
            written = parts.iter().map(source).collect::<Result<_>>()?;
            if written.iter().all(|(_, text)| text.lines().count() <= LONGEST) {
                break;
            }
        }
        sources.extend(written);
    }
    let files: Vec<&str> = sources.iter().map(|(file, _)| file.as_str()).collect();
    let head = formatted("mod", &head(api, &files))?;
    sources.insert(0, ("mod".to_owned(), head));
    if rustfmt::format("mod", "")?.is_none() {
        notes.add("#", "the files are not formatted, because rustfmt is not installed", "run `cargo fmt` over them");
    }
    for (file, text) in sources.iter().filter(|(_, text)| text.lines().count() > LONGEST) {
        let what = format!("`{file}.rs` has {} lines", text.lines().count());
        notes.add("#/paths", &what, "split the tag in the document, or the file by hand");
    }
    Ok(sources)
}

/// The files of a resource: one, or more the more often it is split.
fn parts<'a>(resource: &'a Resource, share: &'a Share, splits: u8) -> Vec<Part<'a>> {
    let requests = ("requests", share.requests.as_slice());
    let answers = ("answers", share.answers.as_slice());
    let small = ("ids and words", share.small.as_slice());
    let (first, others) = match splits {
        0 => (vec![requests, answers, small], vec![]),
        1 => (vec![answers, small], vec![requests]),
        2 => (vec![answers], vec![requests, small]),
        _ => (vec![], vec![answers, requests, small]),
    };
    let about = names::spoken(&resource.file);
    let main = Part { file: resource.file.clone(), doc: resource.doc.clone(), resource: Some(resource), items: first };
    let others = others.into_iter().filter(|(_, names)| !names.is_empty()).map(|items| {
        let (ending, doc) = match items.0 {
            "requests" => ("requests", format!("What is asked of {about}.")),
            "answers" => ("answers", format!("What is answered about {about}.")),
            _ => ("words", format!("Ids and words of {about}.")),
        };
        Part { file: format!("{}_{ending}", resource.file), doc, resource: None, items: vec![items] }
    });
    [main].into_iter().chain(others).collect()
}

/// The text of one file.
fn source(api: &Api, part: &Part<'_>, homes: &BTreeMap<String, String>, sent: &BTreeSet<String>) -> Result<String> {
    let mut text = docs::inner(&part.doc);
    let mut imports = imports::Imports::new(api, &part.file, homes);
    let mut body = String::new();
    if let Some(resource) = part.resource {
        imports.of_trait(resource);
        body.push_str(&traits::write(api, resource));
    }
    let titled = part.items.iter().filter(|(_, names)| !names.is_empty()).count() > 1;
    for (title, names) in part.items.iter().filter(|(_, names)| !names.is_empty()) {
        if titled {
            body.push_str(&format!("\n// === {title} ===\n"));
        }
        for name in *names {
            if let Some(item) = api.items.get(name) {
                imports.of_item(item);
                body.push_str(&items::write(name, item, api, sent));
            }
        }
    }
    text.push_str(&imports.write());
    text.push_str(&body);
    formatted(&part.file, &text)
}

/// `mod.rs`: the files, and the client.
fn head(api: &Api, files: &[&str]) -> String {
    let mut text = docs::inner(&format!("{}: {}", api.service, api.doc));
    let undocumented = api.items.values().any(items::has_bare_field);
    if undocumented {
        text.push_str(
            "\n#![allow(missing_docs, reason = \"a field carries the document's sentence where the document has one\")]\n",
        );
    }
    text.push('\n');
    for file in files {
        text.push_str(&format!("mod {file};\n"));
    }
    text.push_str("\nuse payment_clients::{client::BaseClient, prelude::ServiceClient};\n\n");
    let globs: Vec<String> = files.iter().map(|file| format!("{file}::*")).collect();
    text.push_str(&format!("pub use self::{{{}}};\n\n", globs.join(", ")));
    let traits: Vec<&str> = api.resources.iter().map(|resource| resource.name.as_str()).collect();
    let variable = api.service.to_uppercase().replace('-', "_");
    text.push_str(&docs::outer(&format!("Client of {}. Reads `{variable}_URL`.", api.service), ""));
    text.push_str(&format!(
        "#[derive(Clone, Debug, ServiceClient)]\n#[client(api({}))]\npub struct {}Client {{\n    base: BaseClient,\n}}\n",
        traits.join(", "),
        names::type_name(api.short()),
    ));
    text
}

fn formatted(file: &str, text: &str) -> Result<String> {
    Ok(rustfmt::format(file, text)?.unwrap_or_else(|| text.to_owned()))
}
