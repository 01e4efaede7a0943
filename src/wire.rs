//! One wire under the glass: every byte of a connection by what it is for.
//!
//! The dissector knows frames (RFC 6455 §5) and says of bytes that are no frame why, with the
//! section that forbids them. `duplex wire` shows a live connection with it; the stage has the same
//! in JavaScript, held against the same vectors (`wire/vectors.json`).

mod dissect;
mod handshake;
mod live;
mod paint;
mod pcapng;
mod place;

pub use self::live::{Look, look};
pub use self::place::{BadUrl, Place};
