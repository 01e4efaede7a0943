//! The long-polling wire: one connection on which a request is always held, and a second one for
//! saying things, opened when a member first speaks.

use std::collections::VecDeque;

use super::books::Standing;
use super::client::{Client, Gone, Line, Ready, World, token};
use super::http::{self, Answer};
use super::resume::Resume;
use super::socket::{Pause, Socket};
use crate::message::{Message as _, Receipt};
use crate::sample::Parts;

/// A member of a long-polling run.
#[derive(Debug)]
pub(super) struct PollClient {
    member: u32,
    main: Option<Connection>,
    say: Option<Connection>,
    /// Where the member is in its room; `None` before the first answer.
    place: Option<Place>,
    /// Whether it has come back and asks where the head is, before it goes on from its place.
    is_looking: bool,
    /// Messages that wait until the one before has been answered.
    waiting: VecDeque<u32>,
    /// The message that the server has not acknowledged yet.
    unanswered: Option<u32>,
    /// What it needs to come back, where members do.
    resume: Option<Box<Resume>>,
    /// What connections that are no longer open had counted.
    retired: Standing,
}

/// A cursor, as the client keeps it.
#[derive(Debug)]
struct Place {
    since: u64,
    epoch: String,
    /// The epoch as it stands in a URL.
    encoded: String,
}

/// A keep-alive connection.
#[derive(Debug)]
struct Connection {
    socket: Socket,
    /// How many answers it has brought: a server may close an idle connection that has been used,
    /// and then a client tries once more on a fresh one.
    answers: u32,
    /// Whether a request is under way on it.
    is_busy: bool,
}

impl Client for PollClient {
    fn new(member: u32) -> Self {
        PollClient {
            member,
            main: None,
            say: None,
            place: None,
            is_looking: false,
            waiting: VecDeque::new(),
            unanswered: None,
            resume: None,
            retired: Standing::default(),
        }
    }

    fn connect(&mut self, world: &mut World) -> Result<(), Gone> {
        if world.backoff.is_some() {
            self.resume.get_or_insert_default();
        }
        self.open(Line::Main, world)
    }

    fn cut(&mut self) {
        self.close(Line::Main);
        self.close(Line::Say);
        // What of it has arrived will be seen in the log.
        self.waiting.clear();
        self.unanswered = None;
        self.is_looking = self.place.is_some();
        if let Some(resume) = &mut self.resume {
            resume.cut();
        }
    }

    fn ready(&mut self, line: Line, ready: Ready, world: &mut World) -> Result<(), Gone> {
        let Some(connection) = self.line(line).as_mut() else { return Ok(()) };
        if ready.writable {
            let is_new = connection.socket.connect_done()?;
            connection.socket.flush()?;
            if is_new {
                self.ask(line, world)?;
            }
        }
        if ready.readable { self.read(line, ready, world) } else { Ok(()) }
    }

    fn say(&mut self, message: u32, world: &mut World) -> Result<(), Gone> {
        if self.resume.as_mut().is_some_and(|resume| !resume.say(message)) {
            return Ok(());
        }
        self.waiting.push_back(message);
        self.say_next(world)
    }

    fn leave(&mut self) -> bool {
        false
    }

    fn is_at_rest(&self) -> bool {
        let has_said_all = self.unanswered.is_none() && self.waiting.is_empty();
        // Until a poll is held, something is under way.
        let is_listening = self.main.as_ref().is_none_or(|main| main.is_busy);
        let open = [&self.main, &self.say].into_iter().flatten();
        has_said_all && is_listening && open.into_iter().all(|open| open.socket.is_at_rest())
    }

    fn standing(&self) -> Standing {
        let open = [&self.main, &self.say].into_iter().flatten();
        open.fold(self.retired, |sum, connection| sum + connection.socket.standing())
    }
}

impl PollClient {
    /// Sends what waits, as soon as the wire allows.
    fn say_next(&mut self, world: &mut World) -> Result<(), Gone> {
        if self.say.is_none() {
            return self.open(Line::Say, world);
        }
        self.ask(Line::Say, world)
    }

    /// Says again what was lost, once that is known.
    fn catch_up(&mut self, world: &mut World) -> Result<(), Gone> {
        let lost = self.resume.as_mut().and_then(|resume| resume.take_lost()).unwrap_or_default();
        if lost.is_empty() {
            return Ok(());
        }
        self.waiting.extend(lost);
        self.say_next(world)
    }

    fn line(&mut self, line: Line) -> &mut Option<Connection> {
        match line {
            Line::Main => &mut self.main,
            Line::Say => &mut self.say,
        }
    }

    fn open(&mut self, line: Line, world: &World) -> Result<(), Gone> {
        self.close(line);
        let socket = Socket::open(
            (world.addr, world.trust.as_ref()),
            &world.registry,
            token(self.member, line),
        )?;
        *self.line(line) = Some(Connection { socket, answers: 0, is_busy: false });
        Ok(())
    }

    fn close(&mut self, line: Line) {
        if let Some(old) = self.line(line).take() {
            self.retired += old.socket.standing();
        }
    }

    /// Sends the request that a line should have under way, if it can.
    fn ask(&mut self, line: Line, world: &mut World) -> Result<(), Gone> {
        let mut request = std::mem::take(&mut world.outbox);
        request.clear();
        let mut parts = Parts::default();
        match line {
            Line::Main => match &self.place {
                Some(_) if self.is_looking => {
                    world.words.first_poll(self.member, &mut request);
                    parts.http = request.len() as u64;
                }
                None => {
                    world.words.first_poll(self.member, &mut request);
                    parts.handshake = request.len() as u64;
                }
                Some(place) => {
                    let Place { since, encoded, .. } = place;
                    world.words.held_poll(self.member, *since, encoded, &mut request);
                    parts.http = request.len() as u64;
                }
            },
            Line::Say if self.is_free_to_say() => {
                // A message that a closing connection swallowed comes before those that wait.
                self.unanswered = self.unanswered.or_else(|| self.waiting.pop_front());
                if let Some(message) = self.unanswered {
                    parts = world.words.say_request(self.member, message, &mut request);
                    world.sending(message);
                }
            }
            Line::Say => {}
        }
        let outcome = match self.line(line) {
            Some(connection) if !request.is_empty() => {
                connection.is_busy = true;
                connection.socket.send(&request, parts)
            }
            _ => Ok(()),
        };
        world.outbox = request;
        Ok(outcome?)
    }

    /// Whether the second connection is up and has no request under way.
    fn is_free_to_say(&self) -> bool {
        self.say.as_ref().is_some_and(|say| say.socket.is_connected() && !say.is_busy)
    }

    fn read(&mut self, line: Line, ready: Ready, world: &mut World) -> Result<(), Gone> {
        // The connection is taken out while its bytes are looked at, and put back: even if it is
        // of no more use, what has crossed it counts.
        let Some(mut connection) = self.line(line).take() else { return Ok(()) };
        let outcome = self.hear(&mut connection, line, ready, world);
        if let Ok((_, Some(_))) = outcome {
            connection.answers += 1;
            connection.is_busy = false;
        }
        let (answers, is_amid) = (connection.answers, connection.is_busy);
        *self.line(line) = Some(connection);
        let (pause, last) = outcome?;
        if pause == Pause::More {
            world.again.push(token(self.member, line));
        }
        if pause == Pause::Closed || last == Some(false) {
            return self.reopen(line, answers, is_amid, world);
        }
        match last {
            Some(_) => self.ask(line, world),
            None => Ok(()),
        }
    }

    /// Reads answers. Beside how the round of reading ended stands, if there was an answer, whether
    /// the connection stays open behind the last one.
    fn hear(
        &mut self,
        connection: &mut Connection,
        line: Line,
        ready: Ready,
        world: &mut World,
    ) -> Result<(Pause, Option<bool>), Gone> {
        let Connection { socket, .. } = connection;
        let mut inbox = std::mem::take(&mut world.inbox);
        let mut last = None;
        let clock = world.clock;
        let pause = socket.receive(ready, clock, &mut inbox, |bytes, received, down| {
            world.latest = received;
            let Some(answer) = http::read(bytes, false).map_err(Gone::Protocol)? else {
                return Ok(0);
            };
            last = Some(answer.keep_alive);
            *down = *down + self.parts_of(line, &answer);
            self.answered(line, &answer, received, world)?;
            Ok(answer.length)
        });
        world.inbox = inbox;
        let pause = pause?;
        if pause == Pause::Closed && socket.is_amid_message() {
            let rest = http::read(socket.partial(), true).map_err(Gone::Protocol)?;
            let answer = rest.ok_or_else(|| Gone::Closed(" in the middle of an answer".into()))?;
            let parts = self.parts_of(line, &answer);
            self.answered(line, &answer, clock.now(), world)?;
            socket.rest_was(parts);
            last = Some(false);
        }
        Ok((pause, last))
    }

    /// What the bytes of an answer are. The first one joins, so all of it is handshake.
    fn parts_of(&self, line: Line, answer: &Answer<'_>) -> Parts {
        let (length, envelope) = (answer.length as u64, answer.body.len() as u64);
        match line {
            Line::Main if self.place.is_none() => Parts { handshake: length, ..Parts::default() },
            _ => Parts { envelope, http: length - envelope, ..Parts::default() },
        }
    }

    /// A connection has ended in a way that keep-alive allows, or not at all.
    fn reopen(
        &mut self,
        line: Line,
        answers: u32,
        is_amid: bool,
        world: &mut World,
    ) -> Result<(), Gone> {
        self.close(line);
        // Whether a say without an answer has arrived is not known: who comes back finds out.
        if answers == 0 || (is_amid && self.resume.is_some()) {
            return Err(Gone::Closed(" without an answer".to_owned()));
        }
        let is_needed = line == Line::Main || self.unanswered.is_some() || !self.waiting.is_empty();
        if is_needed { self.open(line, world) } else { Ok(()) }
    }

    fn answered(
        &mut self,
        line: Line,
        answer: &Answer<'_>,
        received: u64,
        world: &mut World,
    ) -> Result<(), Gone> {
        match line {
            Line::Main if answer.status != 200 => Err(Gone::refused(answer.status, &answer.body)),
            Line::Main => self.polled(&answer.body, received, world),
            Line::Say => {
                let Some(message) = self.unanswered.take() else {
                    return Err(Gone::Protocol("an answer to no request".to_owned()));
                };
                if answer.status != 200 || Receipt::decode(&answer.body).is_err() {
                    world.complain(
                        self.member,
                        &Gone::refused(answer.status, &answer.body).to_string(),
                    );
                    if let Some(resume) = &mut self.resume {
                        resume.refused(message);
                    }
                    world.oracle.unsent(message);
                    world.is_reach_stale = true;
                }
                Ok(())
            }
        }
    }

    /// A poll has been answered: the first tells where the room is, the others bring messages.
    fn polled(&mut self, body: &[u8], received: u64, world: &mut World) -> Result<(), Gone> {
        let mut said = std::mem::take(&mut world.said);
        let read = world.decoder.poll_answer(body, &mut said);
        let head = read.map_err(|error| Gone::Protocol(error.to_string()))?;
        if std::mem::take(&mut self.is_looking) {
            world.said = said;
            if let Some(resume) = &mut self.resume {
                resume.back(head.next, &head.epoch);
            }
            world.rejoin(self.member);
            return self.catch_up(world);
        }
        let next = head.next;
        match &mut self.place {
            None => {
                world.join(self.member, head.next);
                if let Some(resume) = &mut self.resume {
                    resume.back(head.next, &head.epoch);
                }
            }
            Some(_) => {
                if head.missed > 0 {
                    let next = said.first().map_or(head.next + 1, |said| said.seq);
                    world.lagged(self.member, head.missed, next);
                }
                if head.reset {
                    world.reset(self.member);
                }
                for &said in &said {
                    if let Some(resume) = &mut self.resume {
                        resume.heard(said);
                    }
                    world.delivered(self.member, said, received);
                }
            }
        }
        world.said = said;
        match &mut self.place {
            Some(place) if place.epoch == head.epoch => place.since = head.next,
            place => {
                let encoded = form_urlencoded::byte_serialize(head.epoch.as_bytes()).collect();
                let epoch = head.epoch.into_owned();
                *place = Some(Place { since: head.next, epoch, encoded });
            }
        }
        if let Some(resume) = &mut self.resume {
            resume.since = next;
        }
        self.catch_up(world)
    }
}

#[cfg(test)]
mod tests;
