//! What the accept loop owes to everybody when one of them goes wrong.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use super::*;
use crate::chat::Limits;

fn site(limits: Limits) -> Site {
    Site { backend: "blocking", wire: Wire::WebSocket, rooms: Rooms::new(limits) }
}

/// Reads one byte more than others do, and makes a mistake when it is `!`.
fn fragile(stream: &Arc<Socket>, site: &Site, guest: Guest) {
    let mut first = [0];
    (&**stream).read_exact(&mut first).expect("a first byte");
    assert_ne!(first, [b'!'], "a mistake of ours, made for this test");
    attend(stream, site, guest);
}

/// Asks on that connection whether the server is well, with these bytes before the request.
fn is_well(stream: &mut TcpStream, before: &str) -> bool {
    write!(stream, "{before}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // The body is JSON without anything in it.
    while !answer.ends_with(b"}") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
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
    // Who panicked must have left, or there is no seat for those who come later. One to spare,
    // because a seat is free a moment after its guest has been counted out.
    let site = site(Limits { connections: 3, ..Limits::default() });
    let stop = Stop::new();
    thread::scope(|scope| {
        let _stopping = Stopping(&stop);
        let server =
            scope.spawn(|| accept_until_stopped(Door::from(listener), &site, &stop, fragile));
        let mut good = TcpStream::connect(at).unwrap();
        assert!(is_well(&mut good, "."));
        for _ in 0..5 {
            let mut bad = TcpStream::connect(at).unwrap();
            bad.write_all(b"!").unwrap();
            assert!(matches!(bad.read(&mut [0]), Ok(0) | Err(_)), "its connection is closed");
            while site.rooms.stats().connections.get() > 1 {
                thread::yield_now();
            }
        }
        assert!(is_well(&mut good, ""), "who was there");
        assert!(is_well(&mut TcpStream::connect(at).unwrap(), "."), "who comes after");
        drop(good);
        stop.stop();
        server.join().unwrap().unwrap();
    });
    assert_eq!(site.rooms.stats().refused.get(), 0);
    assert_eq!(site.rooms.stats().connections.get(), 0);
}

#[test]
fn who_comes_in_droves_does_not_get_a_thread_each_for_being_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    let tls = crate::backend::Tls::kept_in(folder.path()).unwrap();
    let site = site(Limits { connections: 0, ..Limits::default() });
    let guests = Guests::new(Arc::clone(&site.rooms));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(at).unwrap());
        let (stream, from) = listener.accept().unwrap();
        let socket = Socket::new(stream, Some(&tls), Arc::clone(&site.rooms)).unwrap();
        admit(&socket, from.ip(), &site, &guests, attend);
        assert!(guests.goodbyes() <= 64, "{} are being told at once", guests.goodbyes());
    }
    assert_eq!(site.rooms.stats().refused.get(), 200);
    // And all of them are let go in the end, told or not.
    for mut stream in silent {
        assert!(matches!(stream.read(&mut [0; 64]), Ok(_) | Err(_)));
    }
    while guests.goodbyes() > 0 {
        thread::yield_now();
    }
}
