//! The one bug that would be easiest to make and hardest to find: a lost wake-up.
//!
//! A message said between a reader's look at the log and its waiting at the bell would wake nobody.
//! The gap is a few nanoseconds wide, so no amount of trying on real threads finds it; loom runs the
//! same code in every order its locks allow and calls a reader that sleeps for ever a deadlock.
//! `tests/variants` builds it so.

#![cfg(feature = "model")]

use std::sync::Arc;
use std::task::{Wake, Waker};

use loom::thread::{self, Thread};

use super::{News, Room, Start};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Reads until it has that many messages; sleeps whenever there is nothing to read.
fn read_all(room: &Arc<Room>, messages: u64) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cursor = room.join(&Start::After { since: 0, epoch: None });
    while cursor.position() < messages {
        let batch = cursor.read(&waker, usize::MAX, |news| assert!(matches!(news, News::Entry(_))));
        if batch.is_empty() {
            thread::park();
        }
    }
}

#[test]
fn no_order_of_threads_loses_a_wake_up() {
    loom::model(|| {
        let room = Arc::new(Room::new("r", 8, 4096));
        let writer = {
            let room = Arc::clone(&room);
            thread::spawn(move || {
                room.say("w", None, "x");
                room.say("w", None, "y");
            })
        };
        read_all(&room, 2);
        writer.join().unwrap();
    });
}

#[test]
fn no_order_of_threads_misses_the_end() {
    loom::model(|| {
        let room = Arc::new(Room::new("r", 8, 4096));
        let closer = {
            let room = Arc::clone(&room);
            thread::spawn(move || room.close())
        };
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut cursor = room.join(&Start::Head);
        while !cursor.read(&waker, usize::MAX, |_| {}).closed {
            thread::park();
        }
        closer.join().unwrap();
    });
}
