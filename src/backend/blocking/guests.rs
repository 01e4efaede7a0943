//! Who is connected: the count that must not grow beyond the machine's threads, and the sockets
//! that must be closed in the end.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::chat::Rooms;
use crate::machine;

/// Threads per connection.
const PAIR: usize = 2;

/// The open connections.
pub(super) struct Guests {
    rooms: Arc<Rooms>,
    /// How many there may be at a time.
    most: usize,
    present: Mutex<Present>,
    left: Condvar,
}

#[derive(Default)]
struct Present {
    streams: HashMap<u64, Arc<TcpStream>>,
    next_key: u64,
}

/// One open connection. Dropping it is leaving.
pub(super) struct Guest {
    guests: Arc<Guests>,
    key: u64,
}

impl Guests {
    pub(super) fn new(rooms: Arc<Rooms>) -> Arc<Self> {
        // Near the machine's limit a thread that has already started can still fail inside the
        // standard library, so we stay below it and say no while that can be said politely.
        let threads = machine::thread_limit().map_or(usize::MAX, |limit| limit.threads / 10 * 9);
        let most = rooms.limits().connections.min(threads / PAIR);
        Arc::new(Guests { rooms, most, present: Mutex::default(), left: Condvar::new() })
    }

    /// Lets a connection in, if there is place.
    pub(super) fn admit(self: &Arc<Self>, stream: &Arc<TcpStream>) -> Option<Guest> {
        let mut present = self.lock();
        if present.streams.len() >= self.most {
            return None;
        }
        let key = present.next_key;
        present.next_key += 1;
        present.streams.insert(key, Arc::clone(stream));
        self.rooms.stats().connections.add(1);
        self.rooms.stats().accepted.add(1);
        Some(Guest { guests: Arc::clone(self), key })
    }

    /// Waits until everybody has left, and throws out whoever has not by then.
    pub(super) fn drain(&self, patience: Duration) {
        let until = Instant::now() + patience;
        if self.wait_until_empty(until) {
            return;
        }
        for stream in self.lock().streams.values() {
            // A socket that is already closed has nobody blocked on it.
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.wait_until_empty(until + Duration::from_secs(1));
    }

    fn wait_until_empty(&self, until: Instant) -> bool {
        let patience = until.saturating_duration_since(Instant::now());
        let present = self.lock();
        let waited =
            self.left.wait_timeout_while(present, patience, |present| !present.streams.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.streams.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.lock().streams.remove(&self.key);
        self.guests.rooms.stats().connections.sub(1);
        self.guests.left.notify_all();
    }
}
