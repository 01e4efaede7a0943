//! Whose turn it is in a closed loop: a speaker has at most one message under way.
//!
//! The next one leaves when its due time has come *and* the one before has come back: delivered to
//! its own speaker, by the same wire as to everybody else. That is the one event that costs the
//! same effort on every wire. Over long-polling the answer to a say would come earlier and prove
//! less, so it does not count there. The due times stay those of the plan, so what a speaker
//! waited shows as send lag, and in the response time but not in the service time.
//!
//! It knows members and messages; it knows no sockets and no clock.

use std::collections::VecDeque;

/// No message: one more than any plan has.
const NOTHING: u32 = u32::MAX;

/// Who waits for what.
#[derive(Debug)]
pub(super) struct Turns {
    speakers: Vec<Speaker>,
    /// Those who have something to say and wait for nothing any more.
    free: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Speaker {
    /// The message that must come back first.
    awaited: u32,
    /// What is due and has to wait, oldest first.
    held: VecDeque<u32>,
}

impl Turns {
    pub(super) fn new(members: u32) -> Self {
        let idle = Speaker { awaited: NOTHING, held: VecDeque::new() };
        Turns { speakers: vec![idle; members as usize], free: Vec::new() }
    }

    /// A message is due. True when it may leave now; otherwise it is kept for [`Turns::next`].
    pub(super) fn begin(&mut self, member: u32, message: u32) -> bool {
        let speaker = &mut self.speakers[member as usize];
        let may_leave = speaker.awaited == NOTHING && speaker.held.is_empty();
        if may_leave {
            speaker.awaited = message;
        } else {
            speaker.held.push_back(message);
        }
        may_leave
    }

    /// A member has received a message; if it is the one that it waits for, it is free again.
    pub(super) fn received(&mut self, member: u32, message: u32) {
        if self.speakers[member as usize].awaited == message {
            self.stop_waiting(member);
        }
    }

    /// What a member waits for will perhaps never come, because the server said so.
    pub(super) fn stop_waiting(&mut self, member: u32) {
        let speaker = &mut self.speakers[member as usize];
        let waited = std::mem::replace(&mut speaker.awaited, NOTHING) != NOTHING;
        if waited && !speaker.held.is_empty() {
            self.free.push(member);
        }
    }

    /// The next speaker who is free, and what it has to say.
    pub(super) fn next(&mut self) -> Option<(u32, u32)> {
        while let Some(member) = self.free.pop() {
            let speaker = &mut self.speakers[member as usize];
            if let Some(message) = speaker.held.pop_front() {
                speaker.awaited = message;
                return Some((member, message));
            }
        }
        None
    }

    /// A member is gone; answers what it will never say.
    pub(super) fn lose(&mut self, member: u32) -> VecDeque<u32> {
        let speaker = &mut self.speakers[member as usize];
        speaker.awaited = NOTHING;
        std::mem::take(&mut speaker.held)
    }

    /// Nobody waits any longer; answers what has not been said.
    pub(super) fn end(&mut self) -> Vec<u32> {
        self.free.clear();
        (0..self.speakers.len() as u32).flat_map(|member| self.lose(member)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_next_message_waits_for_the_last() {
        let mut turns = Turns::new(2);
        assert!(turns.begin(0, 10));
        assert!(turns.begin(1, 11), "another speaker does not wait");
        assert!(!turns.begin(0, 12) && !turns.begin(0, 13));
        turns.received(0, 11);
        assert_eq!(turns.next(), None, "somebody else's message frees nobody");
        turns.received(0, 10);
        assert!(!turns.begin(0, 14), "it must not overtake what waits already");
        assert_eq!((turns.next(), turns.next()), (Some((0, 12)), None));
        turns.received(0, 12);
        turns.received(0, 12);
        assert_eq!((turns.next(), turns.next()), (Some((0, 13)), None));
        turns.received(1, 11);
        assert!(turns.begin(1, 15));
        assert_eq!(turns.end(), [14]);
        assert!(turns.begin(0, 16) && turns.begin(1, 17), "a new phase begins with free speakers");
    }

    #[test]
    fn a_speaker_who_is_told_or_lost_holds_nothing_back() {
        let mut turns = Turns::new(1);
        turns.stop_waiting(0);
        assert!(turns.begin(0, 1) && !turns.begin(0, 2) && !turns.begin(0, 3));
        turns.stop_waiting(0);
        turns.stop_waiting(0);
        assert_eq!((turns.next(), turns.next()), (Some((0, 2)), None));
        turns.stop_waiting(0);
        assert_eq!(turns.lose(0), [3]);
        assert_eq!(turns.next(), None, "what is lost is not said");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nobody_has_two_under_way(
            steps in proptest::collection::vec((0u32..4, any::<bool>()), 1..200),
        ) {
            let mut turns = Turns::new(4);
            let mut under_way = [None; 4];
            let (mut due, mut said) = ([const { Vec::new() }; 4], [const { Vec::new() }; 4]);
            let mut steps: Vec<_> = steps.into_iter().zip(0u32..).collect();
            // In the end everything comes back, so everything must be said.
            steps.extend((0..800).map(|n| ((n % 4, false), u32::MAX - 1)));
            for ((member, is_due), message) in steps {
                let at = member as usize;
                if is_due {
                    due[at].push(message);
                    if turns.begin(member, message) {
                        prop_assert_eq!(under_way[at].replace(message), None);
                        said[at].push(message);
                    }
                } else if let Some(message) = under_way[at].take() {
                    turns.received(member, message);
                }
                while let Some((member, message)) = turns.next() {
                    prop_assert_eq!(under_way[member as usize].replace(message), None);
                    said[member as usize].push(message);
                }
            }
            prop_assert_eq!(said, due);
        }
    }
}
