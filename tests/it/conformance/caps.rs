//! The cap on connections: beyond it a server refuses politely, and takes new ones once there is
//! room again.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, Verdict, plain_and_tls};
use crate::support::{Http, Response, Server, WsMember, until};

/// A connection that stays, or the refusal.
fn come(server: &Server) -> Result<Box<dyn std::any::Any>, Response> {
    if server.wire == Wire::WebSocket {
        let mut member = WsMember::open(server.at, "/chat?room=caps&name=anna")?;
        member.hello();
        return Ok(Box::new(member));
    }
    let mut http = Http::connect(server.at).expect("the server accepts");
    let answer = http.request("GET", "/poll?room=caps&name=anna", b"").expect("an answer");
    if answer.status == 200 { Ok(Box::new(http)) } else { Err(answer) }
}

#[test]
fn beyond_the_cap_connections_are_refused_politely() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits { connections: 3, ..Limits::default() });
        let mut inside: Vec<_> =
            (0..3).map(|_| come(&server).expect("there is room for three")).collect();
        for _ in 0..5 {
            let Err(refusal) = come(&server) else { panic!("there is no room for a fourth") };
            assert_eq!(refusal.status, 503);
            refusal.code();
        }
        inside.pop();
        until("somebody left, so there is room", || come(&server).ok());
        Kept
    }
    plain_and_tls(
        "beyond the cap: 503 with a JSON error; when somebody leaves, there is room",
        check,
    );
}
