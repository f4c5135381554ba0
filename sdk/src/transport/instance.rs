//! One address of a service.

use std::{fmt, net::SocketAddr, str::FromStr};

use http::{Uri, uri::Scheme};

use crate::contract::error::Error;

/// Where one copy of a service listens: scheme, host, port, and the path that its routes stand under, if any. Several
/// instances can share one URL and differ in the address behind its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance {
    base: String,
    secure: bool,
    address: Option<SocketAddr>,
}

impl Instance {
    /// The same URL reached at this address only. The host's name stays in `Host` and in the TLS handshake.
    #[must_use]
    pub fn at(self, address: SocketAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The address that this instance is reached at; `None` looks the host's name up when connecting.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// True for `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        self.address.map_or(Ok(()), |address| write!(f, " at {address}"))
    }
}

impl FromStr for Instance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The text itself is not repeated: a URL may hold a password.
        let refuse =
            |why: &str| Error::configuration(format!("the URL of a service {why}, such as http://localhost:40004"));
        let uri: Uri = text.trim().parse().map_err(|_| refuse("must be an absolute URL"))?;
        let secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(refuse("must begin with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("must name a host"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("must not hold a user or password"));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(refuse("must not hold a query or fragment"));
        }
        let scheme = if secure { "https" } else { "http" };
        let base = format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/'));
        Ok(Self { base, secure, address: None })
    }
}
