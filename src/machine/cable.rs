//! A network of our own with a cable in it that can be cut: two network namespaces of an
//! unprivileged user, joined by a pair of virtual devices.
//!
//! The cable is cut at the far end, because what a sender drops itself is no loss of the network: its
//! kernel would know. Namespaces are forbidden on some machines; then every call says so.

use super::Unavailable;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
use super::linux_cable as os;

/// The address of the near end.
pub const NEAR: [u8; 4] = [10, 77, 0, 1];
/// The address of the far end.
pub const FAR: [u8; 4] = [10, 77, 0, 2];

#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
mod os {
    use super::Unavailable;

    fn no<T>() -> Result<T, Unavailable> {
        Err(Unavailable::new("a network of one's own", &"only Linux is taught to make one"))
    }

    pub(super) fn own_network() -> Result<(), Unavailable> {
        no()
    }

    pub(super) fn own_far_end() -> Result<(), Unavailable> {
        no()
    }

    pub(super) fn lay(_far: u32) -> Result<(), Unavailable> {
        no()
    }

    pub(super) fn take_far_end() -> Result<(), Unavailable> {
        no()
    }

    pub(super) fn cut_far_end() -> Result<(), Unavailable> {
        no()
    }
}

/// Moves this process, which must have one thread only, into a network of its own.
///
/// # Errors
/// When this machine forbids it.
pub fn own_network() -> Result<(), Unavailable> {
    os::own_network()
}

/// Moves the calling thread of a child of such a process into the network at the far end.
///
/// # Errors
/// When this machine forbids it.
pub fn own_far_end() -> Result<(), Unavailable> {
    os::own_far_end()
}

/// Lays the cable from here to the network of that process, and takes the near end.
///
/// # Errors
/// When there are no such devices, or it is forbidden.
pub fn lay(far: u32) -> Result<(), Unavailable> {
    os::lay(far)
}

/// Takes the far end of the cable that was laid.
///
/// # Errors
/// When none was.
pub fn take_far_end() -> Result<(), Unavailable> {
    os::take_far_end()
}

/// Cuts the cable at the far end.
///
/// # Errors
/// When there is none.
pub fn cut_far_end() -> Result<(), Unavailable> {
    os::cut_far_end()
}
