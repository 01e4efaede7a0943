//! The opening handshake, RFC 6455 §4.2: what a client must have sent, what it gets back.

use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, StatusCode};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::WebSocketConfig;

use super::route::Answer;
use crate::chat::Limits;

/// A valid handshake's answer to the client's key: proof that the server understood the request as
/// a WebSocket handshake. It authenticates nobody.
#[derive(Debug)]
pub(super) struct Accept(pub(super) String);

impl Accept {
    /// The answer that switches protocols, as it stands on the wire.
    pub(super) fn head(&self) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            self.0
        )
    }
}

/// Checks the request's headers.
pub(super) fn check(headers: &HeaderMap) -> Result<Accept, Answer> {
    if !has_token(headers, &UPGRADE, "websocket") {
        let why = "this path speaks WebSocket: send Upgrade: websocket (RFC 6455)";
        return Err(Answer::refuse(StatusCode::UPGRADE_REQUIRED, "upgrade-required", why));
    }
    if !has_token(headers, &CONNECTION, "upgrade") {
        let why = "a handshake needs Connection: Upgrade (RFC 6455 section 4.1)";
        return Err(Answer::refuse(StatusCode::BAD_REQUEST, "bad-handshake", why));
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let why = "only Sec-WebSocket-Version 13 is spoken here (RFC 6455 section 4.4)";
        return Err(Answer::refuse(StatusCode::UPGRADE_REQUIRED, "bad-version", why));
    }
    match headers.get(SEC_WEBSOCKET_KEY) {
        Some(key) if is_key(key.as_bytes()) => Ok(Accept(derive_accept_key(key.as_bytes()))),
        _ => {
            let why = "Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455 section 4.1)";
            Err(Answer::refuse(StatusCode::BAD_REQUEST, "bad-handshake", why))
        }
    }
}

/// How tungstenite is set up for chat on both WebSocket backends: small buffers, hard limits.
pub(super) fn chat_config(limits: &Limits) -> WebSocketConfig {
    config(limits.read_buffer, limits.frame_bytes)
}

/// The same for `/echo`, where messages of 16 MiB come and go.
pub(super) fn echo_config(limits: &Limits) -> WebSocketConfig {
    config(limits.batch_bytes, limits.echo_bytes)
}

fn config(read_buffer: usize, message: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(read_buffer)
        // Nothing lingers in tungstenite's own write buffer: ours is the only one.
        .write_buffer_size(0)
        .max_write_buffer_size(message + 1024)
        .max_message_size(Some(message))
        .max_frame_size(Some(message))
}

/// Whether a comma-separated header contains a token, in any case and in any of its lines.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// 16 bytes are 24 base64 characters, the last two of them padding.
fn is_key(key: &[u8]) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == 24 && key[..22].iter().all(base64) && key.ends_with(b"==")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    const GOOD: [(&str, &str); 4] = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        let accept = check(&headers(&GOOD)).unwrap();
        assert_eq!(accept.0, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn each_missing_or_wrong_part_has_its_status() {
        for (part, wrong, status) in [
            (0, "h2c", 426),
            (1, "close", 400),
            (2, "12", 426),
            (3, "dGhlIHNhbXBsZSBub25jZQ", 400),
            (3, "short==", 400),
        ] {
            let mut lines = GOOD;
            lines[part].1 = wrong;
            assert_eq!(check(&headers(&lines)).unwrap_err().status.as_u16(), status, "{wrong}");
            let without: Vec<_> =
                GOOD.iter().enumerate().filter(|(at, _)| *at != part).map(|(_, l)| *l).collect();
            assert_eq!(check(&headers(&without)).unwrap_err().status.as_u16(), status, "{part}");
        }
    }
}
