//! Namespaces, and the two virtual devices that join them: what `unshare` and `ip` do, without them.
#![allow(unsafe_code, reason = "unshare, netlink and the calls about devices have no safe wrapper")]

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};

use super::Unavailable;
use super::cable::{FAR, NEAR};

/// The names of the two ends.
const NEAR_NAME: &str = "duplex-near";
const FAR_NAME: &str = "duplex-far";

/// Numbers of `include/uapi/linux/{netlink,rtnetlink,if_link,veth}.h` that `libc` does not have.
mod number {
    pub(super) const VETH_INFO_PEER: u16 = 1;
    pub(super) const IFLA_INFO_KIND: u16 = 1;
    pub(super) const IFLA_INFO_DATA: u16 = 2;
    /// `struct ifinfomsg`: family, type, index, flags, change.
    pub(super) const IFINFOMSG: usize = 16;
    /// `struct nlmsghdr`: length, type, flags, sequence, port.
    pub(super) const NLMSGHDR: usize = 16;
}

fn unavailable(error: &dyn std::fmt::Display) -> Unavailable {
    Unavailable::new("a network of one's own", error)
}

fn checked(code: libc::c_int) -> io::Result<libc::c_int> {
    if code < 0 { Err(io::Error::last_os_error()) } else { Ok(code) }
}

fn unshare(flags: libc::c_int) -> Result<(), Unavailable> {
    // SAFETY: the call takes a number and changes what this thread sees, no memory.
    checked(unsafe { libc::unshare(flags) }).map(drop).map_err(|error| unavailable(&error))
}

pub(super) fn own_network() -> Result<(), Unavailable> {
    let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
    unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET)?;
    let write =
        |file: &str, text: String| fs::write(file, text).map_err(|error| unavailable(&error));
    write("/proc/self/uid_map", format!("0 {} 1", user.as_raw()))?;
    write("/proc/self/setgroups", "deny".to_owned())?;
    write("/proc/self/gid_map", format!("0 {} 1", group.as_raw()))
}

pub(super) fn own_far_end() -> Result<(), Unavailable> {
    unshare(libc::CLONE_NEWNET)
}

pub(super) fn lay(far: u32) -> Result<(), Unavailable> {
    add_pair(far).map_err(|error| unavailable(&error))?;
    take(NEAR_NAME, NEAR).map_err(|error| unavailable(&error))
}

pub(super) fn take_far_end() -> Result<(), Unavailable> {
    take(FAR_NAME, FAR).map_err(|error| unavailable(&error))
}

pub(super) fn cut_far_end() -> Result<(), Unavailable> {
    socket(libc::AF_INET, libc::SOCK_DGRAM, 0)
        .and_then(|socket| set_up(&socket, FAR_NAME, false))
        .map_err(|error| unavailable(&error))
}

fn socket(family: i32, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers and gives a descriptor or an error.
    let fd = checked(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })?;
    // SAFETY: the descriptor is fresh and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// An attribute of a netlink message: length, kind, value, padded to four bytes.
fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_ne_bytes());
    out.extend_from_slice(&kind.to_ne_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

/// The message that asks for a pair of devices, one here and one in the network of that process.
fn pair_message(far: u32) -> Vec<u8> {
    let name = |name: &str| [name.as_bytes(), b"\0"].concat();
    let mut peer = vec![0; number::IFINFOMSG];
    attribute(&mut peer, libc::IFLA_IFNAME, &name(FAR_NAME));
    attribute(&mut peer, libc::IFLA_NET_NS_PID, &far.to_ne_bytes());
    let (mut data, mut kind) = (Vec::new(), Vec::new());
    attribute(&mut data, number::VETH_INFO_PEER, &peer);
    attribute(&mut kind, number::IFLA_INFO_KIND, b"veth\0");
    attribute(&mut kind, number::IFLA_INFO_DATA, &data);
    let mut body = vec![0; number::IFINFOMSG];
    attribute(&mut body, libc::IFLA_IFNAME, &name(NEAR_NAME));
    attribute(&mut body, libc::IFLA_LINKINFO, &kind);
    let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let mut message = Vec::new();
    let length = (number::NLMSGHDR + body.len()) as u32;
    message.extend_from_slice(&length.to_ne_bytes());
    message.extend_from_slice(&libc::RTM_NEWLINK.to_ne_bytes());
    message.extend_from_slice(&(flags as u16).to_ne_bytes());
    message.extend_from_slice(&[0; 8]);
    message.extend_from_slice(&body);
    message
}

fn add_pair(far: u32) -> io::Result<()> {
    let socket = socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
    let message = pair_message(far);
    // SAFETY: the buffer lives and has as many bytes as is said.
    let sent = unsafe { libc::send(socket.as_raw_fd(), message.as_ptr().cast(), message.len(), 0) };
    checked(i32::try_from(sent).unwrap_or(-1))?;
    let mut answer = [0_u8; 4096];
    // SAFETY: the buffer lives, may be written, and has as many bytes as is said.
    let got =
        unsafe { libc::recv(socket.as_raw_fd(), answer.as_mut_ptr().cast(), answer.len(), 0) };
    let got = checked(i32::try_from(got).unwrap_or(-1))? as usize;
    // The acknowledgement is an error message with the number 0.
    let code = answer.get(number::NLMSGHDR..number::NLMSGHDR + 4).filter(|_| got >= 20);
    let code = code.and_then(|bytes| bytes.try_into().ok()).map_or(0, i32::from_ne_bytes);
    if code < 0 { Err(io::Error::from_raw_os_error(-code)) } else { Ok(()) }
}

/// `struct ifreq`: a name, and as many bytes as its union has.
#[repr(C, align(8))]
struct Request {
    name: [u8; 16],
    value: [u8; 24],
}

/// Asks something about a device; what is answered replaces the value.
fn ask(socket: &OwnedFd, what: libc::Ioctl, name: &str, value: &[u8]) -> io::Result<[u8; 24]> {
    let mut request = Request { name: [0; 16], value: [0; 24] };
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    request.value[..value.len()].copy_from_slice(value);
    // SAFETY: the request has the layout and size of the kernel's and lives until the call returns.
    checked(unsafe { libc::ioctl(socket.as_raw_fd(), what, &raw mut request) })?;
    Ok(request.value)
}

/// Gives a device its address and switches it on.
fn take(name: &str, address: [u8; 4]) -> io::Result<()> {
    let socket = socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    let inet = |address: [u8; 4]| {
        let family = (libc::AF_INET as u16).to_ne_bytes();
        [&family[..], &[0, 0], &address].concat()
    };
    ask(&socket, libc::SIOCSIFADDR, name, &inet(address))?;
    ask(&socket, libc::SIOCSIFNETMASK, name, &inet([255, 255, 255, 0]))?;
    set_up(&socket, name, true)
}

/// Switches a device on or off.
fn set_up(socket: &OwnedFd, name: &str, on: bool) -> io::Result<()> {
    let now = ask(socket, libc::SIOCGIFFLAGS, name, &[])?;
    let flags = u16::from_ne_bytes([now[0], now[1]]);
    let up = libc::IFF_UP as u16;
    let flags = if on { flags | up } else { flags & !up };
    ask(socket, libc::SIOCSIFFLAGS, name, &flags.to_ne_bytes()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_it_says_and_padded() {
        let message = pair_message(4711);
        let length = u32::from_ne_bytes(message[..4].try_into().unwrap());
        assert_eq!(length as usize, message.len());
        assert_eq!(message.len() % 4, 0);
        assert_eq!(size_of::<Request>(), size_of::<libc::ifreq>());
        let mut out = Vec::new();
        attribute(&mut out, 3, b"ab\0");
        assert_eq!(out.len(), 8);
        assert_eq!(out[4..], *b"ab\0\0");
    }
}
