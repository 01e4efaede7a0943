//! What the accept loop owes to everybody when one of them goes wrong.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use http::StatusCode;

use super::*;
use crate::message::Wire;

/// Answers everything but `/bad`, over which it stumbles; `/later` makes a task of its own that
/// stumbles and takes the guest along, as an upgrade does.
#[derive(Clone)]
struct Fragile;

impl Service for Fragile {
    async fn answer(&self, request: Request<Incoming>, guest: Guest) -> Response<Full<Bytes>> {
        assert_ne!(request.uri().path(), "/bad", "a mistake of ours, made for this test");
        if request.uri().path() == "/later" {
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                let _guest = guest;
                panic!("a mistake of ours, made for this test");
            });
        }
        response(Answer::json(StatusCode::OK, b"{}".to_vec()))
    }
}

/// Asks for a path on that connection; false when there is no answer.
fn ask(stream: &mut std::net::TcpStream, path: &str) -> bool {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"{}") {
        let mut byte = [0];
        if stream.read_exact(&mut byte).is_err() {
            return false;
        }
        answer.push(byte[0]);
    }
    answer.starts_with(b"HTTP/1.1 200")
}

/// Stops a server however its test ends, or nobody would hear that it failed.
struct Stopping<'a>(&'a Stop);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[test]
fn a_panic_in_one_connection_harms_no_other() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let connect = || std::net::TcpStream::connect(at).unwrap();
    // Who panicked must have left, or there is no seat for those who come later. One to spare,
    // because a seat is free a moment after its guest has been counted out. And one worker, which a
    // panic must not take away.
    let limits = Limits { connections: 3, workers: Some(1), ..Limits::default() };
    let site = Site { backend: "async", wire: Wire::WebSocket, rooms: Rooms::new(limits) };
    let stop = Stop::new();
    thread::scope(|scope| {
        let _stopping = Stopping(&stop);
        let server = scope.spawn(|| serve(Door::from(listener), &site, &stop, &Fragile));
        let mut good = connect();
        assert!(ask(&mut good, "/"));
        let one_is_left = || {
            while site.rooms.stats().connections.get() > 1 {
                thread::yield_now();
            }
        };
        for _ in 0..5 {
            assert!(!ask(&mut connect(), "/bad"), "its connection is closed");
            one_is_left();
            assert!(ask(&mut connect(), "/later"));
            one_is_left();
        }
        assert!(ask(&mut good, "/"), "who was there");
        assert!(ask(&mut connect(), "/"), "who comes after");
        drop(good);
        stop.stop();
        server.join().unwrap().unwrap();
    });
    assert_eq!(site.rooms.stats().refused.get(), 0);
    assert_eq!(site.rooms.stats().connections.get(), 0);
}
