//! Operations that are declared and not served. A service lists them once, as `NOT_SERVED` beside who may call what; the
//! registry names the list. From it come their routes, which answer 501 and say what to do instead, and the marks in the
//! OpenAPI documents. So nobody has to find out from a 404 that a route was never written.

use axum::Router;
use payment_clients::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind},
        operation::{Operation, Service},
    },
    platform::REGISTRY,
    server::Routes,
};

/// The code of every 501.
pub const CODE: &str = "NOT_IMPLEMENTED";

/// Operations by name, and what to do instead of each.
pub type NotServed = &'static [(&'static str, &'static str)];

/// The routes of a service's operations that its list names.
pub fn router(service: &Service, list: NotServed) -> Router {
    let entry = REGISTRY.iter().find(|entry| entry.service == *service);
    let declared = entry.into_iter().flat_map(|entry| entry.operations());
    let listed = declared.filter_map(|operation| Some((operation, remedy(list, operation)?)));
    let routed = listed.fold(Routes::new(()), |routes, (operation, remedy)| {
        let Operation { name, service, .. } = operation;
        let text = format!("`{name}` of {} is declared and not served: {remedy}", service.name);
        routes.route(operation, move |_, _| std::future::ready(Err::<(), _>(refusal(text.as_str()))))
    });
    routed.into_router()
}

/// What to do instead of an operation, if the list names it.
pub fn remedy(list: NotServed, operation: &Operation) -> Option<&'static str> {
    list.iter().find(|(name, _)| *name == operation.name).map(|(_, remedy)| *remedy)
}

/// 501: declared and not served. Nothing was done, and the same request will never be.
fn refusal(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::NotImplemented, Certainty::Processed, text).with_code(CODE)
}
