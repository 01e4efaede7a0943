//! Who wants to be woken when the log of a room moves: a wait queue, or condition variable, whose
//! waiters may be threads or tasks.

use std::mem;
use std::sync::PoisonError;
use std::task::Waker;

use super::sync::{Mutex, MutexGuard};

/// The wakers of all members of a room that have nothing to do.
///
/// Each member has a seat; a seat holds a waker only while its member waits. Ringing empties every
/// seat, so a member that is already awake costs nothing until it waits again: that is what makes
/// one wake-up stand for many messages when there is much to do.
#[derive(Debug, Default)]
pub(super) struct Bell {
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    wakers: Vec<Option<Waker>>,
    vacant: Vec<usize>,
    /// Kept between two rings so that ringing needs no memory.
    spare: Vec<Waker>,
}

impl Bell {
    /// Takes a seat.
    pub(super) fn sit(&self) -> usize {
        let mut seats = self.lock();
        if let Some(seat) = seats.vacant.pop() {
            return seat;
        }
        seats.wakers.push(None);
        seats.wakers.len() - 1
    }

    /// Gives a seat back.
    pub(super) fn leave(&self, seat: usize) {
        let mut seats = self.lock();
        seats.wakers[seat] = None;
        seats.vacant.push(seat);
    }

    /// Asks to be woken by the next ring.
    pub(super) fn wait(&self, seat: usize, waker: &Waker) {
        let place = &mut self.lock().wakers[seat];
        match place {
            Some(waiting) if waiting.will_wake(waker) => {}
            _ => *place = Some(waker.clone()),
        }
    }

    /// Wakes everybody who waits, and says how many they were.
    ///
    /// The wakers are called after the lock is released: waking a thread is a system call, and the
    /// woken one will want the lock.
    pub(super) fn ring(&self) -> u64 {
        let mut seats = self.lock();
        let mut waiting = mem::take(&mut seats.spare);
        waiting.extend(seats.wakers.iter_mut().filter_map(Option::take));
        drop(seats);
        let woken = waiting.len() as u64;
        waiting.drain(..).for_each(Waker::wake);
        self.lock().spare = waiting;
        woken
    }

    /// How many have a seat, and how many of them wait.
    pub(super) fn seated(&self) -> (u64, u64) {
        let seats = self.lock();
        let waiting = seats.wakers.iter().flatten().count();
        ((seats.wakers.len() - seats.vacant.len()) as u64, waiting as u64)
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        // Nothing in here is left half-done by a panic: a waker that panics does so outside.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
