//! Why a run has no outcome, in one line each. Knows nothing of how a run is played.

use std::io;

use super::client::Gone;

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The server cannot be reached, or ended a connection before its member had joined.
    #[error("cannot join: {why} ({joined} of {members} members had joined)")]
    Connect {
        /// The reason.
        why: String,
        /// Members that had joined.
        joined: u32,
        /// Members in all.
        members: u32,
    },
    /// The server said no.
    #[error("the server answered {status}: {message} ({joined} of {members} members had joined)")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
        /// Members that had joined.
        joined: u32,
        /// Members in all.
        members: u32,
    },
    /// The server accepted a connection and then said nothing.
    #[error(
        "no answer to a handshake within {seconds} s ({joined} of {members} members had joined)"
    )]
    NoAnswer {
        /// How long the generator waited.
        seconds: u64,
        /// Members that had joined.
        joined: u32,
        /// Members in all.
        members: u32,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The operating system fails the generator itself.
    #[error("the generator cannot go on: {0}")]
    System(#[from] io::Error),
}

impl LoadError {
    pub(super) fn from_gone(gone: Gone, joined: u32, members: u32) -> Self {
        match gone {
            Gone::Refused { status, message } => {
                LoadError::Refused { status, message, joined, members }
            }
            other => LoadError::Connect { why: other.to_string(), joined, members },
        }
    }
}
