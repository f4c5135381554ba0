//! Every API is in the registry, and what the registry says fits together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use payment_clients::platform::REGISTRY;

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// The traits that stand under an `#[api(…)]`.
fn declared(code: &str) -> impl Iterator<Item = &str> {
    let traits = code.split("#[api(").skip(1);
    traits
        .map(|code| code.split("pub trait ").nth(1).expect("a trait under `#[api]`").split([' ', ':']).next().unwrap())
}

#[test]
fn every_declared_api_is_in_one_line() {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for api in REGISTRY.iter().flat_map(|entry| entry.apis) {
        *lines.entry(api.name.to_owned()).or_default() += 1;
    }
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/apis")) {
        for name in declared(&fs::read_to_string(&file).unwrap()) {
            let count = lines.remove(name).unwrap_or(0);
            assert_eq!(count, 1, "{}: `{name}` is in {count} lines of src/platform.rs", file.display());
        }
    }
    assert!(lines.is_empty(), "src/platform.rs names APIs that nobody declared: {lines:?}");
}

#[test]
fn a_service_has_one_line() {
    let names: BTreeSet<&str> = REGISTRY.iter().map(|entry| entry.service.name).collect();
    assert_eq!(names.len(), REGISTRY.len(), "{names:?}");
    let clients: BTreeSet<&str> = REGISTRY.iter().map(|entry| entry.client).collect();
    assert_eq!(clients.len(), REGISTRY.len(), "{clients:?}");
}

#[test]
fn a_service_has_a_port_of_its_own() {
    let mut taken = BTreeMap::new();
    for service in REGISTRY.iter().map(|entry| entry.service) {
        if let Some(other) = service.port.and_then(|port| taken.insert(port, service.name)) {
            panic!("{} and {other} have the same port", service.name);
        }
    }
}

#[test]
fn the_apis_of_a_client_agree_about_their_service() {
    for entry in REGISTRY {
        for operation in entry.operations() {
            assert_eq!(
                operation.service, entry.service,
                "{operation}: name, port and tier of the API must be those of the client's first one; give operations a tier of their own"
            );
        }
    }
}

#[test]
fn a_client_has_no_two_methods_of_one_name_and_no_two_operations_of_one_route() {
    for entry in REGISTRY {
        let (mut names, mut routes) = (BTreeSet::new(), BTreeSet::new());
        for operation in entry.operations() {
            let client = entry.client;
            assert!(names.insert(operation.name), "{client} has two methods `{}`; rename one", operation.name);
            let route = (operation.method.as_str(), shape(operation.path));
            assert!(routes.insert(route.clone()), "{client} has two operations of {route:?}");
        }
    }
}

/// A path template without the names of its arguments.
fn shape(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn the_reader_of_declarations_sees_every_form() {
    let code = "/// A.\n#[api(service = \"a\")]\npub trait OneApi {\n}\n#[api(\n    port = 1\n)]\n#[x]\npub trait TwoApi: Send {";
    assert_eq!(declared(code).collect::<Vec<_>>(), ["OneApi", "TwoApi"]);
}
