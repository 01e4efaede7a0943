//! What happens to the client, and the processes it happens to.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::watch::{DETECTORS, Detector, Noticed, Told, watch};
use crate::lab::actor::{self, Actor, MARK_OF_A_SKIP, say};
use crate::lab::wires::{frame, read_frame};
use crate::machine::{self, cable};

/// How often a peer polls.
const POLL: Duration = Duration::from_millis(300);
/// What the near end of a cable says when nobody watches any more.
const OVER: &str = "over";

/// What happens to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its process is killed (SIGKILL).
    Killed,
    /// Its process is frozen (SIGSTOP).
    Frozen,
    /// The cable is cut at its end.
    Cut,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 3] = [Fault::Killed, Fault::Frozen, Fault::Cut];

    /// Its name for programs.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Fault::Killed => "killed",
            Fault::Frozen => "frozen",
            Fault::Cut => "cut",
        }
    }

    /// Its name for people, in English and in German.
    #[must_use]
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Fault::Killed => ("killed", "beendet"),
            Fault::Frozen => ("frozen", "eingefroren"),
            Fault::Cut => ("cable cut", "Kabel weg"),
        }
    }
}

/// Lets that happen to a client with a connection for each detector, and watches until all have
/// noticed or `patience` is over. From the fault on, `told` hears some twenty times a second who has
/// noticed so far, and says whether to go on.
///
/// # Errors
/// One of the kind `Unsupported` says that this machine does not allow it; others, that there are
/// no processes or sockets to be had.
pub fn let_vanish(fault: Fault, patience: Duration, told: Told<'_>) -> io::Result<Noticed> {
    if fault == Fault::Cut {
        return cut(patience, told);
    }
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let mut client = Actor::start(&["vanish-peer", &listener.local_addr()?.to_string()])?;
    client.tell("connect")?;
    let happen = || {
        let now = Instant::now();
        match fault {
            Fault::Killed => client.kill()?,
            _ => machine::freeze(client.pid()).map_err(unsupported)?,
        }
        Ok(now)
    };
    watch(&listener, patience, happen, told)
}

/// Whether this machine lets us have a cable of our own to cut.
///
/// # Errors
/// As [`let_vanish`].
pub fn cut_is_possible() -> io::Result<()> {
    heard(Actor::start(&["vanish-possible"])?.line()?).map(drop)
}

fn unsupported(why: machine::Unavailable) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, why)
}

/// What the near end of a cable has said, unless it is why there is none.
fn heard(line: String) -> io::Result<String> {
    match line.strip_prefix(MARK_OF_A_SKIP) {
        Some(why) => Err(io::Error::new(io::ErrorKind::Unsupported, why.to_owned())),
        None => Ok(line),
    }
}

/// The cable: both ends are processes in networks of their own.
fn cut(patience: Duration, told: Told<'_>) -> io::Result<Noticed> {
    let mut near = Actor::start(&["vanish-cable", &patience.as_millis().to_string()])?;
    let mut noticed = Noticed::default();
    loop {
        let line = heard(near.line()?)?;
        if line == OVER {
            return Ok(noticed);
        }
        noticed = from_line(&line)?;
        // Whoever does not want to go on leaves, and the processes end with the actor.
        if !told(&noticed) {
            return Ok(noticed);
        }
    }
}

/// Who has noticed, as the near end says it: nanoseconds, or a dash.
fn to_line(noticed: &Noticed) -> String {
    let word = |time: &Option<Duration>| time.map_or("-".to_owned(), |t| t.as_nanos().to_string());
    noticed.each_ref().map(word).join(" ")
}

fn from_line(line: &str) -> io::Result<Noticed> {
    let times: Vec<Option<Duration>> =
        line.split(' ').map(|word| word.parse().ok().map(Duration::from_nanos)).collect();
    times.try_into().map_err(|_| io::Error::other(format!("no column: {line}")))
}

/// The role of the near end: makes the networks, watches, and says when each detector noticed.
pub(in crate::lab) fn cable(millis: &str) -> io::Result<()> {
    let patience = millis.parse().map(Duration::from_millis).map_err(io::Error::other)?;
    let noticed = over_a_cable(patience, &mut |so_far| say(&to_line(so_far)).is_ok());
    or_skipped(noticed.map(|noticed| to_line(&noticed)))?;
    say(OVER)
}

/// The role of somebody who lays a cable to see whether it is allowed.
pub(in crate::lab) fn try_cable() -> io::Result<()> {
    or_skipped(laid().map(|_| "possible".to_owned()))
}

/// Says what was found, or why it is not possible here.
fn or_skipped(found: io::Result<String>) -> io::Result<()> {
    match found {
        Ok(found) => say(&found),
        Err(why) if why.kind() == io::ErrorKind::Unsupported => {
            say(&format!("{MARK_OF_A_SKIP}{why}"))
        }
        Err(why) => Err(why),
    }
}

/// Lays a cable between this process and another one, which is at its far end.
fn laid() -> io::Result<Actor> {
    cable::own_network().map_err(unsupported)?;
    let mut far = Actor::start(&["vanish-far"])?;
    far.line()?;
    cable::lay(far.pid()).map_err(unsupported)?;
    Ok(far)
}

fn over_a_cable(patience: Duration, told: Told<'_>) -> io::Result<Noticed> {
    let mut far = laid()?;
    let listener = TcpListener::bind((std::net::Ipv4Addr::from(cable::NEAR), 0))?;
    far.tell(&listener.local_addr()?.to_string())?;
    let happen = || {
        far.tell("cut")?;
        far.line()?;
        Ok(Instant::now())
    };
    watch(&listener, patience, happen, told)
}

/// The role of a client on this machine.
pub(in crate::lab) fn peer(addr: SocketAddr) -> io::Result<()> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    connect_all(addr)?;
    actor::until_input_ends();
    Ok(())
}

/// The role of a client at the far end of a cable.
pub(in crate::lab) fn far_peer() -> io::Result<()> {
    cable::own_far_end().map_err(unsupported)?;
    say("ready")?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    cable::take_far_end().map_err(unsupported)?;
    connect_all(line.trim().parse().map_err(io::Error::other)?)?;
    io::stdin().read_line(&mut line)?;
    cable::cut_far_end().map_err(unsupported)?;
    say("cut")?;
    actor::until_input_ends();
    Ok(())
}

/// Opens a connection for each detector and does what a client would.
fn connect_all(addr: SocketAddr) -> io::Result<()> {
    for detector in DETECTORS {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.write_all(b"!")?;
        Builder::new().spawn(move || match detector {
            Detector::Heartbeat => answer(&mut stream),
            Detector::PollGap => poll(&mut stream),
            _ => io::copy(&mut stream, &mut io::sink()).map(drop),
        })?;
    }
    Ok(())
}

/// Answers every ping.
fn answer(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        let ping = read_frame(stream)?;
        stream.write_all(&frame(0x8a, &ping.payload))?;
    }
}

/// Asks again and again, as long-polling does.
fn poll(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        stream.write_all(b"GET /poll HTTP/1.1\r\n\r\n")?;
        thread::sleep(POLL);
    }
}
