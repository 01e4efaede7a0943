//! Policy, in one place, handed to every backend and saved with every result.
//!
//! Comparing backends that differ in any of these would compare policies, not transports.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::origin::Origin;
use crate::units::{self, KIB, MIB};

/// Everything a server decides by policy rather than by transport.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limits {
    /// Longest text of a message, in bytes of UTF-8.
    pub text_bytes: usize,
    /// Longest `id` a client may give a message, in bytes.
    pub id_bytes: usize,
    /// Longest name, in characters.
    pub name_chars: usize,
    /// Longest room name, in characters.
    pub room_chars: usize,
    /// Largest frame, reassembled message or request body of the chat, in bytes. A text of
    /// `text_bytes` control characters is six times as long in JSON, hence the distance.
    pub frame_bytes: usize,
    /// Largest message or body that `/echo` returns, in bytes.
    pub echo_bytes: usize,
    /// Largest request head, in bytes.
    pub head_bytes: usize,
    /// Messages a room retains.
    pub log_entries: usize,
    /// Bytes of messages a room retains. The memory is taken as it is needed.
    pub log_bytes: usize,
    /// Rooms at a time; beyond it the empty one in which least was said makes place.
    pub rooms: usize,
    /// Connections at a time; beyond it a server answers 503.
    pub connections: usize,
    /// Connections at a time from one address; an IPv6 network of 64 bits counts as one.
    pub per_address: usize,
    /// Pages of other servers that may talk to this one (RFC 6455 §10.2); its own always may.
    pub allow_origins: Vec<Origin>,
    /// Messages a second that a connection may say in the long run; 0 for as many as it likes.
    pub say_rate: u32,
    /// Messages a connection may say at once, before `say_rate` counts.
    pub say_burst: u32,
    /// Time for a client to complete a request head or opening handshake.
    #[serde(serialize_with = "as_text")]
    pub handshake_deadline: Duration,
    /// Time for a member to complete a message whose beginning has come.
    #[serde(serialize_with = "as_text")]
    pub frame_deadline: Duration,
    /// How long an HTTP connection may be idle between two requests.
    #[serde(serialize_with = "as_text")]
    pub keep_alive: Duration,
    /// Time for a write to make progress before the reader counts as gone.
    #[serde(serialize_with = "as_text")]
    pub write_deadline: Duration,
    /// A silent WebSocket member is pinged after this time (R10); zero for never.
    #[serde(serialize_with = "as_text")]
    pub ping_interval: Duration,
    /// A pinged member that stays silent for this long is dropped (R10).
    #[serde(serialize_with = "as_text")]
    pub pong_deadline: Duration,
    /// How long a poll is held when the client does not say.
    #[serde(serialize_with = "as_text")]
    pub poll_wait: Duration,
    /// How long a poll is held at most, whatever the client says (R10).
    #[serde(serialize_with = "as_text")]
    pub poll_wait_max: Duration,
    /// How long a shutdown waits for connections to end by themselves (R9).
    #[serde(serialize_with = "as_text")]
    pub drain_deadline: Duration,
    /// Read buffer of a WebSocket connection, in bytes. It grows for a larger frame.
    pub read_buffer: usize,
    /// Bytes collected for one write: what a member is behind goes out in pieces of this size.
    pub batch_bytes: usize,
    /// Whether `TCP_NODELAY` is set on every connection.
    pub nodelay: bool,
    /// Stack of each thread of the blocking backend, in bytes.
    pub thread_stack: usize,
    /// Worker threads of the async and long-poll backends; `None` takes one per usable CPU.
    pub workers: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            text_bytes: 4 * KIB,
            id_bytes: 64,
            name_chars: 32,
            room_chars: 64,
            frame_bytes: 32 * KIB,
            echo_bytes: 16 * MIB,
            head_bytes: 8 * KIB,
            log_entries: 65_536,
            log_bytes: 8 * MIB,
            rooms: 1_024,
            connections: 16_384,
            // On loopback everybody has the same address, the load generator's members too.
            per_address: 16_384,
            allow_origins: Vec::new(),
            // A person says one a second, the generator's fastest speaker 125.
            say_rate: 1_000,
            say_burst: 1_000,
            handshake_deadline: Duration::from_secs(10),
            frame_deadline: Duration::from_secs(10),
            keep_alive: Duration::from_secs(60),
            write_deadline: Duration::from_secs(10),
            ping_interval: Duration::from_secs(25),
            pong_deadline: Duration::from_secs(8),
            poll_wait: Duration::from_secs(25),
            poll_wait_max: Duration::from_secs(30),
            drain_deadline: Duration::from_secs(5),
            read_buffer: KIB,
            batch_bytes: 64 * KIB,
            nodelay: true,
            thread_stack: 64 * KIB,
            workers: None,
        }
    }
}

impl Limits {
    /// Every field by name, as a results file keeps it.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, serde_json::Value> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields.into_iter().collect(),
            _ => unreachable!("a plain struct is always a JSON object"),
        }
    }
}

fn as_text<S: Serializer>(value: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&units::duration_text(*value))
}
