//! What each operation does, one file a resource: load, decide, save, answer; and who may ask for it.

mod configs;
mod flags;
mod instances;
mod service_configs;

use payment_clients::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    server,
};
use serde::Serialize;

use super::{
    ConfigService,
    store::configs::{KIND, OWNER},
};
use crate::kit::{idempotency, store::Tx, vault::About};

/// The service through which staff works.
const ADMIN: &str = "service:admin-service";

impl ConfigService {
    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, principal: &str, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        idempotency::local(&self.store, &self.clock, &server::current(), principal, work).await
    }

    fn seal(&self, entry: &str, value: &str) -> Result<String> {
        self.vault.seal(about(entry), value.as_bytes())
    }

    fn unseal(&self, entry: &str, sealed: &str) -> Result<String> {
        let opened = self.vault.open(about(entry), sealed)?;
        str::from_utf8(opened.expose()).map(str::to_owned).map_err(Error::internal)
    }
}

/// A value is bound to its entry, so that nobody can pass one off as another's.
const fn about(entry: &str) -> About<'_> {
    About { owner: OWNER, kind: KIND, id: entry }
}

/// Who calls.
fn caller() -> Result<String> {
    server::current().principal.clone().ok_or_else(|| {
        let message = "config-service answers nobody whom it does not know; send a credential";
        Error::new(ErrorKind::Unauthenticated, Certainty::NotProcessed, message).with_code("UNAUTHENTICATED")
    })
}

/// Who calls, if it is staff: values are changed, and shown, by people.
fn staff() -> Result<String> {
    let caller = caller()?;
    if is_staff(&caller) { Ok(caller) } else { Err(forbidden("only staff of the platform may")) }
}

/// Passes a service that asks for what is its own, and staff.
fn service(name: &str) -> Result<()> {
    let caller = caller()?;
    let own = caller.strip_prefix("service:") == Some(name);
    if own || is_staff(&caller) { Ok(()) } else { Err(forbidden(&format!("only {name} itself may"))) }
}

/// Passes the services of the platform and its staff, but no merchant.
fn insider() -> Result<()> {
    let caller = caller()?;
    let inside = caller.starts_with("service:") || is_staff(&caller);
    if inside { Ok(()) } else { Err(forbidden("only services of the platform may")) }
}

fn is_staff(caller: &str) -> bool {
    caller.starts_with("admin:") || caller == ADMIN
}

fn forbidden(rule: &str) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::Processed, format!("{rule} do this")).with_code("FORBIDDEN")
}

/// Who did something: the caller, and on whose behalf, when it is said.
fn author(caller: &str, on_behalf_of: Option<&str>) -> String {
    match super::domain::given(on_behalf_of) {
        Some(person) => format!("{person} ({caller})"),
        None => caller.to_owned(),
    }
}
