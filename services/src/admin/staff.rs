//! The layer around the routes: whose session calls, and do his roles allow what he asks for? Sessions, roles and
//! permissions are all in this service's store, so each call is judged by what they are at that moment.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use payment_clients::{
    apis::admin::admin_api,
    contract::{error::Result, operation::Operation},
    platform::REGISTRY,
    server::{self, OnBehalfOf, Principal},
};

use super::{
    AdminService,
    domain::{
        self, Caller, Rights,
        permissions::{self, Need},
    },
    store::{admins, sessions},
};
use crate::kit::store::View;

struct Gate {
    admin: AdminService,
    /// By method and by path as the router knows it.
    operations: HashMap<(Method, String), &'static Operation>,
}

/// Lets through who has logged in and may do what he asks for.
pub(super) fn around(admin: &AdminService, routes: Router) -> Router {
    let entry = REGISTRY.iter().find(|entry| entry.service == admin_api::SERVICE);
    let operations = entry.into_iter().flat_map(|entry| entry.operations());
    let named =
        |operation: &'static Operation| ((operation.method.clone(), server::matched_path(operation)), operation);
    let gate = Gate { admin: admin.clone(), operations: operations.map(named).collect() };
    routes.layer(middleware::from_fn_with_state(Arc::new(gate), pass))
}

async fn pass(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    // A path that no route has: the router says so.
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else { return next.run(request).await };
    let (method, headers) = (request.method().clone(), request.headers().clone());
    match gate.judge(method, path.as_str(), &headers).await {
        Ok(caller) => {
            if let Some(Caller { admin, session }) = caller {
                request.extensions_mut().insert(Principal(format!("session:{session}")));
                request.extensions_mut().insert(OnBehalfOf(domain::principal(admin)));
            }
            next.run(request).await
        }
        Err(refusal) => {
            let mut answer = server::refuse(&headers, &refusal);
            if answer.status() == StatusCode::UNAUTHORIZED {
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            answer
        }
    }
}

// === impl Gate ===

impl Gate {
    /// Who calls, where that is asked.
    async fn judge(&self, method: Method, path: &str, headers: &HeaderMap) -> Result<Option<Caller>> {
        // Whoever reads with GET may ask with HEAD.
        let method = if method == Method::HEAD { Method::GET } else { method };
        let operation = self.operations.get(&(method, path.to_owned()));
        let need = operation.and_then(|operation| permissions::needed(operation.name));
        if need == Some(Need::Nothing) {
            return Ok(None);
        }
        let (caller, rights) = self.identify(headers).await?;
        match need {
            Some(Need::Nothing | Need::Session) => Ok(Some(caller)),
            Some(Need::Permission(permission)) if rights.include(permission) => Ok(Some(caller)),
            Some(Need::Permission(permission)) => {
                let text = format!("this takes the permission `{permission}`; ask for a role that has it");
                Err(domain::forbidden("PERMISSION_DENIED", text))
            }
            None => Err(domain::forbidden("PERMISSION_DENIED", "this is open to nobody: nothing says who may")),
        }
    }

    async fn identify(&self, headers: &HeaderMap) -> Result<(Caller, Rights)> {
        let none = || domain::unauthenticated("INVALID_TOKEN", "the token belongs to no open session; log in again");
        let token = bearer(headers).ok_or_else(|| {
            domain::unauthenticated("NO_IDENTITY", "who calls? log in, and send the token as `Authorization: Bearer`")
        })?;
        let (digest, now) = (domain::digest(token), self.admin.clock.now());
        let found = {
            let digest = digest.clone();
            let look = move |view: &View<'_>| {
                let Some(shown) = sessions::shown(view, &digest, now)? else { return Ok(None) };
                let rights = admins::rights(view, shown.caller.admin)?;
                Ok(Some((shown, rights)))
            };
            self.admin.store.read(look).await?
        };
        let (shown, rights) = found.ok_or_else(none)?;
        if shown.unseen && !self.admin.store.write(move |tx| sessions::seen(tx, &digest, now)).await? {
            return Err(none());
        }
        Ok((shown.caller, rights))
    }
}

/// The bearer token, if there is exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && values.next().is_none()).then_some(token)
}
