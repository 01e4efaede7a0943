//! Where to look: the URL that `duplex wire` takes.

use std::str::FromStr;

/// A server and what to ask of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Host and port, as a socket connects to them and `Host` names them.
    pub(super) host: String,
    /// Path and query.
    pub(super) target: String,
    /// Whether it is asked again and again, or once for a WebSocket.
    pub(super) is_poll: bool,
}

/// The URL cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' cannot be looked at: give ws://HOST:PORT or http://HOST:PORT (TLS would hide the bytes)"
)]
pub struct BadUrl(String);

impl FromStr for Place {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadUrl(text.chars().filter(|c| !c.is_control()).collect());
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let is_poll = match scheme {
            "ws" => false,
            "http" => true,
            _ => return Err(bad()),
        };
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, target) = rest.split_at(at);
        let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c));
        let visible = target.bytes().all(|byte| byte.is_ascii_graphic()) && !target.contains('#');
        if host.is_empty() || !plain || !visible {
            return Err(bad());
        }
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        let host = if name.is_some() { host.to_owned() } else { format!("{host}:80") };
        let usual = if is_poll { "/poll" } else { "/chat" };
        let target = match target {
            "" | "/" => format!("{usual}?room=lobby&name=wire"),
            query if query.starts_with('?') => format!("{usual}{query}"),
            whole => whole.to_owned(),
        };
        Ok(Place { host, target, is_poll })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_what_is_usual_can_be_left_out() {
        for (text, host, target, is_poll) in [
            ("ws://localhost:1", "localhost:1", "/chat?room=lobby&name=wire", false),
            ("ws://[::1]:1/echo", "[::1]:1", "/echo", false),
            ("http://h", "h:80", "/poll?room=lobby&name=wire", true),
            ("http://h:1?room=a&name=b", "h:1", "/poll?room=a&name=b", true),
        ] {
            let (host, target) = (host.to_owned(), target.to_owned());
            assert_eq!(text.parse(), Ok(Place { host, target, is_poll }), "{text}");
        }
        for text in
            ["", "localhost:1", "wss://h:1", "ftp://h", "ws://", "ws://h/a b", "ws://h\r\nA/"]
        {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
