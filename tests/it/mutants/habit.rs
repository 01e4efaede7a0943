//! What a mutant does wrong: from what a member should be sent to what it is sent.

use std::time::Duration;

/// Which delivery of all is dropped, again and again.
pub(super) const EVERY: u64 = 1000;
/// How late the late one is.
pub(super) const LATE: Duration = Duration::from_millis(300);
/// Who is wronged by those who do it once, and with which of its deliveries.
const VICTIM: &str = "m0";
const HIT: u64 = 200;
/// Who hears what is none of its business.
const NEIGHBOUR: &str = "m1";

/// The one thing a server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    None,
    DropsEveryThousandth,
    DoublesOne,
    SwapsNeighbours,
    LeaksOne,
    /// Drops one and numbers the rest as if it had never been.
    HidesALoss,
    ChangesAText,
    AnswersLate,
    /// Makes so many deliveries, and then none.
    Tires(u64),
}

/// A message as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) seq: u64,
    pub(super) from: String,
    pub(super) id: String,
    pub(super) text: String,
}

impl Message {
    /// The JSON of the contract. Nothing in the texts of the generator needs escaping.
    pub(super) fn json(&self) -> String {
        let Message { seq, from, id, text } = self;
        format!(
            r#"{{"type":"message","seq":{seq},"from":"{from}","id":"{id}","at":1732312345123,"text":"{text}"}}"#
        )
    }
}

/// What stands between the room and one member.
#[derive(Debug)]
pub(super) struct Mouth {
    habit: Habit,
    name: String,
    /// Deliveries to this member so far.
    count: u64,
    held: Option<Message>,
    /// What numbers are too high by.
    hidden: u64,
}

impl Mouth {
    pub(super) fn new(habit: Habit, name: &str) -> Self {
        Mouth { habit, name: name.to_owned(), count: 0, held: None, hidden: 0 }
    }

    /// Whether this member of another room is to hear a message.
    pub(super) fn overhears(&self, message: &Message) -> bool {
        self.habit == Habit::LeaksOne && self.name == NEIGHBOUR && message.seq == HIT
    }

    /// What the member is sent in place of a message of its room, which is the `nth` delivery to
    /// anybody.
    pub(super) fn say(&mut self, mut message: Message, nth: u64) -> Vec<Message> {
        self.count += 1;
        let is_hit = self.name == VICTIM && self.count == HIT;
        message.seq -= self.hidden;
        match self.habit {
            Habit::DropsEveryThousandth if nth.is_multiple_of(EVERY) => vec![],
            Habit::Tires(after) if nth > after => vec![],
            Habit::DoublesOne if is_hit => vec![message.clone(), message],
            Habit::HidesALoss if is_hit => {
                self.hidden = 1;
                vec![]
            }
            Habit::ChangesAText if is_hit => {
                message.text.replace_range(..1, "?");
                vec![message]
            }
            Habit::SwapsNeighbours if is_hit => {
                self.held = Some(message);
                vec![]
            }
            _ => std::iter::once(message).chain(self.held.take()).collect(),
        }
    }
}
