//! Asking a server for its counters, without counting the asking.
//!
//! Each question takes a connection of its own, which the server accepts, reads, answers and closes.
//! What that costs is found out by asking twice while nothing else happens, and taken off.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use super::floor;
use super::target;
use crate::load::Target;
use crate::message::Wire;
use crate::results::Calls;

/// The counters before the measured time, as far as the server told them.
#[derive(Debug, Default)]
pub(super) struct Books {
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    target: Target,
    first: Calls,
    /// What one question adds.
    question: Calls,
}

impl Books {
    /// Reads the counters. A server that does not tell them is not asked again.
    pub(super) fn open(target: &Target) -> Self {
        let both = ask(target).and_then(|once| Some((once, ask(target)?)));
        let opened = both.map(|(once, first)| Opened {
            target: target.clone(),
            first,
            question: since(&first, &once),
        });
        Books { opened }
    }

    /// What was added since then.
    pub(super) fn close(&self) -> Option<Calls> {
        let Opened { target, first, question } = self.opened.as_ref()?;
        Some(since(&since(&ask(target)?, first), question))
    }
}

/// What was added between two readings; a counter that went back has been somebody else's.
fn since(last: &Calls, first: &Calls) -> Calls {
    Calls {
        reads: last.reads.saturating_sub(first.reads),
        writes: last.writes.saturating_sub(first.writes),
        says: last.says.saturating_sub(first.says),
        deliveries: last.deliveries.saturating_sub(first.deliveries),
        batches: last.batches.saturating_sub(first.batches),
        wakes: last.wakes.saturating_sub(first.wakes),
    }
}

/// The counters now; `None` when the server has not all of them.
fn ask(target: &Target) -> Option<Calls> {
    match target.wire {
        Wire::Bare => ask_floor(target),
        Wire::WebSocket | Wire::LongPoll => {
            serde_json::from_value(target::get(target.addr, target.tls.as_ref(), "/stats")?).ok()
        }
    }
}

fn ask_floor(target: &Target) -> Option<Calls> {
    let mut stream = target::connect(target.addr)?;
    stream.write_all(floor::STATS).ok()?;
    let mut line = String::new();
    BufReader::new(stream.take(4096)).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::machine::Interrupt;

    #[test]
    fn the_floor_counts_what_it_does_and_the_asking_is_not_in_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target {
            addr: listener.local_addr().unwrap(),
            wire: Wire::Bare,
            first_room: 0,
            tls: None,
        };
        let stop = Interrupt::new();
        let heard = stop.clone();
        let serve = move || floor::serve(listener, &heard);
        let floor = thread::Builder::new().spawn(serve).unwrap();
        let mut members: Vec<_> = (0..3)
            .map(|_| {
                let mut member = target::connect(target.addr).unwrap();
                member.write_all(b"room 0\n").unwrap();
                member.read_exact(&mut [0; 3]).unwrap();
                member
            })
            .collect();
        let books = Books::open(&target);
        for _ in 0..100 {
            members[0].write_all(b"\x81\x02hi").unwrap();
            for member in &mut members {
                member.read_exact(&mut [0; 4]).unwrap();
            }
        }
        let calls = books.close().unwrap();
        let expected = Calls { says: 100, deliveries: 300, batches: 300, ..Calls::default() };
        assert_eq!(Calls { reads: 0, writes: 0, ..calls }, expected);
        assert_eq!(calls.writes, 300);
        // A read that finds nothing counts as well, and how often that happens is a race.
        assert!((99..=202).contains(&calls.reads), "{calls:?}");
        stop.raise();
        floor.join().unwrap().unwrap();
    }

    #[test]
    fn a_server_that_has_no_such_counters_has_none() {
        for answer in ["", "HTTP/1.1 200 OK\r\n\r\n{\"reads\":1}", "HTTP/1.1 404 Not Found\r\n\r\n"]
        {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let target = Target {
                addr: listener.local_addr().unwrap(),
                wire: Wire::WebSocket,
                first_room: 0,
                tls: None,
            };
            let serve = move || {
                let (mut stream, _) = listener.accept().unwrap();
                stream.read_exact(&mut [0; 16]).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            };
            let server = thread::Builder::new().spawn(serve).unwrap();
            let books = Books::open(&target);
            server.join().unwrap();
            assert!(books.close().is_none(), "{answer}");
        }
    }
}
