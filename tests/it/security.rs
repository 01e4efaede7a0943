//! The threats S1 to S14 and what every backend does about them, tested against every backend in
//! the registry. Where a threat has no meaning on a wire, the table says why.
//!
//! | threat | what is done | test |
//! |---|---|---|
//! | S1 a page of another site opens a WebSocket; DNS rebinding | `Origin` and `Host` are checked before 101 | `origins` |
//! | S2 frames that poison caches | unmasked frames end with 1002 | `frames` |
//! | S3 giant messages | 1009, 413 and 431 before memory is taken | `frames`, `giants` |
//! | S4 who sends or reads one byte at a time | deadlines; caps in total and per address | `patience`, `caps` |
//! | S5 compression bombs | no extension is agreed to | `frames` |
//! | S6 secrets in addresses | nothing of a request is logged; `no-referrer` | `secrets` |
//! | S7 forged requests over HTTP | content type, `Origin`, `Sec-Fetch-Site`; no CORS, no caching | `origins` |
//! | S8 guessed cursors | epochs are 64 unguessable bits, and a foreign one is told `reset` | `secrets` |
//! | S9 who never reads | bounded log, one `lagged` notice | `conformance::lagging` |
//! | S10 floods, injection into logs and pages | a bucket per connection; control characters | `flood`, `secrets` |
//! | S11 request smuggling | strict heads, one way to tell a length | `smuggling` |
//! | S12 bad text, bad codes | 1007 and 1002; 1005, 1006 and 1015 are never sent | `frames` |
//! | S13 dependencies | `deny.toml`; no tungstenite with a known hole | `exposure` |
//! | S14 who can reach it | loopback unless told otherwise, and then a warning | `exposure` |

mod caps;
mod exposure;
mod flood;
mod frames;
#[cfg(target_os = "linux")]
mod giants;
mod origins;
mod patience;
mod secrets;
mod smuggling;

use std::net::SocketAddr;

use crate::conformance::Verdict::{Kept, NoMeaning};
use crate::conformance::{Verdict, every_backend};
use crate::support::{Http, Response};

use duplex_lab::message::Wire;

/// What a wire is asked for by a member, as a method and a target.
fn way_in(wire: Wire) -> (&'static str, &'static str) {
    match wire {
        Wire::LongPoll => ("GET", "/poll?room=s&name=n"),
        _ => ("GET", "/chat?room=s&name=n"),
    }
}

/// Asks with exactly these header lines, beside those that a handshake needs.
fn ask(to: SocketAddr, method: &str, target: &str, lines: &str) -> Response {
    let upgrade = match target.starts_with("/chat") || target.starts_with("/echo") {
        true => {
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        }
        false => "Connection: close\r\n",
    };
    let mut http = Http::connect(to).expect("the server accepts");
    let request = format!("{method} {target} HTTP/1.1\r\n{lines}{upgrade}\r\n");
    http.write(request.as_bytes()).expect("the server reads");
    http.answer().expect("the server answers")
}

/// The status and the word of a refusal; 0 words when it is none.
fn verdict(answer: &Response) -> (u16, String) {
    (answer.status, if answer.status < 300 { String::new() } else { answer.code() })
}
