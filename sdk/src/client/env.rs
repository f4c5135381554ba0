//! Settings from the environment: a variable is the service's name and the [setting's](super::named).
//!
//! `order-service` reads `ORDER_SERVICE_URL`, which is required, and any of the others, such as
//! `ORDER_SERVICE_DEADLINE_MS`. What cannot be read, or cannot work, is an error that names the variables.

use std::env;

use super::{
    config::ClientConfig,
    named::{self, Named, Said},
};
use crate::contract::{
    error::{Error, Result},
    operation::Service,
};

/// Address and settings of a service from `lookup`, which reads a variable.
///
/// # Errors
/// When the address is missing or none, a value cannot be read, or the settings clash; the text names the variables.
pub fn read(service: &Service, lookup: impl Fn(&str) -> Option<String>) -> Result<(String, ClientConfig)> {
    let Named { url, config } = named::read(service, |name| said(service, name, &lookup))?;
    let url = url.ok_or_else(|| missing_url(service))?;
    Ok((url, config))
}

/// What a variable of this process says. One that is no text is read as well as it can be, so that it is refused
/// rather than passed over.
pub(crate) fn of_process(variable: &str) -> Option<String> {
    env::var_os(variable).map(|text| text.to_string_lossy().into_owned())
}

/// What the environment says of one setting of a service.
pub(crate) fn said(service: &Service, name: &str, lookup: impl Fn(&str) -> Option<String>) -> Option<Said> {
    let origin = variable(service, name);
    lookup(&origin).map(|text| Said { text, origin })
}

/// The variable of one setting of a service.
pub(crate) fn variable(service: &Service, name: &str) -> String {
    format!("{}_{name}", service.env_prefix())
}

fn missing_url(service: &Service) -> Error {
    let port = service.port.map_or_else(String::new, |port| format!(":{port}"));
    let (name, variable) = (service.name, variable(service, named::URL));
    Error::configuration(format!("{variable} is not set; set it to the URL of {name}, such as http://localhost{port}"))
}
