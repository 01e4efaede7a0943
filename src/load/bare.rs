//! The wire of the floor: finished frames over plain TCP, passed on as they are.
//!
//! `room N\n` joins, `ok\n` welcomes, and from then on every frame that a member sends comes back
//! to every member of its room. The frames are those that a WebSocket server would deliver.

use super::books::Standing;
use super::client::{Client, Gone, Line, Ready, World, token};
use super::socket::{Pause, Socket};
use crate::sample::Parts;
use crate::units::MILLISECOND;

/// What the floor answers to the line with the room.
pub(crate) const WELCOME: &[u8] = b"ok\n";

/// A member of a bare run.
#[derive(Debug)]
pub(super) struct BareClient {
    member: u32,
    socket: Option<Socket>,
    is_joined: bool,
}

impl Client for BareClient {
    fn new(member: u32) -> Self {
        BareClient { member, socket: None, is_joined: false }
    }

    fn connect(&mut self, world: &mut World) -> Result<(), Gone> {
        let token = token(self.member, Line::Main);
        self.socket =
            Some(Socket::open((world.addr, world.trust.as_ref()), &world.registry, token)?);
        Ok(())
    }

    fn ready(&mut self, line: Line, ready: Ready, world: &mut World) -> Result<(), Gone> {
        let Some(socket) = self.socket.as_mut() else { return Ok(()) };
        if ready.writable {
            if socket.connect_done()? {
                let joining = format!("room {}\n", world.words.room_of(self.member));
                let parts = Parts { handshake: joining.len() as u64, ..Parts::default() };
                socket.send(joining.as_bytes(), parts)?;
            }
            socket.flush()?;
        }
        if !ready.readable {
            return Ok(());
        }
        let mut inbox = std::mem::take(&mut world.inbox);
        let (member, is_joined, clock) = (self.member, &mut self.is_joined, world.clock);
        let pause = socket.receive(ready, clock, &mut inbox, |bytes, received, down| {
            world.latest = received;
            eat(bytes, member, is_joined, received, world, down)
        });
        world.inbox = inbox;
        match pause? {
            Pause::Empty => {}
            Pause::More => world.again.push(token(member, line)),
            Pause::Closed => return Err(Gone::Closed(String::new())),
        }
        Ok(())
    }

    fn cut(&mut self) {
        // The floor has no log to come back to.
        self.socket = None;
    }

    fn say(&mut self, message: u32, world: &mut World) -> Result<(), Gone> {
        let Some(socket) = self.socket.as_mut() else { return Ok(()) };
        world.sending(message);
        let mut frame = std::mem::take(&mut world.outbox);
        frame.clear();
        // Any number of the right length serves as the server's clock, which the floor has not.
        let at = 1_700_000_000_000 + world.latest / MILLISECOND;
        let parts = world.words.finished_frame(self.member, message, at, &mut frame);
        let outcome = socket.send(&frame, parts);
        world.outbox = frame;
        Ok(outcome?)
    }

    fn leave(&mut self) -> bool {
        false
    }

    fn is_at_rest(&self) -> bool {
        self.socket.as_ref().is_none_or(Socket::is_at_rest)
    }

    fn standing(&self) -> Standing {
        self.socket.as_ref().map_or_else(Standing::default, Socket::standing)
    }
}

/// Eats the welcome and as many whole frames as there are, and notes in `down` what they were.
fn eat(
    bytes: &[u8],
    member: u32,
    is_joined: &mut bool,
    received: u64,
    world: &mut World,
    down: &mut Parts,
) -> Result<usize, Gone> {
    let mut eaten = 0;
    if !*is_joined {
        if bytes.len() < WELCOME.len() {
            return Ok(0);
        }
        if !bytes.starts_with(WELCOME) {
            return Err(Gone::Protocol("it does not answer 'ok' to 'room'".to_owned()));
        }
        *is_joined = true;
        eaten = WELCOME.len();
        down.handshake += eaten as u64;
        world.join(member, 0);
    }
    while let Some((header, length)) = frame(&bytes[eaten..]).map_err(Gone::Protocol)? {
        let payload = &bytes[eaten + header..eaten + length];
        down.framing += header as u64;
        down.envelope += payload.len() as u64;
        let heard =
            world.decoder.frame(payload).map_err(|error| Gone::Protocol(error.to_string()))?;
        world.heard(member, heard, received);
        eaten += length;
    }
    Ok(eaten)
}

/// The length of the header and of the whole text frame at the front of `bytes`; `None` when it is
/// not whole.
///
/// # Errors
/// When the bytes are not an unmasked, unfragmented text frame of at most 16 MiB.
pub(crate) fn frame(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let (header, payload) = match *bytes {
        [] | [0x81] => return Ok(None),
        [0x81, short @ 0..=125, ..] => (2, u64::from(short)),
        [0x81, 126, high, low, ..] => (4, u64::from(u16::from_be_bytes([high, low]))),
        [0x81, 127, a, b, c, d, e, f, g, h, ..] => {
            (10, u64::from_be_bytes([a, b, c, d, e, f, g, h]))
        }
        [0x81, 126 | 127, ..] => return Ok(None),
        [first, ..] => return Err(format!("byte {first:#04x} where a text frame should begin")),
    };
    if payload > 16 << 20 {
        return Err(format!("a frame of {payload} bytes"));
    }
    let whole = header + payload as usize;
    Ok((bytes.len() >= whole).then_some((header, whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_found_when_they_are_whole() {
        for (payload, header) in [(0_usize, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let mut bytes = match header {
                2 => vec![0x81, payload as u8],
                4 => [&[0x81, 126][..], &(payload as u16).to_be_bytes()].concat(),
                _ => [&[0x81, 127][..], &(payload as u64).to_be_bytes()].concat(),
            };
            bytes.resize(header + payload, b'x');
            assert_eq!(frame(&bytes), Ok(Some((header, bytes.len()))));
            for cut in [0, 1, header - 1, bytes.len() - 1] {
                assert_eq!(frame(&bytes[..cut.min(bytes.len() - 1)]), Ok(None), "{payload} {cut}");
            }
        }
    }

    #[test]
    fn what_is_no_text_frame_is_refused() {
        for noise in
            [&b"GET / HTTP/1.1"[..], &[0x81, 0x85, 1, 2, 3], &[0x81, 127, 255, 0, 0, 0, 0, 0, 0, 0]]
        {
            assert!(frame(noise).is_err(), "{noise:?}");
        }
    }
}
