//! Who gets in: so many connections in all, so many from one address.
//!
//! Without the second cap one visitor could take every seat. Behind one address may be a whole
//! lecture hall, so the cap is a matter of the place: `serve` sets it where other machines can come.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::chat::Limits;

/// Counts the connections of each address.
#[derive(Debug)]
pub(super) struct Doorman {
    most: usize,
    most_of_one: usize,
    present: Mutex<Present>,
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

impl Doorman {
    /// A doorman of a place with so many seats at most.
    pub(super) fn new(most: usize, limits: &Limits) -> Arc<Self> {
        let most = most.min(limits.connections);
        Arc::new(Doorman { most, most_of_one: limits.per_address, present: Mutex::default() })
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
