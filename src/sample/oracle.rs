//! The delivery oracle: every receiver is checked, every message, by every rule of R1 and R4.
//!
//! Each member must get each message of its room exactly once, in room order, unchanged, and
//! nothing else. Three facts decide it: a bit per member and message (was it here before?), the
//! `seq` a message got first (does everybody see the same order?) and the `seq` a member expects
//! next. A good delivery costs a few nanoseconds and allocates nothing; only a suspicious one is
//! looked at closely. Losses are counted from the bits at the end, so a server that renumbers
//! what it kept cannot hide one.

use super::{Findings, MessageIds};
use crate::scenario::Scenario;

/// How many findings are told in words.
const EXAMPLES: usize = 5;

/// One message as one member received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The receiver.
    pub member: u32,
    /// Index of the message: see [`MessageIds`].
    pub message: u32,
    /// The number the server gave it in its room.
    pub seq: u64,
    /// Whether text and sender are what was sent.
    pub intact: bool,
}

/// Judges deliveries while they come in.
#[derive(Debug)]
pub struct Oracle {
    ids: MessageIds,
    /// Whether the server numbers its messages; the floor does not.
    numbered: bool,
    messages: Vec<Known>,
    seats: Vec<Seat>,
    /// One bit per member and message of its room.
    seen: Vec<u64>,
    rooms: Vec<Room>,
    findings: Findings,
    distinct: u64,
}

/// What is known of a message.
#[derive(Debug, Clone, Copy)]
struct Known {
    room: u32,
    /// Which message of its room it is, counted by the plan.
    place: u32,
    /// The `seq` its first receiver saw; 0 as long as nobody has.
    seq: u64,
}

/// What is known of a member.
#[derive(Debug, Clone, Copy)]
struct Seat {
    room: u32,
    received: u32,
    /// Where the member's bits begin, in words.
    bits: usize,
    /// The `seq` that must come next.
    next: u64,
    /// The highest `seq`, by everybody's count, that this member has.
    newest: u64,
    /// Numbers that were skipped so far and not filled since.
    skipped: u64,
    /// Messages that the server said are gone for this member.
    missed: u64,
    /// Deliveries under another number than elsewhere.
    renumbered: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Room {
    members: u32,
    messages: u32,
    /// Messages that could not be sent, so that nobody waits for them.
    unsent: u32,
    /// Findings so far: they explain numbers that do not fit.
    found: u64,
}

impl Oracle {
    /// An oracle for the members of `scenario`; `speakers` names who says each message, in the
    /// order of [`MessageIds`]. With `numbered` false the `seq` of deliveries is not looked at.
    #[must_use]
    pub fn new(
        scenario: &Scenario,
        ids: MessageIds,
        speakers: impl Iterator<Item = u32>,
        numbered: bool,
    ) -> Self {
        let mut rooms: Vec<Room> = (0..scenario.rooms)
            .map(|room| Room { members: scenario.members_in(room), ..Room::default() })
            .collect();
        let messages = speakers
            .map(|speaker| {
                let room = scenario.room_of(speaker);
                let count = &mut rooms[room as usize].messages;
                let place = *count;
                *count += 1;
                Known { room, place, seq: 0 }
            })
            .collect();
        let mut words = 0;
        let seats = (0..scenario.members)
            .map(|member| {
                let room = scenario.room_of(member);
                let bits = words;
                words += rooms[room as usize].messages.div_ceil(u64::BITS) as usize;
                Seat::new(room, bits)
            })
            .collect();
        let seen = vec![0; words];
        let findings = Findings::default();
        Oracle { ids, numbered, messages, seats, seen, rooms, findings, distinct: 0 }
    }

    /// A member has joined, and its room's newest message has this number.
    pub fn joined(&mut self, member: u32, head: u64) {
        let seat = &mut self.seats[member as usize];
        seat.next = head + 1;
        seat.newest = head;
    }

    /// Judges one delivery. True when it is the first of its kind and unchanged, so that its
    /// latency counts.
    pub fn deliver(&mut self, delivery: Delivery) -> bool {
        let Delivery { member, message, seq, intact } = delivery;
        let known = &mut self.messages[message as usize];
        let seat = &mut self.seats[member as usize];
        let in_order = seq == seat.next && (known.seq == seq || known.seq == 0);
        if known.room == seat.room && intact && (in_order || !self.numbered) {
            let word = &mut self.seen[seat.bits + (known.place / u64::BITS) as usize];
            let bit = 1 << (known.place % u64::BITS);
            if *word & bit == 0 {
                *word |= bit;
                known.seq = seq;
                seat.next = seq + 1;
                seat.newest = seq;
                seat.received += 1;
                self.distinct += 1;
                return true;
            }
        }
        self.examine(delivery)
    }

    /// A delivery that is none of the plan's messages, or one that was never sent.
    pub fn stray(&mut self, member: u32, seq: u64, what: &str) {
        // Its number may be of another row of numbers, so it says nothing about this one.
        let room = self.seats[member as usize].room;
        self.rooms[room as usize].found += 1;
        self.findings.corrupted += 1;
        self.tell(|_| format!("member {member} of room {room} received {what} as seq {seq}"));
    }

    /// The server told a member that messages are gone for it, and which number comes next. They
    /// are counted as lost at the end, like every other message that never came.
    pub fn lagged(&mut self, member: u32, missed: u64, next: u64) {
        let seat = &mut self.seats[member as usize];
        seat.skipped += next.saturating_sub(seat.next);
        seat.next = seat.next.max(next);
        seat.missed += missed;
        self.tell(|_| format!("the server told member {member} that it missed {missed} messages"));
    }

    /// A planned message that could not be sent, because its speaker is gone.
    pub fn unsent(&mut self, message: u32) {
        let room = self.messages[message as usize].room;
        self.rooms[room as usize].unsent += 1;
    }

    /// How many members must receive a message.
    #[must_use]
    pub fn receivers(&self, message: u32) -> u32 {
        self.rooms[self.messages[message as usize].room as usize].members
    }

    /// Counts a delivery without judging it: what is left when checking is switched off.
    pub fn count(&mut self) {
        self.distinct += 1;
    }

    /// Deliveries so far, each counted once.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.distinct
    }

    /// Deliveries that the messages before index `until` ask for.
    #[must_use]
    pub fn expected(&self, from: u32, until: u32, scenario: &Scenario) -> u64 {
        self.messages[from as usize..until as usize]
            .iter()
            .map(|known| u64::from(scenario.members_in(known.room)))
            .sum()
    }

    /// What [`Oracle::distinct`] will be when everything sent before index `until` has come that
    /// still can: what was lost to a notice, a dead speaker or a dead receiver is not waited for.
    #[must_use]
    pub fn reachable(&self, until: u32, is_alive: impl Fn(u32) -> bool) -> u64 {
        let mut asked = vec![0_u64; self.rooms.len()];
        for known in &self.messages[..until as usize] {
            asked[known.room as usize] += 1;
        }
        let reach = |(member, seat): (u32, &Seat)| {
            let received = u64::from(seat.received);
            if !is_alive(member) {
                return received;
            }
            let gone = u64::from(self.rooms[seat.room as usize].unsent) + seat.missed;
            asked[seat.room as usize].saturating_sub(gone).max(received)
        };
        (0..).zip(&self.seats).map(reach).sum()
    }

    /// The verdict. Everything that has not come by now is lost.
    #[must_use]
    pub fn finish(mut self) -> Findings {
        for member in 0..self.seats.len() {
            let seat = self.seats[member];
            let room = &mut self.rooms[seat.room as usize];
            let lost = u64::from(room.messages - seat.received);
            room.found += lost;
            self.findings.lost += lost;
            if lost > 0 && self.findings.examples.len() < EXAMPLES {
                self.tell_a_loss(member, lost);
            }
        }
        for member in 0..self.seats.len() {
            self.judge_numbers(member);
        }
        self.findings
    }

    /// The slow half of [`Oracle::deliver`]: something does not fit, and this finds its name.
    #[cold]
    fn examine(&mut self, Delivery { member, message, seq, intact }: Delivery) -> bool {
        let known = self.messages[message as usize];
        let mut seat = self.seats[member as usize];
        let word = seat.bits + (known.place / u64::BITS) as usize;
        let bit = 1 << (known.place % u64::BITS);
        if known.room != seat.room {
            // The number is the other room's, so it says nothing about this one's.
            self.findings.leaked += 1;
            self.found(seat.room, |name| {
                let (own, other) = (seat.room, known.room);
                format!(
                    "member {member} of room {own} received message {} of room {other}",
                    name(message)
                )
            });
            return false;
        }
        if self.seen[word] & bit != 0 {
            self.findings.doubled += 1;
            self.found(seat.room, |name| {
                format!("member {member} received message {} again, as seq {seq}", name(message))
            });
            return false;
        }
        self.seen[word] |= bit;
        self.distinct += 1;
        seat.received += 1;
        if !intact {
            self.findings.corrupted += 1;
            self.found(seat.room, |name| {
                format!("member {member} received message {} changed", name(message))
            });
        }
        if self.numbered {
            let late = self.place_in_order(&mut seat, message, seq);
            if late {
                self.findings.reordered += 1;
                self.found(seat.room, |name| {
                    let message = name(message);
                    format!("member {member} received message {message} (seq {seq}) too late")
                });
            }
        }
        self.seats[member as usize] = seat;
        intact
    }

    /// Keeps the books of a member's order. True when a newer message came before this one.
    fn place_in_order(&mut self, seat: &mut Seat, message: u32, seq: u64) -> bool {
        let known = &mut self.messages[message as usize];
        if known.seq == 0 {
            known.seq = seq;
        }
        if known.seq != seq {
            seat.renumbered += 1;
        }
        // Two messages under one number say that numbers differ, not which of them is older.
        let late = known.seq < seat.newest || seq < seat.next;
        if seq < seat.next {
            seat.skipped = seat.skipped.saturating_sub(1);
        } else {
            seat.skipped += seq - seat.next;
            seat.next = seq.saturating_add(1);
        }
        seat.newest = seat.newest.max(known.seq);
        late
    }

    /// Numbers that skip, or differ between members, are a finding of their own only where nothing
    /// else explains them: after a loss or a double they follow from it.
    fn judge_numbers(&mut self, member: usize) {
        let seat = self.seats[member];
        let off = u64::from(seat.renumbered) + seat.skipped;
        if !self.numbered || off == 0 || self.rooms[seat.room as usize].found > 0 {
            return;
        }
        self.findings.reordered += off;
        let (skipped, renumbered) = (seat.skipped, seat.renumbered);
        self.tell(|_| {
            format!(
                "the numbers of member {member} do not fit: {skipped} skipped, {renumbered} other than elsewhere"
            )
        });
    }

    fn tell_a_loss(&mut self, member: usize, lost: u64) {
        let seat = self.seats[member];
        let is_missing = |known: &Known| {
            let word = self.seen[seat.bits + (known.place / u64::BITS) as usize];
            known.room == seat.room && word & (1 << (known.place % u64::BITS)) == 0
        };
        let first = (0..).zip(&self.messages).find(|(_, known)| is_missing(known));
        let Some((message, _)) = first else { return };
        let room = seat.room;
        self.tell(|name| {
            let first = name(message);
            format!("member {member} of room {room} lost {lost} messages, the first is {first}")
        });
    }

    fn found(&mut self, room: u32, sentence: impl FnOnce(&dyn Fn(u32) -> String) -> String) {
        self.rooms[room as usize].found += 1;
        self.tell(sentence);
    }

    fn tell(&mut self, sentence: impl FnOnce(&dyn Fn(u32) -> String) -> String) {
        if self.findings.examples.len() < EXAMPLES {
            let ids = self.ids;
            self.findings.examples.push(sentence(&|message| ids.name(message)));
        }
    }
}

impl Seat {
    fn new(room: u32, bits: usize) -> Self {
        let (received, renumbered) = (0, 0);
        Seat { room, received, bits, next: 1, newest: 0, skipped: 0, missed: 0, renumbered }
    }
}

#[cfg(test)]
mod tests;
