//! Who may come in: pages of this very stage, whoever sits at the machine, and whoever knows the room
//! code; and who may give orders.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::assets;
use super::http::{Refusal, Request, Response};
use crate::chat::{Origin, Place};

/// Wrong codes from one address before it has to wait.
const WRONG_CODES: u32 = 20;
/// How long it then waits.
const PENANCE: Duration = Duration::from_secs(60);

/// The door of the stage.
#[derive(Debug, Default)]
pub(super) struct Door {
    /// What whoever comes from another machine has to know.
    code: Option<String>,
    /// Wrong codes from each address, and when the last one came.
    wrong: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl Door {
    pub(super) fn new(code: Option<String>) -> Self {
        Door { code, wrong: Mutex::default() }
    }

    /// Lets in who sits here or knows the code. Who brings it for the first time keeps it as a cookie.
    pub(super) fn check(&self, request: &Request) -> Result<Option<Response>, Response> {
        let Some(code) = self.code.as_deref() else { return Ok(None) };
        if request.peer.is_loopback() || request.cookie("code") == Some(code) {
            return Ok(None);
        }
        // The door is the one page that needs no code, with what it is drawn with.
        if matches!(&*request.path, "/door.js" | "/door.words.js" | "/common.js" | "/common.css") {
            return Ok(None);
        }
        if self.does_penance(request.peer) {
            let why = "too many wrong codes from here: wait a minute";
            let refusal = at_the_door(request, (429, "wrong-code", why));
            return Ok(Some(refusal.with("Retry-After", "60")));
        }
        let given = request.parameter("code");
        if given.as_deref().is_some_and(|given| given.trim().eq_ignore_ascii_case(code)) {
            let kept = format!("code={code}; HttpOnly; SameSite=Strict; Path=/");
            // Two slashes would lead to another server.
            let place = format!("/{}", request.path.trim_start_matches('/'));
            return Ok(Some(Response::see(&place).with("Set-Cookie", kept)));
        }
        if given.is_some() {
            let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = wrong.entry(request.peer).or_insert((0, Instant::now()));
            *entry = (entry.0 + 1, Instant::now());
        }
        let why = "bring the room code, as in ?code=CODE";
        Ok(Some(at_the_door(request, (403, "no-code", why))))
    }

    fn does_penance(&self, peer: IpAddr) -> bool {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|_, (_, last)| last.elapsed() < PENANCE);
        wrong.get(&peer).is_some_and(|(count, _)| *count >= WRONG_CODES)
    }
}

/// A refusal: as the page of the door for whoever opens pages, in JSON for whoever asks the stage.
fn at_the_door(request: &Request, refusal: Refusal) -> Response {
    let opens_pages = request.header("accept").is_some_and(|kinds| kinds.contains("text/html"));
    let door = if opens_pages { assets::at("/door") } else { None };
    door.map_or_else(|| refusal.into(), |door| Response { status: refusal.0, ..door })
}

/// What whoever sits at the machine orders.
pub(super) fn order(request: &Request) -> Result<Value, Response> {
    if !request.peer.is_loopback() {
        let why = "only the machine the lecture runs on may do that";
        return Err(Response::refuse(403, "not-yours", why));
    }
    body(request)
}

/// A body of JSON. A page of another site cannot send one without asking, and nobody answers that.
pub(super) fn body(request: &Request) -> Result<Value, Response> {
    let media = request.header("content-type").unwrap_or_default();
    if media.split(';').next() != Some("application/json") {
        let why = "send the order with Content-Type: application/json";
        return Err(Response::refuse(415, "not-json", why));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| Response::refuse(400, "bad-json", &format!("this is no JSON: {error}")))
}

/// A name can be made to point here by anybody (DNS rebinding), an address cannot; and only pages
/// of this very server may ask.
pub(super) fn check_origin(request: &Request) -> Result<(), Response> {
    let host = request.header("host").and_then(Place::parse);
    let host = host.ok_or_else(|| Response::refuse(400, "bad-host", "Host names no server"))?;
    if !host.is_address() && !host.is_this_machine() {
        let why = "Host names another server: use the address of this machine";
        return Err(Response::refuse(403, "foreign-host", why));
    }
    let Some(origin) = request.header("origin") else { return Ok(()) };
    if origin.parse::<Origin>().is_ok_and(|origin| origin.is_of(&host)) {
        return Ok(());
    }
    Err(Response::refuse(403, "foreign-origin", "a page of another server asks"))
}
