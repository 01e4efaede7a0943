//! A member of a chat by hand, on either wire: a mouth that says, an ear that hears.
//!
//! Over WebSocket both are one connection, over HTTP two.

use std::io::{self, ErrorKind, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::wires::{ask, connect, frame, join, read_answer, read_message, say};
use crate::message::Wire;

/// Joins a room and gives what one says with and what one hears with.
///
/// # Errors
/// When the server is not there or does not let in.
pub(super) fn enter(
    wire: Wire,
    to: SocketAddr,
    room: &str,
    name: &str,
) -> io::Result<(Mouth, Ear)> {
    if wire == Wire::LongPoll {
        let mouth = Mouth { stream: connect(to)?, post: Some(format!("room={room}&name={name}")) };
        let poll =
            Poll { to, room: format!("room={room}&name={name}"), since: 0, close: false, wait: "" };
        let ear = Ear { stream: connect(to)?, poll: Some(poll) };
        return Ok((mouth, ear));
    }
    let stream = join(to, &format!("/chat?room={room}&name={name}&since=0"))?;
    let mouth = Mouth { stream: stream.try_clone()?, post: None };
    Ok((mouth, Ear { stream, poll: None }))
}

/// What one says with.
pub(super) struct Mouth {
    stream: TcpStream,
    /// Over HTTP: who says it where.
    post: Option<String>,
}

impl Mouth {
    /// Says a text, which must need no escaping. Over HTTP it waits for the answer.
    ///
    /// # Errors
    /// When the connection is gone or the server refuses.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.say_with(text, "")
    }

    /// Says a text on a connection of its own, as clients without keep-alive do.
    ///
    /// # Errors
    /// As [`Mouth::say`].
    pub(super) fn say_and_close(&mut self, text: &str, to: SocketAddr) -> io::Result<()> {
        self.stream = connect(to)?;
        self.say_with(text, "Connection: close\r\n")
    }

    fn say_with(&mut self, text: &str, header: &str) -> io::Result<()> {
        let body = say(text);
        let Some(whose) = &self.post else {
            return self.stream.write_all(&frame(0x81, body.as_bytes()));
        };
        let request = format!(
            "POST /say?{whose} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes())?;
        match read_answer(&mut self.stream)?.status {
            200..300 => Ok(()),
            status => Err(io::Error::other(format!("the server answers {status}"))),
        }
    }
}

/// What one hears with.
pub(super) struct Ear {
    stream: TcpStream,
    poll: Option<Poll>,
}

/// Over HTTP: whom one asks, and from where on.
struct Poll {
    to: SocketAddr,
    room: String,
    since: u64,
    close: bool,
    /// How long the server may hold it, as it stands in the question.
    wait: &'static str,
}

impl Ear {
    /// Waits for so long and no longer; never by default.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn patience(&self, time: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(time))
    }

    /// From now on each poll has a connection of its own.
    pub(super) fn close_every_time(&mut self) {
        if let Some(poll) = &mut self.poll {
            poll.close = true;
        }
    }

    /// From now on polls are answered at once, with nothing where there is nothing.
    pub(super) fn answer_at_once(&mut self) {
        if let Some(poll) = &mut self.poll {
            poll.wait = "&wait=0";
        }
    }

    /// The texts that come next; over WebSocket one, which may be the member's own.
    ///
    /// # Errors
    /// When the connection is gone or patience ends.
    pub(super) fn hear(&mut self) -> io::Result<Vec<String>> {
        let Some(poll) = &mut self.poll else {
            return push(&mut self.stream);
        };
        let (header, fresh) =
            if poll.close { ("Connection: close\r\n", true) } else { ("", false) };
        if fresh {
            let patience = self.stream.read_timeout()?;
            self.stream = connect(poll.to)?;
            self.stream.set_read_timeout(patience)?;
        }
        let request = format!(
            "GET /poll?{}&since={}{} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n",
            poll.room, poll.since, poll.wait
        );
        let answer: Value = serde_json::from_slice(&ask(&mut self.stream, &request)?.body)?;
        poll.since = answer["next"].as_u64().unwrap_or(poll.since);
        let messages = answer["messages"].as_array().cloned().unwrap_or_default();
        Ok(messages.iter().map(text).collect())
    }

    /// Asks again on a new connection, as a poll does by its nature. A WebSocket has nothing to ask
    /// with: what it was told is lost with the connection.
    ///
    /// # Errors
    /// When it is a WebSocket, or the server is not there.
    pub(super) fn again(&mut self) -> io::Result<()> {
        let poll = self.poll.as_ref().ok_or(ErrorKind::NotConnected)?;
        let patience = self.stream.read_timeout()?;
        self.stream = connect(poll.to)?;
        self.stream.set_read_timeout(patience)
    }
}

/// The text of the next message; pings on the way are answered.
fn push(stream: &mut TcpStream) -> io::Result<Vec<String>> {
    loop {
        let message: Value = serde_json::from_slice(&read_message(stream)?)?;
        if message["type"] == "message" {
            return Ok(vec![text(&message)]);
        }
    }
}

fn text(message: &Value) -> String {
    message["text"].as_str().unwrap_or_default().to_owned()
}
