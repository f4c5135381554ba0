//! How a merchant's program proves a request: HMAC-SHA256 under the secret of its API key, over everything that decides
//! what the request does. Clients sign and servers check with what stands here, so there is one writing of it.
//!
//! What is signed has one line for each part, and no part can hold a line break, so that no two requests are written
//! alike:
//!
//! ```text
//! v2
//! POST
//! gateway.example:40003
//! /api/v1/payments
//! a=1&b=2                    the query as it was sent, its parts sorted
//! 9f86d081884c7d65…          SHA-256 of the body, in hexadecimal
//! 1761307200                 seconds since 1970
//! 5d41402abc4b2a76b9719d91   used once
//! ```

use std::{fmt::Write, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, Method, Uri, header};
use sha2::{Digest, Sha256};

use super::secret::SecretText;

/// The one version that our servers take; it stands in [`SIGNATURE_VERSION`].
pub const V2: &str = "v2";
/// How far the time of a signature may be from the server's, either way.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// The key that was signed with.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The signature, in lower-case hexadecimal.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
/// When it was made: seconds since 1970.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("x-timestamp");
/// Used once for each key.
pub const NONCE: HeaderName = HeaderName::from_static("x-nonce");
/// Which scheme the signature follows.
pub const SIGNATURE_VERSION: HeaderName = HeaderName::from_static("x-signature-version");

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The method.
    pub method: &'a Method,
    /// Whom the request is for, see [`host`].
    pub host: &'a str,
    /// The path as it was sent, percent-encoded.
    pub path: &'a str,
    /// The query as it was sent, without the question mark.
    pub query: &'a str,
    /// The body; empty when there is none.
    pub body: &'a [u8],
    /// Seconds since 1970.
    pub seconds: i64,
    /// Used once.
    pub nonce: &'a str,
}

// === impl Signed ===

impl Signed<'_> {
    /// The signature under a secret.
    pub fn sign(&self, secret: &SecretText) -> String {
        hex(&self.mac(secret).finalize().into_bytes())
    }

    /// Whether a signature is of this, under this secret. The comparison takes as long for a wrong one as for a right
    /// one.
    pub fn is_proven_by(&self, secret: &SecretText, signature: &str) -> bool {
        unhex(signature).is_some_and(|signature| self.mac(secret).verify_slice(&signature).is_ok())
    }

    /// The text that is signed.
    pub fn canonical(&self) -> String {
        let Self { method, host, path, query, body, seconds, nonce } = self;
        let mut parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
        parts.sort_unstable();
        let (query, body) = (parts.join("&"), hex(&Sha256::digest(body)));
        format!("{V2}\n{method}\n{host}\n{path}\n{query}\n{body}\n{seconds}\n{nonce}")
    }

    fn mac(&self, secret: &SecretText) -> Hmac<Sha256> {
        keyed(secret).chain_update(self.canonical())
    }
}

/// Whom a request is for, in lower case, without the port that its scheme has anyway: from the address as the client
/// has it, from `Host` as the server does.
pub fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let Some(name) = uri.host() else {
        return Some(headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase());
    };
    let usual = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    let name = name.to_ascii_lowercase();
    Some(match uri.port_u16().filter(|port| Some(*port) != usual) {
        Some(port) => format!("{name}:{port}"),
        None => name,
    })
}

/// HMAC under a secret of any length.
pub(crate) fn keyed(secret: &SecretText) -> Hmac<Sha256> {
    let secret = secret.expose().as_bytes();
    // HMAC's own rule: a key is filled up with zeros to a block, a longer one is hashed first.
    let mut block = [0; 64];
    match block.get_mut(..secret.len()) {
        Some(start) => start.copy_from_slice(secret),
        None => block[..32].copy_from_slice(&Sha256::digest(secret)),
    }
    Hmac::new(&block.into())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    digits.chunks(2).map(|pair| Some((pair[0] << 4) | pair.get(1)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed<'a>(method: &'a Method, query: &'a str) -> Signed<'a> {
        let (host, path, body) = ("gateway:40003", "/api/v1/payments", b"{}".as_slice());
        Signed { method, host, path, query, body, seconds: 1_761_307_200, nonce: "n-1" }
    }

    #[test]
    fn what_is_signed_is_written_line_by_line() {
        let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let text = format!("v2\nPOST\ngateway:40003\n/api/v1/payments\na=2&b=%201\n{empty}\n1761307200\nn-1");
        assert_eq!(signed(&Method::POST, "b=%201&a=2").canonical(), text);
    }

    #[test]
    fn a_signature_is_what_any_other_program_computes() {
        // printf 'v2\nGET\ngateway:40003\n/api/v1/payments\n\n4413…ff8a\n1761307200\nn-1' | openssl dgst -sha256 -hmac sk_1
        let signature = signed(&Method::GET, "").sign(&"sk_1".into());
        assert_eq!(signature, "475591c081ae395fccc40926c426c1597d534c6cb8f427ad141734bfab1333a6");
        assert!(signed(&Method::GET, "").is_proven_by(&"sk_1".into(), &signature));
        assert!(!signed(&Method::GET, "").is_proven_by(&"sk_2".into(), &signature), "another secret");
        assert!(!signed(&Method::GET, "a=1").is_proven_by(&"sk_1".into(), &signature), "another query");
        for odd in ["", "0", "zz", &signature[2..], "é"] {
            assert!(!signed(&Method::GET, "").is_proven_by(&"sk_1".into(), odd), "{odd}");
        }
    }

    #[test]
    fn both_ends_see_the_same_host() {
        let server = HeaderMap::from_iter([(header::HOST, http::HeaderValue::from_static("Gateway:40003"))]);
        let path = Uri::from_static("/api/v1/payments");
        assert_eq!(host(&path, &server).as_deref(), Some("gateway:40003"));
        assert_eq!(host(&path, &HeaderMap::new()), None);
        for (url, seen) in [
            ("http://Gateway:40003/a", "gateway:40003"),
            ("http://gateway:80/a", "gateway"),
            ("https://gateway:80/a", "gateway:80"),
            ("https://[::1]:443/a", "[::1]"),
        ] {
            assert_eq!(host(&Uri::from_static(url), &HeaderMap::new()).as_deref(), Some(seen), "{url}");
        }
    }
}
