//! The chat itself: rooms, their logs, and the cursors of their members.
//!
//! **One log, three ways to tail it.** A room is one bounded, append-only log of messages, each
//! encoded once and numbered. A member is nothing but a cursor into that log. From a cursor follow
//! resume, history, no loss between two polls, and one policy for slow readers, the same on every
//! backend.
//!
//! Nothing here knows a socket, a frame or a runtime. A room wakes a [`std::task::Waker`], which
//! may be a task or a parked thread; it cannot tell and does not care.

mod bell;
mod limits;
mod log;
#[cfg(test)]
mod model;
mod origin;
mod room;
mod rooms;
mod stats;
mod sync;
#[cfg(test)]
mod tests;
mod ticket;

pub use self::limits::Limits;
pub use self::origin::{NoOrigin, Origin, Place};
pub use self::room::{Attendance, Batch, Cursor, News, Room, Start};
pub use self::rooms::Rooms;
pub use self::stats::{Gauge, Snapshot, Stats};
pub use self::ticket::Ticket;
