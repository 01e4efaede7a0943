//! Where a page comes from, as browsers tell it: scheme, host and port (RFC 6454).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The origin of a page, such as `https://chat.example:8443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    place: Place,
}

/// A host and a port, as a `Host` header names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// In lower case; an IPv6 address without its brackets.
    host: String,
    port: Option<u16>,
}

/// The text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no origin: give scheme, host and port, such as http://laptop.local:8080")]
pub struct NoOrigin(String);

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NoOrigin(text.to_owned());
        let (scheme, place) = text.split_once("://").ok_or_else(refused)?;
        let scheme = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
        let place = Place::parse(place).ok_or_else(refused)?;
        Ok(Origin { scheme: scheme.ok_or_else(refused)?, place })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { host, port } = &self.place;
        let brackets = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(out, "{}://{}{host}{}", self.scheme, brackets.0, brackets.1)?;
        port.map_or(Ok(()), |port| write!(out, ":{port}"))
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl Origin {
    /// Whether a page of this origin came from the server that is asked as `host`: the same name
    /// and port, or two names of this machine and the same port.
    #[must_use]
    pub fn is_of(&self, host: &Place) -> bool {
        let usual = if self.scheme == "https" { 443 } else { 80 };
        let same_port = self.place.port.unwrap_or(usual) == host.port.unwrap_or(usual);
        let both_here = self.place.is_this_machine() && host.is_this_machine();
        same_port && (self.place.host == host.host || both_here)
    }

    /// Whether this is the origin of that host, whatever the port.
    #[must_use]
    pub fn names(&self, host: &Place) -> bool {
        self.place.host == host.host
    }
}

impl Place {
    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(plain) {
            return None;
        }
        let port = match port {
            None => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            Some(_) => return None,
        };
        Some(Place { host: host.to_ascii_lowercase(), port })
    }

    /// Whether the host is an address and not a name. A name can be made to point anywhere, and so
    /// lend a foreign page the rights of this server's own (DNS rebinding); an address cannot.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok()
    }

    /// Whether the host can only be this machine.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn an_origin_is_printed_as_it_was_read() {
        for text in ["http://a.example", "https://127.0.0.1:8080", "http://[::1]:80"] {
            assert_eq!(origin(text).to_string(), text);
        }
        assert_eq!(origin("HTTP://A.Example:80").to_string(), "http://a.example:80");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "null",
            "",
            "http://",
            "ftp://a",
            "http://a/",
            "http://a:",
            "http://a:99999",
            "http://u@a",
            "http://a b",
            "http://[::1",
            "http://[x]",
            "http://a:+8",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn pages_of_the_same_server_are_told_from_others() {
        for (page, host, own) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://localhost:8080", "127.0.0.1:8080", true),
            ("https://[::1]:8080", "localhost:8080", true),
            ("http://localhost", "localhost:80", true),
            ("https://localhost:443", "localhost", true),
            ("http://localhost:3000", "localhost:8080", false),
            ("http://evil.example:8080", "localhost:8080", false),
            ("http://192.168.1.5:8080", "192.168.1.6:8080", false),
            ("http://localhost.evil.example:8080", "localhost:8080", false),
        ] {
            let host = Place::parse(host).unwrap();
            assert_eq!(origin(page).is_of(&host), own, "{page} asks {host:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text: String) {
            let _ = text.parse::<Origin>();
            let _ = Place::parse(&text);
        }
    }
}
