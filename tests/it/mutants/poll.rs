//! The long-polling wire of the mutants: a log per room, a condition everybody waits for.

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::{Condvar, Mutex};

use super::habit::{Habit, Message, Mouth};
use super::hall::{Request, answer, message};
use crate::support::PATIENCE;

/// Everybody and everything.
pub(super) struct Hall {
    habit: Habit,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    rooms: HashMap<String, Vec<Message>>,
    mouths: HashMap<String, Mouth>,
    /// Deliveries to anybody.
    deliveries: u64,
}

impl Hall {
    pub(super) fn new(habit: Habit) -> Self {
        Hall { habit, state: Mutex::default(), moved: Condvar::new() }
    }

    fn say(&self, room: &str, name: &str, body: &[u8]) -> Option<String> {
        let mut state = self.state.lock().ok()?;
        let log = state.rooms.entry(room.to_owned()).or_default();
        let seq = log.len() as u64 + 1;
        log.push(message(body, name, seq)?);
        self.moved.notify_all();
        Some(format!(r#"{{"seq":{seq}}}"#))
    }

    fn poll(&self, room: &str, name: &str, since: Option<u64>) -> Option<String> {
        let head = |state: &State| state.rooms.get(room).map_or(0, Vec::len) as u64;
        let mut state = self.state.lock().ok()?;
        // Who does not say what it has is told at once where to begin.
        if let Some(since) = since {
            let is_waiting = |state: &mut State| head(state) <= since;
            (state, _) = self.moved.wait_timeout_while(state, PATIENCE, is_waiting).ok()?;
        }
        let next = head(&state);
        let State { rooms, mouths, deliveries } = &mut *state;
        let log = rooms.get(room).map_or(&[][..], |log| &log[since.unwrap_or(next) as usize..]);
        let mouth = mouths.entry(name.to_owned()).or_insert_with(|| Mouth::new(self.habit, name));
        let mut said = Vec::new();
        for message in log {
            *deliveries += 1;
            said.extend(mouth.say(message.clone(), *deliveries).iter().map(Message::json));
        }
        let said = said.join(",");
        Some(format!(r#"{{"epoch":"e1","next":{next},"missed":0,"messages":[{said}]}}"#))
    }
}

/// Answers requests until the client has gone.
pub(super) fn talk(mut stream: TcpStream, hall: &Hall) -> Option<()> {
    let mut unread = Vec::new();
    loop {
        let request = Request::read(&mut stream, &mut unread)?;
        let (room, name) = (request.query("room")?, request.query("name")?);
        let body = match (request.method.as_str(), request.path()) {
            ("POST", "/say") => hall.say(&room, &name, &request.body)?,
            ("GET", "/poll") => {
                let since = request.query("since").and_then(|since| since.parse().ok());
                hall.poll(&room, &name, since)?
            }
            _ => return None,
        };
        answer(&mut stream, &body)?;
    }
}
