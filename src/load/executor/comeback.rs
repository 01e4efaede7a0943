//! Members that lose their connection and come back, where the scenario says so.

use super::super::Phase;
use super::super::backoff::Backoff;
use super::super::client::{Client, Gone};
use super::Executor;

impl<C: Client> Executor<'_, C> {
    /// Whether a member that lost its connection will try again; if not, it is gone for good.
    pub(super) fn will_come_back(&mut self, member: usize, gone: &Gone) -> bool {
        let is_over = matches!(self.stage.phase, Phase::Connecting | Phase::Leaving);
        let Some(backoff) = self.world.backoff.as_mut().filter(|_| !is_over) else { return false };
        let is_passing = match gone {
            Gone::Closed(_) | Gone::Io(_) => true,
            Gone::Refused { status, .. } => matches!(status, 429 | 503),
            Gone::Protocol(_) => false,
        };
        let Some(client) = self.clients[member].as_mut().filter(|_| is_passing) else {
            return false;
        };
        client.cut();
        backoff.lost(member as u32, self.world.clock.now());
        self.world.cuts += 1;
        true
    }

    /// Connects those whose time has come.
    pub(super) fn come_back(&mut self) {
        while let Some(backoff) = self.world.backoff.as_mut() {
            let Some(member) = backoff.take(self.world.clock.now()) else { return };
            let Some(client) = self.clients[member as usize].as_mut() else { continue };
            if let Err(gone) = client.connect(&mut self.world) {
                self.lose(member as usize, gone);
            }
        }
    }

    /// When the next member comes back.
    pub(super) fn next_comeback(&self) -> u64 {
        self.world.backoff.as_ref().map_or(u64::MAX, Backoff::next_at)
    }
}
