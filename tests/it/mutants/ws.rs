//! The WebSocket wire of the mutants: whoever reads a message writes it to everybody in the room.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::habit::{Habit, LATE, Message, Mouth};
use super::hall::{message, query};

/// Everybody and everything.
pub(super) struct Hall {
    habit: Habit,
    state: Mutex<State>,
    courier: Mutex<Sender<Parcel>>,
}

#[derive(Default)]
struct State {
    seats: Vec<Seat>,
    /// How many messages each room has had.
    heads: HashMap<String, u64>,
    /// Deliveries to anybody.
    deliveries: u64,
}

struct Seat {
    room: String,
    mouth: Mouth,
    stream: TcpStream,
}

/// Bytes that are written later.
struct Parcel {
    due: Instant,
    to: TcpStream,
    bytes: Vec<u8>,
}

impl Hall {
    pub(super) fn new(habit: Habit) -> Self {
        let (courier, parcels) = channel();
        thread::Builder::new().spawn(move || carry(&parcels)).expect("a thread can be had");
        Hall { habit, state: Mutex::default(), courier: Mutex::new(courier) }
    }

    fn join(&self, room: &str, name: &str, stream: TcpStream) -> Option<()> {
        let mut state = self.state.lock().ok()?;
        let head = state.heads.get(room).copied().unwrap_or(0);
        let hello = format!(
            r#"{{"type":"hello","backend":"async","room":"{room}","name":"{name}","epoch":"e1","head":{head}}}"#
        );
        (&stream).write_all(&frame(&hello)).ok()?;
        let mouth = Mouth::new(self.habit, name);
        state.seats.push(Seat { room: room.to_owned(), mouth, stream });
        Some(())
    }

    fn say(&self, room: &str, name: &str, said: &[u8]) -> Option<()> {
        let mut state = self.state.lock().ok()?;
        let State { seats, heads, deliveries } = &mut *state;
        let head = heads.entry(room.to_owned()).or_default();
        *head += 1;
        let message = message(said, name, *head)?;
        for seat in seats {
            if seat.room == room {
                *deliveries += 1;
                let said = seat.mouth.say(message.clone(), *deliveries);
                said.iter().for_each(|message| self.send(&seat.stream, message));
            } else if room == "r0" && seat.mouth.overhears(&message) {
                self.send(&seat.stream, &message);
            }
        }
        Some(())
    }

    fn send(&self, stream: &TcpStream, message: &Message) {
        let bytes = frame(&message.json());
        if self.habit == Habit::AnswersLate {
            let to = stream.try_clone().expect("a handle can be doubled");
            let parcel = Parcel { due: Instant::now() + LATE, to, bytes };
            // The courier goes when the hall does, and then nobody waits for anything.
            let _ = self.courier.lock().expect("nobody panics here").send(parcel);
        } else {
            // Who has gone hears nothing; the others do.
            let _ = (&*stream).write_all(&bytes);
        }
    }
}

/// Writes parcels when they are due, in the order in which they came.
fn carry(parcels: &Receiver<Parcel>) {
    for Parcel { due, mut to, bytes } in parcels {
        while let Some(rest) = due.checked_duration_since(Instant::now()).filter(|d| !d.is_zero()) {
            thread::park_timeout(rest);
        }
        let _ = to.write_all(&bytes);
    }
}

fn frame(text: &str) -> Vec<u8> {
    let frame = Frame::message(text.to_owned(), OpCode::Data(Data::Text), true);
    let mut bytes = Vec::new();
    frame.format(&mut bytes).expect("writing to memory cannot fail");
    bytes
}

/// Welcomes a member and hears it until it goes.
pub(super) fn talk(stream: TcpStream, hall: &Hall) -> Option<()> {
    let mut target = String::new();
    #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
    let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        target = request.uri().to_string();
        Ok(response)
    };
    let mut ws = tungstenite::accept_hdr(stream.try_clone().ok()?, note).ok()?;
    let (room, name) = (query(&target, "room")?, query(&target, "name")?);
    hall.join(&room, &name, stream)?;
    loop {
        if let tungstenite::Message::Text(said) = ws.read().ok()? {
            hall.say(&room, &name, said.as_bytes())?;
        }
    }
}
