//! A mistake of ours in one connection harms no other: here, that what it held is given back.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;

use crate::conformance::Verdict::Kept;
use crate::conformance::{Verdict, every_backend};
use crate::support::Server;

#[test]
fn connections_that_break_off_anywhere_leave_nothing_behind() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut good = server.join("panics", "good");
        let request = crate::support::handshake("/chat?room=panics&name=bad");
        for cut in 0..request.len() {
            let mut bad = crate::support::Http::connect(server.at).expect("the server accepts");
            bad.write(&request[..cut]).expect("the server reads");
        }
        good.say_and_hear("still here");
        let others = if server.wire == duplex_lab::message::Wire::LongPoll { 2 } else { 1 };
        super::until_connections(server.at, "all others are let go", |count| count <= others);
        Kept
    }
    every_backend("connections that break off anywhere leave nothing behind", check);
}
