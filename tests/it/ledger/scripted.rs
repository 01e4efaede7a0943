//! A server for one member that uses everything a frame can be: control frames of every length,
//! empty ones, fragments with pings between them.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use duplex_lab::message::{ChatMessage, ClientMessage, Message as _, ServerMessage};
use duplex_lab::sample::Parts;
use tungstenite::{Message, WebSocket};

use super::start;
use crate::support::frame;

/// What the server knows of the frames, the greeting and the goodbye aside.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// What it has said, by what it was for.
    pub(super) said: Parts,
    /// Bytes of pongs that came.
    pub(super) pongs: u64,
}

/// Serves one member until it leaves.
pub(super) fn serve() -> (JoinHandle<Witness>, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let at = listener.local_addr().expect("a bound socket has an address");
    let server = start(move || {
        let (stream, _) = listener.accept().expect("a member comes");
        let mut ws = tungstenite::accept(stream).expect("it shakes hands");
        let hello = ServerMessage::Hello {
            backend: "scripted".into(),
            room: "r0".into(),
            name: "m0".into(),
            epoch: "e".into(),
            head: 0,
        };
        write(&mut ws, &frame(0x81, &encoded(&hello), false));
        attend(&mut ws)
    });
    (server, at)
}

/// Answers each say with its message and a show of frames.
fn attend(ws: &mut WebSocket<TcpStream>) -> Witness {
    let mut witness = Witness::default();
    let mut seq = 0;
    loop {
        match ws.read() {
            Ok(Message::Text(said)) => {
                seq += 1;
                let ClientMessage::Say { text, id } =
                    ClientMessage::decode(said.as_bytes()).expect("a member says what it should");
                let length = text.len();
                let message = ChatMessage { seq, from: "m0".into(), id, at: 7, text };
                let json = encoded(&ServerMessage::Message(message));
                show(ws, &json, length, &mut witness.said);
            }
            Ok(Message::Pong(carried)) => witness.pongs += 6 + carried.len() as u64,
            Ok(_) => {}
            // The member has left.
            Err(_) => return witness,
        }
    }
}

/// Sends an empty frame that means nothing, then the message in three pieces, the second of them
/// empty, and a ping before each of the four. The message comes last, so that everything else has
/// been answered when the member takes the run for over.
fn show(ws: &mut WebSocket<TcpStream>, json: &[u8], text: usize, said: &mut Parts) {
    let (first, last) = json.split_at(json.len() / 2);
    let data = [(0x82, &[][..]), (0x01, first), (0x00, &[][..]), (0x80, last)];
    let pings: [&[u8]; 4] = [&[], b"?", &[b'x'; 124], &[b'x'; 125]];
    for ((opcode, piece), ping) in data.into_iter().zip(pings) {
        let control = frame(0x89, ping, false);
        said.control += control.len() as u64;
        let frame = frame(opcode, piece, false);
        said.framing += (frame.len() - piece.len()) as u64;
        said.envelope += piece.len() as u64;
        write(ws, &[control, frame].concat());
    }
    said.payload += text as u64;
    said.envelope -= text as u64;
}

fn encoded(message: &ServerMessage<'_>) -> Vec<u8> {
    let mut json = Vec::new();
    message.encode(&mut json);
    json
}

fn write(ws: &mut WebSocket<TcpStream>, bytes: &[u8]) {
    ws.get_mut().write_all(bytes).expect("the member reads");
}
