//! The registry of rooms.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::limits::Limits;
use super::room::{Attendance, Room};
use super::stats::Stats;
use crate::message::{ClientMessage, Message, Refusal};

/// All rooms of a server, its limits and its counters.
#[derive(Debug)]
pub struct Rooms {
    limits: Limits,
    stats: Stats,
    open: RwLock<Registry>,
}

#[derive(Debug, Default)]
struct Registry {
    rooms: HashMap<String, Arc<Room>>,
    closed: bool,
}

impl Rooms {
    /// A server's rooms: none yet.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Rooms { limits, stats: Stats::default(), open: RwLock::default() })
    }

    /// The policy.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many rooms there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open.read().unwrap_or_else(PoisonError::into_inner).rooms.len()
    }

    /// Who is in the rooms now.
    #[must_use]
    pub fn attendance(&self) -> Attendance {
        let registry = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let each = registry.rooms.values().map(|room| room.attendance());
        each.fold(Attendance::default(), |sum, room| Attendance {
            members: sum.members + room.members,
            waiting: sum.waiting + room.waiting,
        })
    }

    /// The room of that name, made if it does not exist.
    ///
    /// # Errors
    /// When there are as many rooms as the limits allow and none of them is empty.
    pub fn open(&self, name: &str) -> Result<Arc<Room>, Refusal<'static>> {
        if let Some(room) = self.open.read().unwrap_or_else(PoisonError::into_inner).rooms.get(name)
        {
            return Ok(Arc::clone(room));
        }
        let registry = &mut *self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = registry.rooms.get(name) {
            return Ok(Arc::clone(room));
        }
        if registry.rooms.len() >= self.limits.rooms {
            registry.make_place()?;
        }
        let room = Arc::new(Room::new(name, self.limits.log_entries, self.limits.log_bytes));
        if registry.closed {
            room.close();
        }
        registry.rooms.insert(name.to_owned(), Arc::clone(&room));
        Ok(room)
    }

    /// Checks what a client says and appends it to the room (R8: a refusal changes nothing).
    ///
    /// # Errors
    /// When the text or the id is too short or too long.
    pub fn say(
        &self,
        room: &Room,
        from: &str,
        message: &ClientMessage<'_>,
    ) -> Result<u64, Refusal<'static>> {
        let ClientMessage::Say { text, id } = message;
        if text.is_empty() {
            return Err(refusal("empty", "a text has at least 1 byte"));
        }
        if text.len() > self.limits.text_bytes {
            let most = self.limits.text_bytes;
            return Err(refusal("too-long", format!("a text has at most {most} bytes")));
        }
        if id.as_ref().is_some_and(|id| id.len() > self.limits.id_bytes) {
            let most = self.limits.id_bytes;
            return Err(refusal("bad-id", format!("an id has at most {most} bytes")));
        }
        let appended = room.append(from, id.as_deref(), text);
        self.stats.says.add(1);
        self.stats.wakes.add(appended.woken);
        Ok(appended.seq)
    }

    /// Reads what a member said and puts it into the room: [`Rooms::say`] on encoded bytes.
    ///
    /// # Errors
    /// When the bytes are no message, or as [`Rooms::say`].
    pub fn say_encoded(
        &self,
        room: &Room,
        from: &str,
        bytes: &[u8],
    ) -> Result<u64, Refusal<'static>> {
        match ClientMessage::decode(bytes) {
            Ok(message) => self.say(room, from, &message),
            Err(why) => Err(refusal("malformed", format!("not a message: {why}"))),
        }
    }

    /// Ends every room, now and later (R9).
    pub fn close(&self) {
        let registry = &mut *self.open.write().unwrap_or_else(PoisonError::into_inner);
        registry.closed = true;
        registry.rooms.values().for_each(|room| room.close());
    }
}

impl Registry {
    /// Forgets the empty room in which least was said: the smallest loss of history.
    ///
    /// Empty is a room that nobody but the registry holds. Having no cursor would not be enough:
    /// somebody may just have got it and be about to join.
    fn make_place(&mut self) -> Result<(), Refusal<'static>> {
        let empty = self.rooms.values().filter(|room| Arc::strong_count(room) == 1);
        let victim = empty.min_by_key(|room| room.head()).map(|room| room.name().to_owned());
        match victim {
            Some(name) => {
                self.rooms.remove(&name);
                Ok(())
            }
            None => Err(refusal("too-many-rooms", "all rooms are taken: join an existing one")),
        }
    }
}

fn refusal(
    code: &'static str,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> Refusal<'static> {
    Refusal { code: code.into(), message: message.into() }
}
