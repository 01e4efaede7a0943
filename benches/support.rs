//! What the benches with sockets share: a server in this process and the client's end of a
//! connection. Knows no criterion.
//!
//! Everything here panics when something is not as it should be: a bench that goes on with a
//! broken server would measure nothing.

mod line;
mod server;

pub(crate) use self::line::{Line, masked, post};
pub(crate) use self::server::Server;

/// As long as the texts of the embedded scenarios.
pub(crate) const TEXT: &str =
    "A text of eighty bytes is about what people write when they answer each other ..";
