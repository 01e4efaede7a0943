//! A room and the cursors of its members.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::bell::Bell;
use super::log::Log;
use super::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use crate::message::{ChatMessage, Message, ServerMessage};

/// One room: a log, and a bell that rings when it moves.
#[derive(Debug)]
pub struct Room {
    name: String,
    epoch: String,
    state: RwLock<State>,
    bell: Bell,
}

#[derive(Debug)]
struct State {
    log: Log,
    /// Nothing will be said here any more: the server is shutting down (R9).
    closed: bool,
    /// Where an entry is encoded before it goes into the log; reused.
    scratch: Vec<u8>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Appended {
    /// Its number.
    pub(super) seq: u64,
    /// How many waiting members it woke.
    pub(super) woken: u64,
}

/// Where a new cursor begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// After the newest message (R7).
    Head,
    /// After the message with this `seq`, of the life of the log with this epoch if one is given.
    After {
        /// The last `seq` the member has.
        since: u64,
        /// The epoch it belongs to.
        epoch: Option<String>,
    },
}

/// What a cursor finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News<'a> {
    /// The log's oldest entry had overtaken the cursor (R5).
    Lagged {
        /// How many messages are gone for this member.
        missed: u64,
        /// The `seq` that comes next.
        next: u64,
    },
    /// One message, encoded.
    Entry(&'a [u8]),
}

/// How a reading of the log ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// How many messages were read.
    pub entries: u64,
    /// How many messages were gone.
    pub missed: u64,
    /// Everything there is has been read; the waker will be called when there is more.
    pub caught_up: bool,
    /// The room is closed and there will never be more.
    pub closed: bool,
}

impl Batch {
    /// Whether there was anything to tell the member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0 && self.missed == 0
    }
}

/// A member's place in the log of its room. Dropping it is leaving.
#[derive(Debug)]
pub struct Cursor {
    room: Arc<Room>,
    seat: usize,
    next: u64,
    reset: bool,
}

/// Who is there now. Long-polling has members only while a poll is held: between two polls
/// the cursor is with the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Attendance {
    /// Members with a cursor in a log.
    pub members: u64,
    /// Those of them who have read everything and wait for more.
    pub waiting: u64,
}

impl Room {
    pub(super) fn new(name: &str, max_entries: usize, max_bytes: usize) -> Self {
        let log = Log::new(max_entries, max_bytes);
        Room {
            name: name.to_owned(),
            epoch: fresh_epoch(),
            state: RwLock::new(State { log, closed: false, scratch: Vec::new() }),
            bell: Bell::default(),
        }
    }

    /// The room's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who is in the room now.
    #[must_use]
    pub fn attendance(&self) -> Attendance {
        let (members, waiting) = self.bell.seated();
        Attendance { members, waiting }
    }

    /// The name of this life of the log (R6).
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The highest `seq` so far; 0 in a fresh room.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.read().log.head()
    }

    /// Appends a message, wakes everybody who waits, and returns its `seq`.
    ///
    /// The message is encoded here, once, for all members and every wire.
    pub fn say(&self, from: &str, id: Option<&str>, text: &str) -> u64 {
        self.append(from, id, text).seq
    }

    /// [`Room::say`], and how many members it woke.
    pub(super) fn append(&self, from: &str, id: Option<&str>, text: &str) -> Appended {
        let seq = {
            let State { log, scratch, .. } = &mut *self.write();
            let seq = log.head() + 1;
            scratch.clear();
            ServerMessage::Message(ChatMessage {
                seq,
                from: from.into(),
                id: id.map(Into::into),
                at: milliseconds_now(),
                text: text.into(),
            })
            .encode(scratch);
            log.push(scratch);
            seq
        };
        Appended { seq, woken: self.bell.ring() }
    }

    /// A new cursor.
    #[must_use]
    pub fn join(self: &Arc<Self>, start: &Start) -> Cursor {
        let (next, reset) = {
            let log = &self.read().log;
            match start {
                Start::Head => (log.head() + 1, false),
                Start::After { since, epoch } => {
                    let foreign = epoch.as_ref().is_some_and(|epoch| *epoch != self.epoch);
                    // A `since` from the future was not given by this log either.
                    if foreign || *since > log.head() {
                        (log.first(), true)
                    } else {
                        (since + 1, false)
                    }
                }
            }
        };
        Cursor { room: Arc::clone(self), seat: self.bell.sit(), next, reset }
    }

    /// Ends the room: every cursor learns that nothing more will come (R9).
    pub(super) fn close(&self) {
        self.write().closed = true;
        self.bell.ring();
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        // A panic cannot leave the log half-written: nothing between its steps can panic.
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cursor {
    /// The room.
    #[must_use]
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// The last `seq` this member has: what it passes as `since` after a reconnect.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.next - 1
    }

    /// Whether the member asked to go on from a life of the log that is over (R6).
    #[must_use]
    pub fn was_reset(&self) -> bool {
        self.reset
    }

    /// Reads what is new, oldest first, until it has seen `budget` bytes or everything.
    ///
    /// When everything is read, `waker` is left with the bell before the lock on the log is
    /// released. The order matters: a message said between looking and waiting would otherwise wake
    /// nobody, and the member would sleep although there is something to read.
    pub fn read(&mut self, waker: &Waker, budget: usize, mut each: impl FnMut(News<'_>)) -> Batch {
        let state = self.room.read();
        let missed = state.log.first().saturating_sub(self.next);
        if missed > 0 {
            self.next += missed;
            each(News::Lagged { missed, next: self.next });
        }
        // slide: read
        let begin = self.next;
        let mut bytes = 0;
        for entry in state.log.from(begin) {
            if bytes >= budget {
                break;
            }
            each(News::Entry(entry));
            bytes += entry.len();
            self.next += 1;
        }
        let caught_up = self.next > state.log.head();
        if caught_up && !state.closed {
            self.room.bell.wait(self.seat, waker);
        }
        // slide: end
        let closed = caught_up && state.closed;
        Batch { entries: self.next - begin, missed, caught_up, closed }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.room.bell.leave(self.seat);
    }
}

/// A name no other life of a log has: 64 random bits from the operating system's generator, which
/// seeds the standard library's hash maps.
fn fresh_epoch() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(milliseconds_now());
    format!("{:016x}", hasher.finish())
}

fn milliseconds_now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
