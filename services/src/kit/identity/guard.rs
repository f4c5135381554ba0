//! The layer around a service's router. A request reaches its handler when the operation is known, its caller is proven,
//! and the operation's line names that caller.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use payment_clients::{
    apis::merchant_auth::{SessionInternalApi, VerifySession},
    contract::{
        error::{Error, ErrorKind, Result},
        headers::REQUEST_ID,
        operation::{Operation, Service},
        signature,
    },
    platform::REGISTRY,
    server::{self, OnBehalfOf, Principal},
};

use super::{
    access::{Access, Caller, Who},
    directory::Directory,
    forbidden, nonces,
    signed::Signatures,
    token::{self, Verifier},
    unauthenticated,
};
use crate::kit::{clock::Clock, outbox::feed::event_feed_api, store::Store};

/// Guards one service. Cheap to clone.
#[derive(Clone)]
pub struct Guard(Arc<Parts>);

struct Parts {
    service: Service,
    /// By method and by path as the router knows it.
    lines: HashMap<(Method, String), Line>,
    verifier: Verifier,
    /// None where no operation is signed for: there, a signature is not even looked at.
    signatures: Option<Signatures>,
    sessions: Arc<dyn SessionInternalApi>,
}

/// An operation and who may call it; nobody where the table has no line.
#[derive(Clone, Copy)]
struct Line {
    operation: &'static Operation,
    who: &'static [Who],
}

// === impl Guard ===

impl Guard {
    /// The guard of a service with this table.
    ///
    /// # Errors
    /// When a line names no operation of the service, or its store keeps no nonces although signatures are taken.
    pub async fn open(
        service: Service,
        access: &Access,
        verifier: Verifier,
        directory: &Directory,
        store: &Store,
        clock: &Clock,
    ) -> Result<Self> {
        let lines = lines(&service, access)?;
        let takes_signatures = access.takes_signatures();
        if takes_signatures {
            nonces::require(store).await.map_err(|error| {
                let remedy = "add nonces::TABLES to the migrations of its store";
                Error::configuration(format!("{} takes signatures and keeps no nonces; {remedy}", service.name))
                    .with_source(error)
            })?;
        }
        let signatures =
            takes_signatures.then(|| Signatures::new(Arc::clone(&directory.keys), store.clone(), clock.clone()));
        let sessions = Arc::clone(&directory.sessions);
        Ok(Self(Arc::new(Parts { service, lines, verifier, signatures, sessions })))
    }

    /// Guards every route of a router.
    pub fn around(self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self, pass))
    }

    /// The request with its caller, or the refusal.
    async fn admit(&self, path: &str, request: Request) -> Result<Request> {
        // Whoever reads with GET may ask with HEAD.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let Some(line) = self.0.lines.get(&(method.clone(), path.to_owned())).copied() else {
            return Err(forbidden(format!("{method} {path} is no declared operation, so nobody may call it")));
        };
        if line.who.iter().any(|who| matches!(who, Who::Public(_))) {
            return Ok(request);
        }
        let (caller, mut request) = self.identify(request).await?;
        self.authorise(line, &caller)?;
        let extensions = request.extensions_mut();
        extensions.insert(Principal(caller.principal()));
        if let Some(other) = caller.on_behalf_of() {
            extensions.insert(OnBehalfOf(other.to_owned()));
        }
        Ok(request)
    }

    /// Who calls, by the one proof that the request carries.
    async fn identify(&self, request: Request) -> Result<(Caller, Request)> {
        let signs = request.headers().contains_key(signature::API_KEY);
        match (bearer(request.headers())?, signs) {
            (Some(_), true) => {
                Err(unauthenticated("TWO_IDENTITIES", "a request has a token or an API key, not both; leave one out"))
            }
            (None, true) => {
                let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
                let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                let signatures = self.0.signatures.as_ref().ok_or_else(|| {
                    forbidden(format!("no operation of {} is for a merchant's API key", self.0.service.name))
                })?;
                let (merchant, request) = signatures.check(request, address).await?;
                Ok((Caller::Merchant(merchant.to_string()), request))
            }
            (Some(token), false) if token::is_ours(token) => {
                let claims = self.0.verifier.verify(token, self.0.service.name);
                let claims = claims.map_err(|why| unauthenticated("INVALID_TOKEN", why.to_string()))?;
                Ok((Caller::Service(claims), request))
            }
            (Some(token), false) => {
                let session = VerifySession { token: token.into() };
                Ok((self.session(&session).await?, request))
            }
            (None, false) => {
                let message = "who calls? send a bearer token, or an API key with a signature of the request";
                Err(unauthenticated("NO_IDENTITY", message))
            }
        }
    }

    async fn session(&self, session: &VerifySession) -> Result<Caller> {
        match self.0.sessions.verify_session(session).await {
            Ok(open) => Ok(Caller::Session(open.merchant_id.to_string())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(unauthenticated("INVALID_TOKEN", "the token belongs to no open session; log in again"))
            }
            Err(error) => {
                let message = "sessions cannot be verified now; nothing was done, send the request again";
                Err(Error::unavailable(message, Duration::from_secs(1)).with_source(error))
            }
        }
    }

    fn authorise(&self, Line { operation, who }: Line, caller: &Caller) -> Result<()> {
        let name = format!("{} of {}", operation.name, self.0.service.name);
        if who.is_empty() {
            return Err(forbidden(format!("{name} is open to nobody: its table of access has no line for it")));
        }
        if !who.iter().any(|who| who.admits(caller)) {
            let may: Vec<_> = who.iter().map(Who::to_string).collect();
            let message = format!("{name} is for {}; you are {}", may.join(", "), caller.principal());
            return Err(forbidden(message));
        }
        if !caller.covers(operation.name) {
            return Err(forbidden(format!("the scopes of the token do not name {name}; ask for one that does")));
        }
        Ok(())
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&self.0.service.name).finish()
    }
}

/// The layer.
async fn pass(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    // A path that no route has: the router says so.
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else { return next.run(request).await };
    let request_id = request.headers().get(REQUEST_ID).cloned();
    match Box::pin(guard.admit(path.as_str(), request)).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => {
            let named = request_id.map(|id| (REQUEST_ID, id)).into_iter().collect();
            let mut answer = server::refuse(&named, &refusal);
            if answer.status() == StatusCode::UNAUTHORIZED {
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            answer
        }
    }
}

/// Every operation of a service, and reading its events, with its line.
fn lines(service: &Service, access: &Access) -> Result<HashMap<(Method, String), Line>> {
    let entry = REGISTRY.iter().find(|entry| entry.service == *service);
    let own = entry.into_iter().flat_map(|entry| entry.operations());
    let operations: Vec<_> = own.chain(event_feed_api::OPERATIONS.iter().copied()).collect();
    if let Some((name, _)) = access.lines().iter().find(|(name, _)| !operations.iter().any(|known| known.name == *name))
    {
        let remedy = "correct the name in its table of access";
        return Err(Error::configuration(format!("{} has no operation `{name}`; {remedy}", service.name)));
    }
    let line = |operation: &'static Operation| {
        let who = access.line(operation.name).unwrap_or_default();
        ((operation.method.clone(), server::matched_path(operation)), Line { operation, who })
    };
    Ok(operations.into_iter().map(line).collect())
}

/// The bearer token, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let token = token.filter(|token| !token.is_empty() && values.next().is_none());
    token.map(Some).ok_or_else(|| unauthenticated("INVALID_TOKEN", "`authorization` must be one `Bearer <token>`"))
}
