//! Turning visitors away.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use super::guests::Guests;
use super::socket::{LINGER, Socket};
use super::spawn;
use crate::backend::route::{Answer, Site};

/// How long the accept loop itself waits for the request of somebody who must go.
const MOMENT: Duration = Duration::from_millis(20);

/// Tells a client that the server is full, in a way that it can read. Those who come next must not
/// wait for that, so a thread does it; and there are never many such threads, for whoever comes in
/// droves would otherwise get more of them by being turned away than by being let in.
pub(super) fn turn_away(stream: &Arc<Socket>, site: &Site, guests: &Guests) {
    site.rooms.stats().refused.add(1);
    let Some(goodbye) = guests.see_out() else { return };
    let told = {
        let stream = Arc::clone(stream);
        move || {
            refuse(&stream, LINGER);
            drop(goodbye);
        }
    };
    // Without a thread there is no time to shake hands first.
    if spawn("refusal", site, told).is_err() && !stream.is_sealed() {
        refuse(stream, MOMENT);
    }
}

/// Answers a client that must go.
fn refuse(mut stream: &Socket, patience: Duration) {
    // Its request is read first: closing with unread bytes would be a reset, which may overtake
    // the answer.
    let _ = stream.set_read_timeout(Some(patience));
    let _ = stream.read(&mut [0; 1024]);
    let _ = stream.write_all(&Answer::full().to_http1(false, true));
    let _ = stream.shutdown(Shutdown::Both);
}
