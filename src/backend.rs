//! The three servers. They share the chat, the limits, the routes and the bytes they write; they
//! differ in one thing only: how a connection *waits* for the log of its room to move.
//!
//! | `--backend` | how it waits | file |
//! |---|---|---|
//! | `blocking` | two threads per connection: one blocks in read, one until the log moves | `backend/blocking.rs` |
//! | `async` | one task per connection awaits both at once | `backend/coroutine.rs` |
//! | `long-poll` | an HTTP request is held until there is something to say | `backend/long_poll.rs` |
//!
//! `blocking` and `async` put the same bytes on the wire, so that pair compares only waiting;
//! `async` and `long-poll` share the runtime, so that pair compares only the wire. Another backend
//! is one more file and one more line in [`ALL`]: help, comparison, charts and the conformance
//! tests derive from it.

mod blocking;
mod complaint;
mod coroutine;
mod door;
mod doorman;
mod flow;
pub mod frame;
mod gate;
mod guard;
mod handshake;
mod heartbeat;
mod http_server;
mod long_poll;
mod patience;
mod progress;
mod rewording;
mod route;
mod stop;
mod stream;
mod strict;
mod tls;

use std::io;
use std::sync::Arc;

#[doc(hidden)]
pub use self::blocking::head_length;
pub use self::door::Door;
pub use self::stop::Stop;
pub use self::tls::{BadTls, Tls};
use crate::chat::Rooms;
use crate::message::Wire;

/// A chat server.
pub trait Backend: Sync {
    /// Its name: the value of `--backend`, the legend of charts, the column of tables.
    fn name(&self) -> &'static str;

    /// One line for help, reports and slides.
    fn about(&self) -> &'static str;

    /// The client that can talk to it.
    fn wire(&self) -> Wire;

    /// Serves until `stop`, then says goodbye to everybody for a bounded time (R9). Blocks; a
    /// runtime, if there is one, is a private matter.
    ///
    /// # Errors
    /// When serving cannot begin. What happens to one connection is no error of the server.
    fn serve(&self, door: Door, rooms: Arc<Rooms>, stop: &Stop) -> io::Result<()>;
}

/// Every backend there is, in the order everything shows them.
pub const ALL: &[&dyn Backend] =
    &[&blocking::Blocking, &coroutine::Coroutine, &long_poll::LongPoll];

/// The backend of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Backend> {
    ALL.iter().copied().find(|backend| backend.name() == name)
}
