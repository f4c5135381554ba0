//! The crate that scripts/new-api.sh makes of our own documents: compares each with the document of what
//! `payments new-api` wrote for it. A difference that no line of the list allows is a failure.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a script talks to whoever runs it")]

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, process::ExitCode};

use new_api_round_trip::SERVICES;
use payment_clients::openapi::Document;
use serde_json::Value;

/// A difference that is meant: part of its pointer, what it looks like, and why.
struct Meant {
    place: String,
    looks: String,
    why: String,
}

/// `new-api-round-trip <folder of our documents> <list of differences>`
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [ours, list] = &arguments[..] else { return Err("which documents, and which list of differences?".into()) };
    let meant: Vec<Meant> = fs::read_to_string(list)?.lines().filter_map(meant).collect();
    let mut found: BTreeMap<usize, u32> = BTreeMap::new();
    let mut others = 0_u32;
    for (service, describes) in SERVICES {
        let file = Path::new(ours).join(service.name).with_extension("json");
        let known: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        let mut drafted = Document::new(service, service.name, known["info"]["version"].as_str().unwrap_or_default());
        describes.iter().for_each(|describe| describe(&mut drafted));
        // The order of the resources is that of the files.
        let (known, drafted) = (by_name(known), by_name(drafted.into_json()));
        for (pointer, looks) in differences(&known, &drafted) {
            let place = format!("{}{pointer}", service.name);
            match meant.iter().position(|meant| place.contains(&meant.place) && looks.contains(&meant.looks)) {
                Some(at) => *found.entry(at).or_default() += 1,
                None => {
                    others += 1;
                    eprintln!("{place}: {looks}");
                }
            }
        }
    }
    for (at, count) in found {
        println!("{count:4} × {}", meant[at].why);
    }
    println!("{} documents compared, {others} other differences", SERVICES.len());
    Ok(if others == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A document with its tags in alphabetical order.
fn by_name(mut document: Value) -> Value {
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.sort_by_key(|tag| tag["name"].to_string());
    }
    document
}

/// A line of the list: place, look and reason, between bars.
fn meant(line: &str) -> Option<Meant> {
    let mut parts = line.split('|').map(|part| part.trim().to_owned());
    let (place, looks, why) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Meant { place, looks, why })
}

/// Where two documents differ, and how.
fn differences(ours: &Value, theirs: &Value) -> Vec<(String, String)> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let gone = ours.keys().filter(|key| !theirs.contains_key(*key));
            let gone = gone.map(|key| (format!("/{key}"), format!("only in ours: {}", ours[key])));
            let new = theirs.keys().filter(|key| !ours.contains_key(*key));
            let new = new.map(|key| (format!("/{key}"), format!("only in the draft's: {}", theirs[key])));
            let both = ours.iter().filter_map(|(key, value)| Some((key, value, theirs.get(key)?)));
            let inside = both.flat_map(|(key, ours, theirs)| {
                let inside = differences(ours, theirs).into_iter();
                inside.map(move |(pointer, looks)| (format!("/{key}{pointer}"), looks))
            });
            gone.chain(new).chain(inside).collect()
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let inside = ours.iter().zip(theirs).enumerate().flat_map(|(at, (ours, theirs))| {
                let inside = differences(ours, theirs).into_iter();
                inside.map(move |(pointer, looks)| (format!("/{at}{pointer}"), looks))
            });
            inside.collect()
        }
        (Value::String(ours), Value::String(theirs)) if same_words(ours, theirs) => Vec::new(),
        (ours, theirs) if ours == theirs => Vec::new(),
        (ours, theirs) => vec![(String::new(), format!("{ours} became {theirs}"))],
    }
}

/// Lines of a text break elsewhere when it is wrapped anew.
fn same_words(ours: &str, theirs: &str) -> bool {
    ours.split_whitespace().eq(theirs.split_whitespace())
}
