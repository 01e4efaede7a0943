//! Reading the books of all connections when nothing is under way.

use super::super::books::Standing;
use super::super::client::Client;
use super::super::{LoadError, Phase};
use super::Executor;
use crate::units::MILLISECOND;

/// How long the wire is waited for to come to rest. Servers that answer need microseconds.
const REST: u64 = 200 * MILLISECOND;
/// How long one look lasts.
const LOOK: u64 = MILLISECOND;

impl<C: Client> Executor<'_, C> {
    /// The books and the kernel's counters of all connections since the run began, at a moment of
    /// rest.
    ///
    /// The last delivery is not always the last byte: over long-polling the receipt of a say may
    /// come after the message itself, and a ping may lie unread. So this handles what still comes
    /// until nothing is half way and the books agree with the kernel; for a bounded time, after
    /// which a difference stands.
    pub(in crate::load) fn at_rest(&mut self) -> Result<Standing, LoadError> {
        if self.stage.phase == Phase::Connecting {
            // Everybody has joined: whoever is lost from now on is gone, not refused.
            self.stage.phase = Phase::Settled;
        }
        let deadline = self.world.clock.now() + REST;
        loop {
            let is_late = self.world.clock.now() >= deadline;
            if is_late || self.clients.iter().flatten().all(Client::is_at_rest) {
                let standing = self.standing();
                if is_late || standing.account().reconciles() != Some(false) {
                    return Ok(standing);
                }
            }
            self.turn((self.world.clock.now() + LOOK).min(deadline))?;
        }
    }

    /// The books and the kernel's counters of all connections as they are now.
    fn standing(&self) -> Standing {
        let living = self.clients.iter().flatten().map(Client::standing);
        let text = self.world.texts_heard * self.world.words.text.len() as u64;
        living.fold(self.retired, |sum, standing| sum + standing).with_text_heard(text)
    }
}
