//! S4: nobody takes all the seats.

use std::net::TcpStream;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;

use super::{Kept, Verdict, every_backend};
use crate::support::{Http, Server, until};

#[test]
fn s4_one_address_has_its_share_and_no_more() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits { per_address: 3, ..Limits::default() });
        // Whoever says nothing has a seat as well.
        let mut silent: Vec<TcpStream> =
            (0..3).map(|_| TcpStream::connect(server.at).expect("the server accepts")).collect();
        until("three have come and there is no room", || {
            let answer = Http::once(server.at, "GET", "/health", b"");
            (answer.status == 503).then(|| assert_eq!(answer.code(), "full"))
        });
        silent.pop();
        until("one has left", || {
            (Http::once(server.at, "GET", "/health", b"").status == 200).then_some(())
        });
        Kept
    }
    every_backend("S4 an address has its share of the connections: 503 beyond it", check);
}
