//! Whose requests are answered: the checks that keep other people's pages out.
//!
//! A browser lets any page open a WebSocket to any server and post forms to it; it only tells the
//! server which page it was (RFC 6455 §10.2). "Only on this machine" is no protection, for the
//! browser is on this machine too. So each request must name this server in `Host`, and where there
//! is an `Origin` it must be this server's own or one that was allowed. Programs that are no
//! browsers send none, and need none.

use http::header::{CONTENT_LENGTH, HOST, ORIGIN, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version};

use super::route::Answer;
use crate::chat::{Limits, Origin, Place};

/// The head of a request, whoever has parsed it.
pub(super) struct Asked<'a> {
    pub(super) version: Version,
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
}

/// Checks what every request owes, before anybody looks at what it wants.
pub(super) fn check(asked: &Asked<'_>, limits: &Limits) -> Result<(), Answer> {
    if asked.version != Version::HTTP_11 {
        let why = "only HTTP/1.1 is spoken here";
        return Err(Answer::refuse(StatusCode::HTTP_VERSION_NOT_SUPPORTED, "http-version", why));
    }
    check_length(asked.headers)?;
    let host = host_of(asked)?;
    let allowed = &limits.allow_origins;
    let is_ours = host.is_address()
        || host.is_this_machine()
        || allowed.iter().any(|origin| origin.names(&host));
    if !is_ours {
        let why = "Host names another server; serve --allow-origin http://NAME:PORT allows a name";
        return Err(Answer::refuse(StatusCode::FORBIDDEN, "foreign-host", why));
    }
    check_origin(asked.headers, &host, allowed)
}

/// The length of a body must be told in one way only, or two programs may differ on where the next
/// request begins (request smuggling, RFC 9112 §6.3).
fn check_length(headers: &HeaderMap) -> Result<(), Answer> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return Ok(()) };
    let is_number = !length.is_empty() && length.as_bytes().iter().all(u8::is_ascii_digit);
    if is_number && lengths.next().is_none() && !headers.contains_key(TRANSFER_ENCODING) {
        return Ok(());
    }
    let why = "tell the length of a body once, as a number, and not beside Transfer-Encoding";
    Err(Answer::refuse(StatusCode::BAD_REQUEST, "bad-length", why))
}

/// The server that was asked for.
fn host_of(asked: &Asked<'_>) -> Result<Place, Answer> {
    let mut lines = asked.headers.get_all(HOST).iter();
    let place = |line: &HeaderValue| line.to_str().ok().and_then(Place::parse);
    let host = match (lines.next(), lines.next()) {
        (Some(line), None) => place(line),
        _ => None,
    };
    let target = asked.uri.authority().map(|authority| Place::parse(authority.as_str()));
    match host {
        // A target with an address of its own must not contradict it (RFC 9112 §3.2.2).
        Some(host) if target.is_none_or(|target| target.as_ref() == Some(&host)) => Ok(host),
        _ => {
            let why = "a request needs exactly one Host header, which names this server";
            Err(Answer::refuse(StatusCode::BAD_REQUEST, "bad-host", why))
        }
    }
}

fn check_origin(headers: &HeaderMap, host: &Place, allowed: &[Origin]) -> Result<(), Answer> {
    let is_welcome = |line: &HeaderValue| {
        let origin = line.to_str().ok().and_then(|text| text.parse::<Origin>().ok());
        origin.is_some_and(|origin| origin.is_of(host) || allowed.contains(&origin))
    };
    if headers.get_all(ORIGIN).iter().all(is_welcome) {
        return Ok(());
    }
    let why = "a page of another server asks; serve --allow-origin ORIGIN lets it";
    Err(Answer::refuse(StatusCode::FORBIDDEN, "foreign-origin", why))
}

/// That a page of another site does not ask for a room by means that carry no `Origin`, such as an
/// image or a script whose address is a poll. Browsers say so in `Sec-Fetch-Site`.
pub(super) fn check_site(headers: &HeaderMap) -> Result<(), Answer> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is_foreign = matches!(site, Some(b"cross-site" | b"same-site"));
    if !is_foreign || headers.contains_key(ORIGIN) {
        return Ok(());
    }
    let why = "a page of another server asks, and this path answers only its own";
    Err(Answer::refuse(StatusCode::FORBIDDEN, "foreign-origin", why))
}
