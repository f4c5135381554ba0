//! `payments new-api`: what it writes for a document that is hard to write for, and what it says of documents that are
//! none.
//!
//! `UPDATE_EXPANDED=1 cargo test -p payment-services --test new_api` accepts what it writes today.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use payment_services::new_api::{self, Written};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/new_api")
}

/// What is written for a document of this name and text.
fn draft(name: &str, text: &str, only: &[String]) -> (tempfile::TempDir, payment_clients::prelude::Result<Written>) {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join(name);
    fs::write(&document, text).unwrap();
    let written = new_api::write(&document, &folder.path().join("out"), only);
    (folder, written)
}

fn refused(name: &str, text: &str) -> String {
    draft(name, text, &[]).1.unwrap_err().to_string()
}

fn names(written: &Written) -> Vec<&str> {
    written.files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect()
}

#[test]
fn a_document_that_is_hard_to_say_is_said_as_a_colleague_would() {
    let folder = tempfile::tempdir().unwrap();
    let written = new_api::write(&here().join("library.yaml"), folder.path(), &[]).unwrap();
    let mut golden: Vec<(PathBuf, String)> = written
        .files
        .iter()
        .map(|file| {
            (Path::new(file.file_stem().unwrap()).with_extension("expanded.rs"), fs::read_to_string(file).unwrap())
        })
        .collect();
    golden.push(("notes.txt".into(), written.notes.iter().map(|note| format!("{note}\n")).collect()));
    let kept = here().join("library");
    if env::var_os("UPDATE_EXPANDED").is_some() {
        fs::remove_dir_all(&kept).unwrap();
        fs::create_dir(&kept).unwrap();
        golden.iter().for_each(|(file, text)| fs::write(kept.join(file), text).unwrap());
    }
    for (file, text) in &golden {
        let known = fs::read_to_string(kept.join(file)).unwrap_or_default();
        assert_eq!(*text, known, "{} has changed; UPDATE_EXPANDED=1 accepts it", file.display());
    }
    assert_eq!(fs::read_dir(&kept).unwrap().count(), golden.len(), "a file is kept that is not written any more");
}

#[test]
fn only_the_tags_that_are_asked_for_are_written() {
    let text = fs::read_to_string(here().join("library.yaml")).unwrap();
    let (_folder, written) = draft("library.yaml", &text, &["loan".to_owned()]);
    assert_eq!(names(&written.unwrap()), ["mod.rs", "loan.rs"]);
    let (_folder, refused) = draft("library.yaml", &text, &["loam".to_owned()]);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("`loam`") && refused.contains("Books, loan, loans, library"), "{refused}");
}

#[test]
fn json_of_openapi_3_0_is_read_as_well() {
    let text = r##"{
        "openapi": "3.0.3", "info": { "title": "Notes", "version": "1" },
        "paths": { "/v2/notes/{id}": { "get": {
            "responses": { "200": { "description": "It.", "content": { "application/json": { "schema": {
                "type": "object", "required": ["text"], "properties": { "text": { "type": "string", "nullable": true } }
            } } } } }
        } } }
    }"##;
    let (_folder, written) = draft("note-service.json", text, &[]);
    let written = written.unwrap();
    assert_eq!(names(&written), ["mod.rs", "notes.rs"]);
    assert_eq!(written.notes, [""; 0]);
    let notes = fs::read_to_string(&written.files[1]).unwrap();
    for line in [
        r#"#[api(service = "note-service", base_path = "/v2/notes", envelope = "bare")]"#,
        r#"#[get("/{id}")]"#,
        "pub text: Option<String>,",
    ] {
        assert!(notes.contains(line), "{line} is not in\n{notes}");
    }
}

#[test]
fn no_file_of_a_large_resource_passes_400_lines() {
    let mut text = "openapi: 3.1.0\npaths:\n".to_owned();
    let mut schemas = "components:\n  schemas:\n".to_owned();
    for number in 0..12 {
        let schema = |name: &str| format!("{{ $ref: '#/components/schemas/{name}{number}' }}");
        let content = |name: &str| format!("content: {{ application/json: {{ schema: {} }} }}", schema(name));
        write!(text, "  /things/{number}:\n    post:\n      tags: [things]\n      operationId: makeThing{number}\n")
            .unwrap();
        writeln!(text, "      requestBody: {{ required: true, {} }}", content("Wish")).unwrap();
        writeln!(text, "      responses: {{ '200': {{ description: Made., {} }} }}", content("Thing")).unwrap();
        for name in ["Wish", "Thing"] {
            let fields: Vec<String> = (0..8).map(|field| format!("field_{field}: {{ type: string }}")).collect();
            writeln!(schemas, "    {name}{number}: {{ type: object, properties: {{ {} }} }}", fields.join(", "))
                .unwrap();
        }
    }
    let (_folder, written) = draft("thing-service.yaml", &format!("{text}{schemas}"), &[]);
    let written = written.unwrap();
    assert_eq!(names(&written), ["mod.rs", "things.rs", "things_requests.rs"]);
    assert_eq!(written.notes, [""; 0]);
    for file in &written.files {
        let lines = fs::read_to_string(file).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines", file.display());
    }
}

#[test]
fn what_is_no_document_is_refused_with_its_place_and_the_rule() {
    let paths = |schema: &str| {
        format!(
            "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: It.\n          \
             content: {{ application/json: {{ schema: {schema} }} }}\n"
        )
    };
    let at = "#/paths/~1a/get/responses/200/content/application~1json/schema";
    for (name, text, place, rule) in [
        ("a.yaml", "openapi: [", "a.yaml", "no YAML"),
        ("a.json", "{", "a.json", "no JSON"),
        ("a.yaml", "asyncapi: 3.0.0", "#", "no OpenAPI document"),
        ("a.yaml", "openapi: 2.0.0", "#", "convert the document to 3.1"),
        ("a.yaml", "openapi: 3.1.0", "#", "there are no `paths`"),
        ("a.yaml", &paths("{ $ref: '#/components/schemas/B' }"), at, "leads nowhere"),
        ("a.yaml", &paths("{ $ref: 'b.yaml#/B' }"), at, "leads out of this file"),
        ("a.yaml", &paths("{ type: string, x-values-of: B }"), at, "names no schema"),
    ] {
        let error = refused(name, text);
        assert!(error.contains(name) && error.contains(place) && error.contains(rule), "{text}: {error}");
    }
}
