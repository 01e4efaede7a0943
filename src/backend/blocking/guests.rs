//! Who is connected, each with a permit (its guest): the count that must not grow beyond the machine's threads, and the sockets
//! that must be closed in the end.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::socket::Socket;
use crate::backend::doorman::{Doorman, Goodbye, Pass};
use crate::chat::Rooms;
use crate::machine;

/// Threads per connection.
const PAIR: usize = 2;

/// The open connections.
pub(super) struct Guests {
    rooms: Arc<Rooms>,
    doorman: Arc<Doorman>,
    present: Mutex<Present>,
    left: Condvar,
}

#[derive(Default)]
struct Present {
    seats: HashMap<u64, Seat>,
    next_key: u64,
    /// The server is shutting down: nobody may wait for another request.
    closing: bool,
}

struct Seat {
    stream: Arc<Socket>,
    /// Between two requests, or before the first: nothing is owed to it.
    is_waiting: bool,
}

/// One open connection. Dropping it is leaving.
pub(super) struct Guest {
    guests: Arc<Guests>,
    key: u64,
    _pass: Pass,
}

impl Guests {
    pub(super) fn new(rooms: Arc<Rooms>) -> Arc<Self> {
        // We stay a safe way below the machine's limit and say no while that can be said politely.
        let threads =
            machine::thread_limit().map_or(usize::MAX, |limit| machine::safe_part(limit.threads));
        let doorman = Doorman::new(threads / PAIR, rooms.limits());
        Arc::new(Guests { rooms, doorman, present: Mutex::default(), left: Condvar::new() })
    }

    /// Lets a connection in, if there is place.
    pub(super) fn admit(self: &Arc<Self>, stream: &Arc<Socket>, from: IpAddr) -> Option<Guest> {
        let pass = self.doorman.admit(from)?;
        let mut present = self.lock();
        let key = present.next_key;
        present.next_key += 1;
        present.seats.insert(key, Seat { stream: Arc::clone(stream), is_waiting: true });
        self.rooms.stats().connections.add(1);
        self.rooms.stats().accepted.add(1);
        Some(Guest { guests: Arc::clone(self), key, _pass: pass })
    }

    /// Lets somebody who is not let in be told so, if not too many are being told.
    pub(super) fn see_out(&self) -> Option<Goodbye> {
        self.doorman.see_out()
    }

    /// How many are being told.
    #[cfg(test)]
    pub(super) fn goodbyes(&self) -> usize {
        self.doorman.goodbyes()
    }

    /// Lets go at once whoever has nothing under way, waits until everybody else has left, and
    /// throws out whoever has not by then.
    pub(super) fn drain(&self, patience: Duration) {
        let until = Instant::now() + patience;
        self.throw_out(|seat| seat.is_waiting);
        if !self.wait_until_empty(until) {
            self.throw_out(|_| true);
            self.wait_until_empty(until + Duration::from_secs(1));
        }
    }

    fn throw_out(&self, chosen: impl Fn(&Seat) -> bool) {
        let mut present = self.lock();
        present.closing = true;
        for seat in present.seats.values().filter(|seat| chosen(seat)) {
            // A socket that is already closed has nobody blocked on it.
            let _ = seat.stream.shutdown(Shutdown::Both);
        }
    }

    fn wait_until_empty(&self, until: Instant) -> bool {
        let patience = until.saturating_duration_since(Instant::now());
        let present = self.lock();
        let waited =
            self.left.wait_timeout_while(present, patience, |present| !present.seats.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.seats.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// The connection is about to wait for a request; false when it must not any more.
    pub(super) fn may_wait(&self) -> bool {
        self.set_waiting(true)
    }

    /// A request has come and will be answered, even during a shutdown.
    pub(super) fn is_busy(&self) {
        self.set_waiting(false);
    }

    fn set_waiting(&self, is_waiting: bool) -> bool {
        let mut present = self.guests.lock();
        if let Some(seat) = present.seats.get_mut(&self.key) {
            seat.is_waiting = is_waiting;
        }
        !present.closing
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.lock().seats.remove(&self.key);
        self.guests.rooms.stats().connections.sub(1);
        self.guests.left.notify_all();
    }
}
