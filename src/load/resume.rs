//! What a member keeps over the end of a connection: its cursor, and what it said and has not heard.
//!
//! Whether a message that was under way at the end has arrived is not known. The log knows: after
//! coming back the member asks for everything behind its cursor, and what is not in there by the
//! head of that moment was never accepted and is said again. This is exact as long as a server has
//! read what it was sent on the old connection by the time it answers on the new one.

use std::collections::VecDeque;

use super::decode::Said;

/// The memory of a member.
#[derive(Debug, Default)]
pub(super) struct Resume {
    /// The last `seq` it has.
    pub(super) since: u64,
    /// The life of the log that belongs to, as it stands in a URL.
    pub(super) epoch: String,
    unheard: VecDeque<u32>,
    /// The head it must have reached before what is unheard is lost.
    until: Option<u64>,
    /// How often it came back.
    pub(super) times: u32,
}

impl Resume {
    /// The member says something; true when it may go out now.
    pub(super) fn say(&mut self, message: u32) -> bool {
        self.unheard.push_back(message);
        self.until.is_none()
    }

    /// The connection is gone: nothing goes out until the log has been caught up with.
    pub(super) fn cut(&mut self) {
        self.until = Some(u64::MAX);
        self.times += 1;
    }

    /// The room's head at the moment of coming back, in the life of the log with this epoch.
    pub(super) fn back(&mut self, head: u64, epoch: &str) {
        let epoch = form_urlencoded::byte_serialize(epoch.as_bytes()).collect::<String>();
        if epoch != self.epoch {
            (self.since, self.epoch) = (0, epoch);
        }
        if self.until.is_some() {
            self.until = Some(head);
        } else {
            self.since = head;
        }
    }

    /// A message has come.
    pub(super) fn heard(&mut self, said: Said) {
        self.since = said.seq;
        if let Some(at) = said.message.and_then(|m| self.unheard.iter().position(|own| *own == m)) {
            self.unheard.remove(at);
        }
    }

    /// A message was refused and will not be heard.
    pub(super) fn refused(&mut self, message: u32) {
        self.unheard.retain(|own| *own != message);
    }

    /// What must be said again, once, when the log has been caught up with.
    pub(super) fn take_lost(&mut self) -> Option<Vec<u32>> {
        self.until.take_if(|head| self.since >= *head)?;
        Some(self.unheard.iter().copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(seq: u64, message: u32) -> Said {
        Said { seq, message: Some(message), intact: true }
    }

    #[test]
    fn what_the_log_does_not_have_is_said_again() {
        let mut resume = Resume::default();
        resume.back(7, "a b");
        assert_eq!((resume.since, resume.epoch.as_str()), (7, "a+b"));
        assert!(resume.say(1) && resume.say(2) && resume.say(3));
        resume.heard(said(8, 1));
        resume.cut();
        assert!(!resume.say(4), "not before the log is known");
        assert_eq!(resume.take_lost(), None);
        resume.back(10, "a b");
        assert_eq!((resume.since, resume.take_lost()), (8, None));
        resume.heard(said(9, 99));
        resume.heard(said(10, 2));
        assert_eq!(resume.take_lost(), Some(vec![3, 4]));
        assert_eq!(resume.take_lost(), None, "once");
        assert!(resume.say(5));
    }

    #[test]
    fn another_life_of_the_log_is_read_from_its_beginning() {
        let mut resume = Resume::default();
        resume.back(7, "old");
        resume.cut();
        resume.back(0, "new");
        assert_eq!((resume.since, resume.take_lost()), (0, Some(vec![])));
    }
}
