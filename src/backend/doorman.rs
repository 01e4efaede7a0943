//! Who gets in: so many connections in all, so many from one address.
//!
//! Without the second cap one visitor could take every seat. Behind one address may be a whole
//! lecture hall, so the cap is a matter of the place: `serve` sets it where other machines can come.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::chat::Limits;

/// How many visitors are told at the same time that there is no place for them. Being told takes up
/// to a second, and a handle and a thread or a task; beyond this the door is shut without a word.
const MOST_GOODBYES: usize = 64;

/// Counts the connections of each address.
#[derive(Debug)]
pub(super) struct Doorman {
    most: usize,
    most_of_one: usize,
    present: Mutex<Present>,
    goodbyes: AtomicUsize,
}

#[derive(Debug, Default)]
struct Present {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

/// A seat. Dropping it is leaving.
#[derive(Debug)]
pub(super) struct Pass {
    doorman: Arc<Doorman>,
    address: IpAddr,
}

/// Somebody who is being told that there is no place. Dropping it is having told.
#[derive(Debug)]
pub(super) struct Goodbye(Arc<Doorman>);

impl Doorman {
    /// A doorman of a place with so many seats at most.
    pub(super) fn new(most: usize, limits: &Limits) -> Arc<Self> {
        let most = most.min(limits.connections);
        let (most_of_one, present) = (limits.per_address, Mutex::default());
        Arc::new(Doorman { most, most_of_one, present, goodbyes: AtomicUsize::new(0) })
    }

    /// Lets somebody in, if there is place.
    pub(super) fn admit(self: &Arc<Self>, from: IpAddr) -> Option<Pass> {
        let address = network(from);
        let mut present = self.lock();
        let of_one = present.of.get(&address).copied().unwrap_or(0);
        if present.all >= self.most || of_one >= self.most_of_one {
            return None;
        }
        present.all += 1;
        present.of.insert(address, of_one + 1);
        drop(present);
        Some(Pass { doorman: Arc::clone(self), address })
    }

    /// Lets somebody be told that there is no place; `None` when that many are being told already.
    pub(super) fn see_out(self: &Arc<Self>) -> Option<Goodbye> {
        let one_more = |count| (count < MOST_GOODBYES).then_some(count + 1);
        let counted = self.goodbyes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        counted.is_ok().then(|| Goodbye(Arc::clone(self)))
    }

    /// How many are being told.
    #[cfg(test)]
    pub(super) fn goodbyes(&self) -> usize {
        self.goodbyes.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut present = self.doorman.lock();
        present.all -= 1;
        if let Some(count) = present.of.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                present.of.remove(&self.address);
            }
        }
    }
}

impl Drop for Goodbye {
    fn drop(&mut self) {
        self.0.goodbyes.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What counts as one address: one machine can have all of an IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_the_seats() {
        let limits = Limits { connections: 3, per_address: 2, ..Limits::default() };
        let doorman = Doorman::new(usize::MAX, &limits);
        let [one, two] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let first = doorman.admit(one).unwrap();
        let _second = doorman.admit(one).unwrap();
        assert!(doorman.admit(one).is_none(), "one address has its share");
        let _other = doorman.admit(two).unwrap();
        assert!(doorman.admit(two).is_none(), "the place is full");
        drop(first);
        assert!(doorman.admit(one).is_some(), "somebody left");
        drop(_other);
        assert_eq!(doorman.lock().of.len(), 1, "who is not there is forgotten");
    }

    #[test]
    fn not_everybody_is_told() {
        let doorman = Doorman::new(0, &Limits::default());
        let mut told: Vec<Goodbye> = (0..1000).map_while(|_| doorman.see_out()).collect();
        assert_eq!(told.len(), MOST_GOODBYES);
        told.pop();
        assert!(doorman.see_out().is_some(), "somebody has been told");
    }

    #[test]
    fn a_network_of_64_bits_is_one_address() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
        ] {
            let [one, other] = [one, other].map(|ip| network(ip.parse().unwrap()));
            assert_eq!(one == other, same, "{one} {other}");
        }
    }
}
