//! What is where: the same paths, checks and refusals on every backend.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use super::guard::{self, Asked};
use super::handshake::{self, Accept};
use crate::chat::{Attendance, Rooms, Snapshot, Ticket};
use crate::message::{Refusal, Wire};
use crate::page;

/// One server as its routes see it.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The backend's `--backend` name.
    pub(super) backend: &'static str,
    pub(super) wire: Wire,
    pub(super) rooms: Arc<Rooms>,
}

/// What a request wants, after everything that can be refused has been.
#[derive(Debug)]
pub(super) enum Route {
    /// Already answered.
    Answer(Answer),
    /// Upgrade and join.
    Chat(Accept, Ticket),
    /// Upgrade and return every message.
    Echo(Accept),
    /// Hold until there is something to say.
    Poll(Ticket),
    /// The body is a message for the room.
    Say(Ticket),
    /// The body comes back.
    EchoBody,
}

/// A complete HTTP answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: Cow<'static, str>,
    /// Further headers, where the status demands them.
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) body: Cow<'static, [u8]>,
    /// Whether the connection ends with it: nothing behind a request that is not clear may be read.
    pub(super) is_last: bool,
}

/// Headers of every answer: nothing is kept, nothing is guessed.
pub(super) const COMMON_HEADERS: &[(&str, &str)] =
    &[("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")];

/// Headers of pages besides: they load nothing from elsewhere and run nothing written into them.
/// The policy stands here only and not in the page too, for a browser applies both and complains
/// about each. Chat messages travel without these, for every byte of a poll is overhead.
const PAGE_HEADERS: &[(&str, &str)] = &[
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; \
         img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    ),
    ("Referrer-Policy", "no-referrer"),
];

/// Paths that only one wire has, with the method they want.
const WIRE_PATHS: &[(&str, Wire, Method)] = &[
    ("/chat", Wire::WebSocket, Method::GET),
    ("/poll", Wire::LongPoll, Method::GET),
    ("/say", Wire::LongPoll, Method::POST),
];

impl Site {
    /// Decides what a request wants.
    pub(super) fn route(&self, asked: &Asked<'_>) -> Route {
        let checked = guard::check(asked, self.rooms.limits())
            .map_err(|refusal| Answer { is_last: true, ..refusal });
        checked.and_then(|()| self.find(asked)).unwrap_or_else(Route::Answer)
    }

    fn find(&self, asked: &Asked<'_>) -> Result<Route, Answer> {
        let Asked { method, uri, headers, .. } = *asked;
        let path = uri.path();
        if path == "/echo" {
            guard::check_site(headers)?;
            return self.echo(method, headers);
        }
        if let Some((_, wire, wanted)) = WIRE_PATHS.iter().find(|(known, ..)| *known == path) {
            self.check_wire(path, *wire)?;
            check_method(method, wanted)?;
            guard::check_site(headers)?;
            let limits = self.rooms.limits();
            let ticket = Ticket::parse(uri.query().unwrap_or_default(), limits)
                .map_err(|refusal| Answer::json(StatusCode::BAD_REQUEST, refusal.to_json()))?;
            return match path {
                "/chat" => Ok(Route::Chat(handshake::check(headers)?, ticket)),
                "/poll" => Ok(Route::Poll(ticket)),
                _ => check_json(headers).map(|()| Route::Say(ticket)),
            };
        }
        let answer = match path {
            "/stats" => self.stats(),
            "/health" => self.health(),
            _ => page_at(path)?,
        };
        // Whoever may GET a page may also ask for its head (RFC 9110 §9.3.2).
        if method != Method::HEAD {
            check_method(method, &Method::GET)?;
        }
        Ok(Route::Answer(answer))
    }

    /// `/echo` returns messages on a WebSocket wire and bodies on an HTTP one.
    fn echo(&self, method: &Method, headers: &HeaderMap) -> Result<Route, Answer> {
        if self.wire == Wire::LongPoll {
            check_method(method, &Method::POST)?;
            return Ok(Route::EchoBody);
        }
        check_method(method, &Method::GET)?;
        Ok(Route::Echo(handshake::check(headers)?))
    }

    /// A path of another backend says which one has it.
    fn check_wire(&self, path: &str, wire: Wire) -> Result<(), Answer> {
        if wire == self.wire {
            return Ok(());
        }
        let others = super::ALL.iter().filter(|backend| backend.wire() == wire);
        let names: Vec<_> = others.map(|backend| format!("--backend {}", backend.name())).collect();
        let why = format!(
            "{path} is not served by --backend {}: it is served by {}",
            self.backend,
            names.join(" and ")
        );
        Err(Answer::refuse(StatusCode::NOT_FOUND, "other-backend", why))
    }

    fn stats(&self) -> Answer {
        #[derive(Serialize)]
        struct Shown<'a> {
            backend: &'a str,
            rooms: usize,
            #[serde(flatten)]
            attendance: Attendance,
            #[serde(flatten)]
            counters: Snapshot,
        }
        let (rooms, attendance) = (self.rooms.count(), self.rooms.attendance());
        let counters = self.rooms.stats().snapshot();
        let shown = Shown { backend: self.backend, rooms, attendance, counters };
        Answer::json(StatusCode::OK, to_json(&shown))
    }

    fn health(&self) -> Answer {
        let shown = serde_json::json!({
            "status": "ok", "backend": self.backend, "wire": self.wire,
        });
        Answer::json(StatusCode::OK, to_json(&shown))
    }
}

impl Answer {
    /// A JSON body.
    pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Self {
        let content_type = "application/json".into();
        Answer { status, content_type, headers: &[], body: body.into(), is_last: false }
    }

    /// A refusal: the same error object on every wire, with the status that fits.
    pub(super) fn refuse(
        status: StatusCode,
        code: &'static str,
        why: impl Into<Cow<'static, str>>,
    ) -> Self {
        let refusal = Refusal { code: code.into(), message: why.into() };
        let headers: &[_] = match status {
            // RFC 9110 §15.5.22 and RFC 6455 §4.4: say what would be accepted.
            StatusCode::UPGRADE_REQUIRED => {
                &[("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
            }
            _ => retry(status),
        };
        Answer { headers, ..Answer::json(status, refusal.to_json()) }
    }

    /// What a refused message of a member is over HTTP.
    pub(super) fn refused_say(refusal: &Refusal<'_>) -> Self {
        let status = match refusal.code.as_ref() {
            "too-long" => StatusCode::PAYLOAD_TOO_LARGE,
            "too-many-rooms" => StatusCode::SERVICE_UNAVAILABLE,
            "flood" => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        };
        Answer { headers: retry(status), ..Answer::json(status, refusal.to_json()) }
    }

    /// The answer as bytes of HTTP/1.1, for whoever has no hyper. `last` announces that the
    /// connection ends with it.
    pub(super) fn to_http1(&self, head_only: bool, last: bool) -> Vec<u8> {
        let mut out = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
            self.status,
            self.content_type,
            self.body.len()
        );
        if last {
            out.push_str("Connection: close\r\n");
        }
        for (name, value) in COMMON_HEADERS.iter().chain(self.headers) {
            out.extend([name, ": ", value, "\r\n"]);
        }
        out.push_str("\r\n");
        let mut out = out.into_bytes();
        if !head_only {
            out.extend_from_slice(&self.body);
        }
        out
    }

    /// A request with too much of everything.
    pub(super) fn head_too_large() -> Self {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        Answer::refuse(status, "head-too-large", "the head of the request is too large")
    }

    /// More connections than this server takes.
    pub(super) fn full() -> Self {
        let why = "this server has as many connections as it can hold: try again later";
        Answer::refuse(StatusCode::SERVICE_UNAVAILABLE, "full", why)
    }
}

/// When it is worth trying again.
fn retry(status: StatusCode) -> &'static [(&'static str, &'static str)] {
    match status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => &[("Retry-After", "1")],
        _ => &[],
    }
}

fn page_at(path: &str) -> Result<Answer, Answer> {
    let Some(asset) = page::respond(path) else {
        let why = "nothing is served at this path: try / or /stats";
        return Err(Answer::refuse(StatusCode::NOT_FOUND, "not-found", why));
    };
    let (content_type, body) = (asset.content_type.into(), asset.body.into());
    let (status, headers) = (StatusCode::OK, PAGE_HEADERS);
    Ok(Answer { status, content_type, headers, body, is_last: false })
}

fn check_method(method: &Method, wanted: &Method) -> Result<(), Answer> {
    if method == wanted {
        return Ok(());
    }
    let why = format!("this path takes {wanted}, not {method}");
    let answer = Answer::refuse(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", why);
    let headers: &[_] =
        if wanted == Method::POST { &[("Allow", "POST")] } else { &[("Allow", "GET")] };
    Err(Answer { headers, ..answer })
}

/// A page of another site can post plain text without asking anybody, but not JSON: that needs a
/// preflight request, which nothing here answers.
fn check_json(headers: &HeaderMap) -> Result<(), Answer> {
    let given = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let why = "send the message with Content-Type: application/json";
    Err(Answer::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", why))
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("counters and names are always representable as JSON")
}
