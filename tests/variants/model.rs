//! The rooms with loom's locks: every order in which threads can take them (`src/chat/model.rs`).

#![allow(dead_code, unreachable_pub, unused_imports, reason = "a part of a library, on its own")]

#[path = "../../src"]
mod src {
    pub(crate) mod chat;
    pub(crate) mod message;
    pub(crate) mod units;
}

use src::{chat, message, units};
