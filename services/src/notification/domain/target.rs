//! Where an endpoint may be: on the open internet and nowhere else, so that nobody can have us call a neighbour of ours,
//! this machine, or the metadata of the cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{Uri, uri::Scheme};
use payment_clients::contract::error::{Error, Result};

/// What may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Also without TLS.
    pub plain: bool,
    /// Also addresses that are not on the open internet.
    pub private: bool,
}

/// An address of an endpoint that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The whole of it.
    pub uri: Uri,
    /// A name or an address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

// === impl Rules ===

impl Rules {
    /// What holds wherever money is real.
    pub const STRICT: Self = Self { plain: false, private: false };
    /// For receivers on this machine, in tests.
    pub const LOCAL: Self = Self { plain: true, private: true };

    /// Checks the text of an address. What its name stands for is checked at each call.
    ///
    /// # Errors
    /// When it is none, or not allowed; the field is `url`.
    pub fn target(self, url: &str) -> Result<Target> {
        let refused = |rule: &str| Error::invalid_input("url", rule);
        let uri: Uri =
            url.parse().map_err(|_| refused("must be an absolute URL such as https://shop.example/hooks"))?;
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let may_be_plain = self.plain && uri.scheme() == Some(&Scheme::HTTP);
        if !is_secure && !may_be_plain {
            return Err(refused("must begin with https://"));
        }
        let authority = uri.authority().ok_or_else(|| refused("must name a host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("must not hold a user or password"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(refused("must name a host"));
        }
        if let Ok(address) = host.parse() {
            self.admit(address).map_err(|why| refused(&format!("{why}; name a host on the open internet")))?;
        }
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Target { uri, host, port })
    }

    /// Checks an address that is about to be connected to.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(self, address: IpAddr) -> Result<(), String> {
        if self.private || is_public(address) {
            return Ok(());
        }
        Err(format!("{address} is not on the open internet"))
    }
}

/// Whether an address is on the open internet. What carries an IPv4 address within is judged by that.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        // This network; private; shared by providers; this machine; link-local with the clouds' metadata.
        (0 | 10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) | (169, 254, _)
        // Protocols; examples; the old way from IPv6; measurements.
        | (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) | (198, 18..=19, _)
        // Multicast, reserved, broadcast.
        | (224.., ..)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, fourth, ..] = address.segments();
    let bytes = address.octets();
    let within = |at: usize| Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
    match (first, second) {
        (0, 0) => address.to_ipv4_mapped().is_some_and(is_public_v4),
        (0x64, 0xff9b) if (third, fourth) == (0, 0) => is_public_v4(within(12)),
        // 6to4.
        (0x2002, _) => is_public_v4(within(2)),
        // Teredo and other protocols; examples.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // The only range that was given out: neither loopback, nor unique local, nor link-local, nor multicast.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    #[test]
    fn only_the_open_internet_may_be_called() {
        let refused = [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.255.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ];
        for address in refused {
            assert!(Rules::STRICT.admit(address.parse().unwrap_or_else(|_| panic!("{address}"))).is_err(), "{address}");
        }
        for address in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2606:4700::1111"]
        {
            assert!(Rules::STRICT.admit(address.parse().unwrap_or_else(|_| panic!("{address}"))).is_ok(), "{address}");
        }
    }

    #[test]
    fn an_address_is_refused_by_its_text_already_where_that_tells() {
        for url in [
            "",
            "shop.example",
            "/hooks",
            "http://shop.example/",
            "ftp://shop.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[fd00::1]:8443/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.8/",
            "https://ada:secret@shop.example/",
            "https:///hooks",
        ] {
            assert!(Rules::STRICT.target(url).is_err(), "{url}");
        }
        let target = Rules::STRICT.target("https://shop.example:8443/hooks?shop=7");
        assert!(target.is_ok_and(|target| (target.host.as_str(), target.port) == ("shop.example", 8443)));
        assert!(Rules::LOCAL.target("http://127.0.0.1:9/").is_ok());
    }
}
