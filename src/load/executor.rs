//! The one loop of the generator, for every wire: wait until something is due or ready, send what
//! is due, read what is ready.
//!
//! In an open loop sends happen at the plan's times whether or not the server keeps up, and a burst
//! of deliveries is interrupted for a send that has come due. In a closed one a send also waits for
//! its speaker's turn ([`super::turns`]). Every wait is bounded.

mod books;
mod comeback;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Poll, Token};

use super::books::Standing;
use super::client::{Client, Gone, Ready, World, line_of};
use super::pace::{Lead, Schedule};
use super::{LoadError, Observer, Phase, Progress};
use crate::machine::Interrupt;
use crate::machine::alarm::Alarm;
use crate::units::{MICROSECOND, MILLISECOND, SECOND};

/// Handshakes under way at the same time.
const HANDSHAKES: u32 = 64;
/// How long one handshake may take.
const HANDSHAKE_TIME: u64 = 10 * SECOND;
/// How long a server that is late but still delivering is waited for at most.
pub(super) const LONGEST_DRAIN: u64 = 60 * SECOND;
/// The longest sleep, so that an interrupt is heard.
const NAP: Duration = Duration::from_millis(100);
/// How often progress is told, and how far the next send must be for it.
const TELL_EVERY: u64 = 100 * MILLISECOND;
const TELL_ROOM: u64 = 200 * MICROSECOND;
const ALARM: Token = Token(usize::MAX - 1);

/// Runs the members of one wire.
pub(super) struct Executor<'a, C> {
    pub(super) world: World,
    /// How many members were lost on the way, and why the first of them was.
    pub(super) gone: u32,
    pub(super) why_gone: Option<String>,
    clients: Vec<Option<C>>,
    /// What the members that are gone had counted.
    retired: Standing,
    schedule: Schedule<'a>,
    poll: Poll,
    /// Taken out while its events are handled.
    events: Option<Events>,
    alarm: Alarm,
    /// What the alarm is set to.
    alarm_at: u64,
    lead: Lead,
    observer: &'a mut dyn Observer,
    interrupt: &'a Interrupt,
    stage: Stage,
    /// Why a member could not join.
    refusal: Option<Gone>,
}

/// Which part of the run it is, for whoever watches.
struct Stage {
    phase: Phase,
    began: u64,
    total: u64,
    expected: u64,
    /// Sends and deliveries of earlier phases.
    sent_before: u64,
    delivered_before: u64,
    told: u64,
}

impl<'a, C: Client> Executor<'a, C> {
    pub(super) fn new(
        poll: Poll,
        world: World,
        observer: &'a mut dyn Observer,
        interrupt: &'a Interrupt,
    ) -> io::Result<Self> {
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let stage = Stage {
            phase: Phase::Connecting,
            began: 0,
            total: 0,
            expected: 0,
            sent_before: 0,
            delivered_before: 0,
            told: 0,
        };
        Ok(Executor {
            clients: (0..world.members).map(|member| Some(C::new(member))).collect(),
            world,
            gone: 0,
            why_gone: None,
            retired: Standing::default(),
            schedule: Schedule::empty(),
            poll,
            events: Some(Events::with_capacity(1024)),
            alarm,
            alarm_at: 0,
            lead: Lead::new(),
            observer,
            interrupt,
            stage,
            refusal: None,
        })
    }

    /// Begins a phase; whoever watches may read counters now, because nothing is under way.
    pub(super) fn enter(&mut self, phase: Phase, total: u64, expected: u64) {
        self.observer.phase(phase);
        let now = self.world.clock.now();
        self.stage = Stage {
            phase,
            began: now,
            total,
            expected,
            sent_before: self.world.sent,
            delivered_before: self.world.oracle.distinct(),
            told: now,
        };
    }

    /// Connects all members, a bounded number of them at a time, and rests at every step, when all
    /// that were started have joined. Answers for how long it rested.
    pub(super) fn connect(&mut self) -> Result<u64, LoadError> {
        let members = self.world.members;
        let mut rested = 0;
        for step in steps(members) {
            self.connect_to(step)?;
            let from = self.world.clock.now();
            self.observer.joined(step);
            rested += self.world.clock.now() - from;
        }
        Ok(rested)
    }

    /// Connects until `goal` members have joined.
    fn connect_to(&mut self, goal: u32) -> Result<(), LoadError> {
        let members = self.world.members;
        let mut under_way: VecDeque<u64> = VecDeque::new();
        let mut started = self.world.joined;
        while self.world.joined < goal {
            while started < goal && started - self.world.joined < HANDSHAKES {
                let client = self.clients[started as usize].as_mut();
                client
                    .map_or(Ok(()), |client| client.connect(&mut self.world))
                    .map_err(|gone| LoadError::from_gone(gone, self.world.joined, members))?;
                under_way.push_back(self.world.clock.now() + HANDSHAKE_TIME);
                started += 1;
            }
            self.turn(self.world.clock.now() + TELL_EVERY)?;
            if let Some(gone) = self.refusal.take() {
                return Err(LoadError::from_gone(gone, self.world.joined, members));
            }
            // Handshakes may overtake each other: one that hangs has time until the deadlines of
            // those that were started after it are the only ones left.
            while under_way.len() > (started - self.world.joined) as usize {
                under_way.pop_front();
            }
            if under_way.front().is_some_and(|deadline| self.world.clock.now() > *deadline) {
                let (joined, seconds) = (self.world.joined, HANDSHAKE_TIME / SECOND);
                return Err(LoadError::NoAnswer { joined, members, seconds });
            }
        }
        Ok(())
    }

    /// Sends everything in the schedule at its time, handling deliveries meanwhile.
    pub(super) fn send(&mut self, schedule: Schedule<'a>) -> Result<(), LoadError> {
        self.schedule = schedule;
        while self.schedule.next_at() < u64::MAX && self.gone < self.world.members {
            self.turn(u64::MAX)?;
        }
        Ok(())
    }

    /// Waits until everything sent before index `until` has come that still can, or until nothing
    /// has come for as long as `patience`. A server that is late but at work is waited for.
    pub(super) fn drain(&mut self, until: u32, patience: u64) -> Result<(), LoadError> {
        let began = self.world.clock.now();
        let the_end = began.saturating_add(patience.max(LONGEST_DRAIN));
        let (mut deadline, mut distinct) = (began.saturating_add(patience), 0);
        self.world.is_reach_stale = true;
        let mut reach = 0;
        loop {
            if std::mem::take(&mut self.world.is_reach_stale) {
                let is_alive = |member: u32| self.clients[member as usize].is_some();
                reach = self.world.oracle.reachable(until, is_alive);
            }
            if self.world.oracle.distinct() > distinct {
                distinct = self.world.oracle.distinct();
                deadline = self.world.latest.saturating_add(patience).min(the_end);
            }
            if distinct >= reach || self.world.clock.now() >= deadline {
                self.world.end_turns();
                return Ok(());
            }
            self.turn(deadline)?;
        }
    }

    /// Says goodbye to the server and gives it a moment to answer.
    pub(super) fn leave(&mut self, patience: u64) -> Result<(), LoadError> {
        self.stage.phase = Phase::Leaving;
        for slot in &mut self.clients {
            if slot.as_mut().is_some_and(|client| !client.leave()) {
                *slot = None;
                self.gone += 1;
            }
        }
        let deadline = self.world.clock.now() + patience;
        while self.gone < self.world.members && self.world.clock.now() < deadline {
            self.turn(deadline)?;
        }
        Ok(())
    }

    /// One turn of the loop: sleeps until something is due or ready, at most until `wake_at`.
    fn turn(&mut self, wake_at: u64) -> Result<(), LoadError> {
        if self.interrupt.is_raised() {
            return Err(LoadError::Interrupted);
        }
        self.send_due(self.world.clock.now());
        self.come_back();
        self.tell();
        let Some(mut events) = self.events.take() else { return Ok(()) };
        let timeout = self.sleep_time(wake_at)?;
        let polled = self.poll.poll(&mut events, Some(timeout));
        let is_alone = events.iter().nth(1).is_none();
        for event in &events {
            if event.token() == ALARM {
                if is_alone {
                    self.lead.woke_late(self.world.clock.now().saturating_sub(self.alarm_at));
                }
                continue;
            }
            self.send_due(self.world.latest);
            self.handle(event.token(), readiness(event));
        }
        self.events = Some(events);
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for token in std::mem::take(&mut self.world.again) {
            self.send_due(self.world.latest);
            self.handle(token, Ready { readable: true, writable: false, closing: true });
        }
        Ok(())
    }

    fn sleep_time(&mut self, wake_at: u64) -> io::Result<Duration> {
        if !self.world.again.is_empty() {
            return Ok(Duration::ZERO);
        }
        let lead = self.lead.before(&self.schedule);
        let wake_at = wake_at.min(self.schedule.next_at().saturating_sub(lead));
        let wake_at = wake_at.min(self.next_comeback());
        self.alarm_at = wake_at;
        let now = self.world.clock.now();
        match wake_at.saturating_sub(now) {
            0 => Ok(Duration::ZERO),
            wait => self.alarm.set(Duration::from_nanos(wait), NAP),
        }
    }

    /// Sends whatever is due at `now`, oldest first, after what was due before and had to wait.
    fn send_due(&mut self, now: u64) {
        while let Some((member, message)) = self.world.next_turn() {
            self.say(member, message);
        }
        while let Some(due) = self.schedule.take(now) {
            self.world.recorder.due(due.message, due.intended);
            if self.world.may_send(due) {
                self.say(due.member, due.message);
            }
        }
    }

    fn say(&mut self, member: u32, message: u32) {
        match self.clients[member as usize].as_mut() {
            Some(client) => {
                self.world.hand_over(message);
                if let Err(gone) = client.say(message, &mut self.world) {
                    self.lose(member as usize, gone);
                }
            }
            None => {
                self.world.unsent(message);
                self.world.stop_waiting(member);
            }
        }
    }

    fn handle(&mut self, token: Token, ready: Ready) {
        let (member, line) = line_of(token);
        let Some(client) = self.clients.get_mut(member).and_then(Option::as_mut) else { return };
        if let Err(gone) = client.ready(line, ready, &mut self.world) {
            self.lose(member, gone);
        }
    }

    /// A member is gone, perhaps for good. Dropping it closes its connections.
    fn lose(&mut self, member: usize, gone: Gone) {
        if self.will_come_back(member, &gone) {
            return;
        }
        self.retired +=
            self.clients[member].take().map_or_else(Standing::default, |c| c.standing());
        self.gone += 1;
        self.world.is_reach_stale = true;
        let held = self.world.turns.as_mut().map(|turns| turns.lose(member as u32));
        held.into_iter().flatten().for_each(|message| self.world.unsent(message));
        if self.stage.phase == Phase::Connecting {
            self.refusal.get_or_insert(gone);
        } else if self.stage.phase != Phase::Leaving {
            self.why_gone.get_or_insert_with(|| format!("member {member}: {gone}"));
        }
    }

    /// Tells how far the run is, ten times a second, when no send is near.
    fn tell(&mut self) {
        let now = self.world.clock.now();
        let since = now.saturating_sub(self.stage.told);
        let is_near = self.schedule.next_at() < now + TELL_ROOM;
        if since < TELL_EVERY || (is_near && since < 3 * TELL_EVERY) {
            return;
        }
        let (count, recent_p99) = self.world.recorder.take_recent();
        let stage = &mut self.stage;
        stage.told = now;
        let progress = Progress {
            phase: stage.phase,
            elapsed: Duration::from_nanos(now - stage.began),
            total: Duration::from_nanos(stage.total),
            joined: self.world.joined,
            members: self.world.members,
            sent: self.world.sent - stage.sent_before,
            delivered: self.world.oracle.distinct() - stage.delivered_before,
            expected: stage.expected,
            recent_p99,
            recent_rate: count as f64 * SECOND as f64 / since as f64,
        };
        self.observer.progress(&progress);
    }
}

/// The numbers of joined members at which connecting rests: none, each quarter, all. Of few members
/// some quarters are the same.
fn steps(members: u32) -> Vec<u32> {
    let quarter = |part: u64| (u64::from(members) * part / 4) as u32;
    let mut steps: Vec<u32> = (0..=4).map(quarter).collect();
    steps.dedup();
    steps
}

fn readiness(event: &Event) -> Ready {
    let closing = event.is_read_closed() || event.is_error();
    Ready { readable: event.is_readable() || closing, writable: event.is_writable(), closing }
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn connecting_rests_at_the_quarters() {
        assert_eq!(steps(10_000), [0, 2500, 5000, 7500, 10_000]);
        assert_eq!(steps(3), [0, 1, 2, 3]);
        assert_eq!(steps(1), [0, 1]);
        assert_eq!(steps(u32::MAX).last(), Some(&u32::MAX));
    }
}
