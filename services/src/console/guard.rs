//! Who may use the console. It listens on this machine only, and yet any page that a browser of this machine has open could
//! send requests to it; so a request must name this host, and one that does something must come from our page, with the token
//! that only our page can read.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use payment_clients::{contract::error::Result, seams::Rng};

use super::{bundle::POLICY, routes::Refusal};

/// Carries the token of the page.
pub(super) const TOKEN: &str = "x-console-token";

/// The names under which a browser reaches this machine.
const HOSTS: [&str; 2] = ["127.0.0.1", "localhost"];

/// What every answer says beside itself.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Lets requests through, or not.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    hosts: Vec<String>,
    token: String,
}

impl Guard {
    /// Guards the console at this port.
    pub(super) fn new(port: u16) -> Result<Self> {
        let rng = Rng::system()?;
        let hosts = HOSTS.iter().map(|host| format!("{host}:{port}")).collect();
        Ok(Self { hosts, token: format!("{:016x}{:016x}", rng.bits(), rng.bits()) })
    }

    /// What our page shows when it does something. A page of another origin cannot read it.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Why a request is not let through.
    fn refusal(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // A name of somebody else's that leads to this machine is none of ours.
        let Some(host) = text("host").filter(|host| self.hosts.iter().any(|known| known == host)) else {
            return Some("the console is reached as 127.0.0.1 or localhost only");
        };
        if matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        if text("origin").and_then(|origin| origin.strip_prefix("http://")) != Some(host) {
            return Some("only the console's own page may do this: the Origin is another, or none");
        }
        if text(TOKEN) != Some(self.token.as_str()) {
            return Some("the token of the page is missing or old; load the page again");
        }
        None
    }
}

/// Looks at a request before anything else does, and says with every answer what a browser may do with it.
pub(super) async fn look(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.refusal(request.method(), request.headers()) {
        Some(why) => Refusal::new(StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
