//! Eight connections, each with another way to notice that the client is gone.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use crate::machine::tcp;

/// How long a read waits before it looks around.
const GLANCE: Duration = Duration::from_millis(50);
/// Keep-alive asks after this time, as often as `TIMES`, and the heartbeat pings as often.
const BEAT: Duration = Duration::from_secs(1);
const TIMES: u32 = 3;
/// What was sent may stay without acknowledgement for so long.
const USER_TIMEOUT: Duration = Duration::from_secs(3);
/// A client that polls is gone when it has not for so long.
const GAP: Duration = Duration::from_millis(1_500);
/// The client is watched for so long before anything happens to it.
const HEALTHY: Duration = Duration::from_millis(700);
/// The longest a client may take to connect.
const ARRIVAL: Duration = Duration::from_secs(20);

/// A way to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// Read and wait.
    Nothing,
    /// Send one message after the fault, then read and wait.
    Send,
    /// The kernel's keep-alive.
    KeepAlive,
    /// Keep-alive, and one message after the fault.
    KeepAliveSend,
    /// `TCP_USER_TIMEOUT`.
    UserTimeout,
    /// `TCP_USER_TIMEOUT`, and one message after the fault.
    UserTimeoutSend,
    /// Ping and pong of the application.
    Heartbeat,
    /// The client asks again and again, and once it does not.
    PollGap,
}

/// All of them.
pub const DETECTORS: [Detector; 8] = [
    Detector::Nothing,
    Detector::Send,
    Detector::KeepAlive,
    Detector::KeepAliveSend,
    Detector::UserTimeout,
    Detector::UserTimeoutSend,
    Detector::Heartbeat,
    Detector::PollGap,
];

/// When each of them noticed, counted from the fault; nothing for never.
pub type Noticed = [Option<Duration>; DETECTORS.len()];

/// Hears who has noticed so far, and says whether to go on.
pub(super) type Told<'a> = &'a mut dyn FnMut(&Noticed) -> bool;

impl Detector {
    /// Its name for programs.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Detector::Nothing => "nothing",
            Detector::Send => "send",
            Detector::KeepAlive => "keepalive",
            Detector::KeepAliveSend => "keepalive-send",
            Detector::UserTimeout => "user-timeout",
            Detector::UserTimeoutSend => "user-timeout-send",
            Detector::Heartbeat => "heartbeat",
            Detector::PollGap => "poll-gap",
        }
    }

    /// Its name for people, in English and in German.
    #[must_use]
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Detector::Nothing => ("waits and reads", "wartet und liest"),
            Detector::Send => ("sends one message", "sendet eine Nachricht"),
            Detector::KeepAlive => ("TCP keep-alive", "TCP-Keep-Alive"),
            Detector::KeepAliveSend => ("keep-alive, one message", "Keep-Alive, eine Nachricht"),
            Detector::UserTimeout => ("TCP_USER_TIMEOUT", "TCP_USER_TIMEOUT gesetzt"),
            Detector::UserTimeoutSend => {
                ("USER_TIMEOUT, one message", "USER_TIMEOUT, eine Nachricht")
            }
            Detector::Heartbeat => ("heartbeat", "Herzschlag"),
            Detector::PollGap => ("missing poll", "fehlender Poll"),
        }
    }

    /// How long it is set to take at most; nothing where nothing is set. Whether it keeps that depends on
    /// the fault.
    #[must_use]
    pub fn bound(self) -> Option<Duration> {
        match self {
            Detector::Nothing | Detector::Send => None,
            Detector::KeepAlive | Detector::KeepAliveSend => Some(BEAT * (TIMES + 1)),
            Detector::UserTimeout | Detector::UserTimeoutSend => Some(USER_TIMEOUT),
            Detector::Heartbeat => Some(BEAT + BEAT),
            Detector::PollGap => Some(GAP),
        }
    }

    fn sends(self) -> bool {
        use Detector::{KeepAliveSend, Send, UserTimeoutSend};
        matches!(self, Send | KeepAliveSend | UserTimeoutSend)
    }

    fn prepare(self, stream: &TcpStream) -> io::Result<()> {
        match self {
            Detector::KeepAlive | Detector::KeepAliveSend => {
                tcp::set_keepalive(stream, BEAT, BEAT, TIMES)
            }
            Detector::UserTimeout | Detector::UserTimeoutSend => {
                tcp::set_user_timeout(stream, USER_TIMEOUT)
            }
            _ => Ok(()),
        }
    }
}

/// What all watchers look at.
#[derive(Debug, Default)]
struct World {
    /// When the fault happened.
    fault: OnceLock<Instant>,
    /// Nobody watches any more.
    ended: AtomicBool,
    /// When each of them noticed.
    noticed: [OnceLock<Instant>; DETECTORS.len()],
}

impl World {
    /// Who has noticed so far, counted from that moment.
    fn noticed(&self, since: Instant) -> Noticed {
        self.noticed.each_ref().map(|one| Some(one.get()?.saturating_duration_since(since)))
    }

    /// Lets the fault happen and stays until it is enough.
    fn play(
        &self,
        patience: Duration,
        fault: impl FnOnce() -> io::Result<Instant>,
        told: Told<'_>,
    ) -> io::Result<Instant> {
        thread::sleep(HEALTHY);
        let at = fault()?;
        // It is set once, here.
        let _ = self.fault.set(at);
        loop {
            let so_far = self.noticed(at);
            let is_enough = so_far.iter().all(Option::is_some) || at.elapsed() >= patience;
            if !told(&so_far) || is_enough {
                return Ok(at);
            }
            thread::sleep(GLANCE);
        }
    }
}

/// Accepts a connection for each detector, lets `fault` happen and gives when each noticed it;
/// `told` hears of it meanwhile.
///
/// # Errors
/// When the client does not come, was gone before the fault, or the fault cannot be made.
pub(super) fn watch(
    listener: &TcpListener,
    patience: Duration,
    fault: impl FnOnce() -> io::Result<Instant>,
    told: Told<'_>,
) -> io::Result<Noticed> {
    let mut streams = Vec::new();
    for detector in DETECTORS {
        let mut stream = accept(listener)?;
        stream.set_nodelay(true)?;
        detector.prepare(&stream)?;
        stream.set_read_timeout(Some(ARRIVAL))?;
        stream.read_exact(&mut [0])?;
        stream.set_read_timeout(Some(GLANCE))?;
        streams.push((detector, stream));
    }
    let world = World::default();
    let happened = thread::scope(|scope| {
        let mut begin = || -> io::Result<()> {
            for ((detector, stream), slot) in streams.drain(..).zip(&world.noticed) {
                let world = &world;
                Builder::new().spawn_scoped(scope, move || {
                    if let Some(at) = until_noticed(detector, stream, world) {
                        // Each slot belongs to one watcher, which notices once.
                        let _ = slot.set(at);
                    }
                })?;
            }
            Ok(())
        };
        let happened = begin().and_then(|()| world.play(patience, fault, told));
        world.ended.store(true, Ordering::Relaxed);
        happened
    });
    let at = happened?;
    if world.noticed.iter().filter_map(OnceLock::get).any(|one| *one < at) {
        return Err(io::Error::other("a client was gone before anything happened to it"));
    }
    Ok(world.noticed(at))
}

/// Accepts a connection that comes in time.
fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let deadline = Instant::now() + ARRIVAL;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Err(_) if Instant::now() > deadline => return Err(ErrorKind::TimedOut.into()),
            Err(_) => thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Watches one connection until its client counts as gone; nothing when nobody waits any longer.
fn until_noticed(detector: Detector, mut stream: TcpStream, world: &World) -> Option<Instant> {
    let mut unsent = detector.sends();
    let mut heard = Instant::now();
    // When the next ping is due, and since when one is without answer.
    let (mut due, mut asked) = (Instant::now(), None::<Instant>);
    let mut bytes = [0; 256];
    while !world.ended.load(Ordering::Relaxed) {
        if unsent && world.fault.get().is_some() {
            unsent = false;
            if stream.write_all(&[b'x'; 100]).is_err() {
                return Some(Instant::now());
            }
        }
        if detector == Detector::Heartbeat && asked.is_none() && Instant::now() >= due {
            (due, asked) = (due + BEAT, Some(Instant::now()));
            if stream.write_all(&[0x89, 0]).is_err() {
                return Some(Instant::now());
            }
        }
        match stream.read(&mut bytes) {
            Ok(1..) => (heard, asked) = (Instant::now(), None),
            Err(error) if is_silence(&error) => {}
            // The end of the stream, a reset, or a kernel that has given up.
            Ok(0) | Err(_) => return Some(Instant::now()),
        }
        let is_late = match detector {
            Detector::Heartbeat => asked.is_some_and(|since| since.elapsed() > BEAT),
            Detector::PollGap => heard.elapsed() > GAP,
            _ => false,
        };
        if is_late {
            return Some(Instant::now());
        }
    }
    None
}

/// Whether a read has just found nothing yet. Under Unix a read that waited in vain says
/// `WouldBlock`, and `TimedOut` is a connection that the kernel has given up.
fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
        || (cfg!(windows) && error.kind() == ErrorKind::TimedOut)
}
