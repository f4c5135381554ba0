//! What is said about services outside of the code.

use crate::{
    client::{
        env,
        named::{self, Named, Said},
    },
    contract::{
        error::{Error, Result},
        operation::Service,
    },
};

/// Something that says settings by [name](named).
pub(super) trait Source: Send + Sync {
    /// What it says of one setting of a service.
    fn find(&self, service: &Service, name: &str) -> Option<Said>;

    /// Where it would say that.
    fn place(&self, service: &Service, name: &str) -> String;
}

/// Sources, the strongest first.
#[derive(Default)]
pub(super) struct Sources(pub(super) Vec<Box<dyn Source>>);

/// Variables: those of the process, or a table.
pub(super) struct Environment(pub(super) Lookup);

/// Reads a variable.
pub(super) type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

// === impl Sources ===

impl Sources {
    /// All that they say of a service. Each setting is the strongest source's that says it.
    pub(super) fn read(&self, service: &Service) -> Result<Named> {
        named::read(service, |name| self.0.iter().find_map(|source| source.find(service, name)))
    }

    /// The error of a service whose address nobody said.
    pub(super) fn missing_url(&self, service: &Service) -> Error {
        let mut places: Vec<String> = self.0.iter().map(|source| source.place(service, named::URL)).collect();
        places.push("`.url(..)` or `.discovery(..)` in the code".to_owned());
        let name = service.name;
        Error::configuration(format!("the address of {name} is missing; set {}", places.join(", or ")))
    }
}

// === impl Environment ===

impl Source for Environment {
    fn find(&self, service: &Service, name: &str) -> Option<Said> {
        env::said(service, name, &self.0)
    }

    fn place(&self, service: &Service, name: &str) -> String {
        env::variable(service, name)
    }
}
