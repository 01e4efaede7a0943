//! Memory that was planted is found: a small chat server of our own keeps a known number of bytes
//! for each connection, and `duplex load --pid` must say how many, by the same path on which the
//! real servers are measured.
//!
//! The server is this test binary, started again: one thread, one loop, and per connection little
//! besides what was planted.

use std::hint::black_box;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use duplex_lab::backend::frame;
use duplex_lab::message::{ChatMessage, ClientMessage, Message, ServerMessage};
use duplex_lab::results::{Ceiling, MemoryCost, Results};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use tungstenite::handshake::derive_accept_key;

use crate::support::PATIENCE;

/// How many bytes are planted; also what makes [`the_server`] a server.
const PLANT: &str = "DUPLEX_TEST_PLANT";
/// What the server says before its port.
const LISTENING: &str = "planted server at ";
const LISTENER: Token = Token(usize::MAX - 1);

#[test]
fn ten_kibibytes_per_connection_are_found() {
    for plant in [0, 10 * 1024] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let results = load(plant, folder.path());
        let cost = MemoryCost::of(&results, "planted", "async").expect("memory was read");
        let heap = cost.heap.expect("stacks are told from heap");
        println!("planted {plant} bytes, found {heap:?}");
        let off = heap.per_connection - f64::from(plant);
        assert!(off.abs() <= 1024.0, "{plant} bytes were planted and {heap:?} found");
        let (low, high) = heap.interval.expect("five readings make an interval");
        assert!(low <= heap.per_connection && heap.per_connection <= high && high - low < 2048.0);
        let stacks = cost.stacks.expect("stacks are told from heap").per_connection;
        assert!(stacks.abs() < 512.0, "{stacks} bytes of stack although nobody took a thread");
        let bounds = results.bounds.as_ref().expect("the machine tells its bounds");
        let ceiling = Ceiling::of(&results, "planted", "async", bounds);
        // Without anything planted memory may not grow at all, and then nothing is predicted.
        assert!(plant == 0 || ceiling.is_some_and(|ceiling| ceiling.connections > 400));
        let measured = results.runs[0].measured.as_ref().expect("the run was measured");
        assert!(measured.server.is_some(), "a process that is named is measured");
        assert_eq!(measured.calls, None, "a server without our counters has none");
    }
}

/// Measures a server with that plant.
fn load(plant: u32, folder: &std::path::Path) -> Results {
    let (server, port) = Planted::start(plant);
    let scenario = folder.join("planted.toml");
    let text = "name = \"planted\"\nmembers = 400\nspeakers = 1\nrate = 20\nwarm_up = \"0s\"\n\
                duration = \"0.3s\"\ndrain = \"10s\"\n[question]\nen = \"?\"\nde = \"?\"\n\
                [expect]\nen = \".\"\nde = \".\"\n";
    std::fs::write(&scenario, text).expect("a temporary folder can be written");
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_duplex"))
        .args(["load", "--backend", "async", "--pid", &server.0.id().to_string()])
        .args(["--url", &format!("http://127.0.0.1:{port}")])
        .arg("--file")
        .arg(&scenario)
        .arg("--out")
        .arg(folder)
        .timeout(Duration::from_secs(120))
        .output()
        .expect("the command can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Results::load(&folder.join("results.json")).expect("results were saved")
}

/// The server as a process, killed when dropped.
struct Planted(Child);

impl Planted {
    fn start(plant: u32) -> (Self, u16) {
        let mut child = Command::new(std::env::current_exe().expect("this test has a file"))
            .args(["--exact", "planted::the_server", "--ignored", "--nocapture"])
            .env(PLANT, plant.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test can be started again");
        let lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            // The test harness says something, too, maybe on the same line.
            let digits = line.split_once(LISTENING)?.1;
            digits.split_whitespace().next()?.parse().ok()
        });
        let server = Planted(child);
        (server, port.expect("the server says where it listens"))
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        // Both fail only when it has ended already, which a test above will have noticed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

// ------------------------------------------------------------------------------------ the server

#[test]
#[ignore = "it is no test but the server that the test above measures"]
fn the_server() {
    let Some(plant) = std::env::var(PLANT).ok().and_then(|text| text.parse().ok()) else { return };
    let mut poll = Poll::new().expect("a poll can be had");
    let mut listener =
        TcpListener::bind(([127, 0, 0, 1], 0).into()).expect("loopback has a free port");
    println!("{LISTENING}{}", listener.local_addr().expect("a bound socket has an address").port());
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).expect("registered");
    let mut room = Room { members: Vec::new(), seq: 0, plant };
    let mut events = Events::with_capacity(256);
    // Should whoever started it be gone, it ends by itself.
    let end = Instant::now() + 6 * PATIENCE;
    while Instant::now() < end {
        poll.poll(&mut events, Some(PATIENCE)).expect("a poll can be waited for");
        for event in &events {
            match event.token() {
                LISTENER => room.accept(&listener, &poll),
                Token(member) => room.read(member),
            }
        }
    }
}

/// The one room of the server.
struct Room {
    members: Vec<Option<Member>>,
    seq: u64,
    plant: usize,
}

struct Member {
    stream: TcpStream,
    unread: Vec<u8>,
    name: String,
    /// What was planted, once the connection is upgraded.
    plant: Option<Vec<u8>>,
}

impl Room {
    fn accept(&mut self, listener: &TcpListener, poll: &Poll) {
        while let Ok((mut stream, _)) = listener.accept() {
            let token = Token(self.members.len());
            poll.registry().register(&mut stream, token, Interest::READABLE).expect("registered");
            self.members.push(Some(Member {
                stream,
                unread: Vec::new(),
                name: String::new(),
                plant: None,
            }));
        }
    }

    fn read(&mut self, at: usize) {
        let Some(member) = self.members[at].as_mut() else { return };
        if !member.fill() {
            self.members[at] = None;
            return;
        }
        if member.plant.is_none() {
            match member.shake_hands() {
                None => {}
                Some(true) => member.plant = Some(black_box(vec![7; self.plant])),
                Some(false) => self.members[at] = None,
            }
            return;
        }
        let from = member.name.clone();
        while let Some(text) = self.members[at].as_mut().and_then(Member::heard) {
            self.say(&from, &text);
        }
        // Nothing of a conversation stays behind: memory is what was planted.
        if let Some(member) = self.members[at].as_mut().filter(|member| member.unread.is_empty()) {
            member.unread = Vec::new();
        }
    }

    fn say(&mut self, from: &str, text: &[u8]) {
        let Ok(ClientMessage::Say { text, id }) = ClientMessage::decode(text) else {
            panic!("the generator says what it should")
        };
        self.seq += 1;
        let message = ChatMessage { seq: self.seq, from: from.into(), id, at: 0, text };
        let mut out = Vec::new();
        frame::message(&mut out, &ServerMessage::Message(message));
        for member in self.members.iter_mut().flatten() {
            // The few messages of this test fit into any socket.
            let _ = member.stream.write_all(&out);
        }
    }
}

impl Member {
    /// Reads what has come; false when nothing more will.
    fn fill(&mut self) -> bool {
        let mut chunk = [0; 2048];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => self.unread.extend_from_slice(&chunk[..count]),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    /// Answers the opening handshake when its head is whole: with an upgrade, or with no to whoever
    /// wants something else.
    fn shake_hands(&mut self) -> Option<bool> {
        let head = String::from_utf8_lossy(&self.unread).into_owned();
        head.contains("\r\n\r\n").then_some(())?;
        self.unread = Vec::new();
        let name = head.split_once("name=").map_or("", |(_, rest)| rest);
        self.name = name.split(['&', ' ']).next().unwrap_or_default().to_owned();
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
        });
        let Some(key) = key else {
            let _ = self.stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            return Some(false);
        };
        let mut out = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        )
        .into_bytes();
        let hello = ServerMessage::Hello {
            backend: "planted".into(),
            room: "room".into(),
            name: self.name.as_str().into(),
            epoch: "0".into(),
            head: 0,
        };
        frame::message(&mut out, &hello);
        let _ = self.stream.write_all(&out);
        Some(true)
    }

    /// The next whole text the member sent, unmasked; anything else it sends is passed over.
    fn heard(&mut self) -> Option<Vec<u8>> {
        let [first, second, ..] = self.unread[..] else { return None };
        let (start, length) = match second & 0x7f {
            126 => {
                let length = self.unread.get(2..4)?;
                (4, usize::from(u16::from_be_bytes([length[0], length[1]])))
            }
            short => (2, usize::from(short)),
        };
        let whole = self.unread.get(start..start + 4 + length)?.to_vec();
        self.unread.drain(..start + whole.len());
        let (mask, text) = whole.split_at(4);
        let text = text.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        if first == 0x81 { Some(text) } else { self.heard() }
    }
}
