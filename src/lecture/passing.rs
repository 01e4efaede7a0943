//! Passing on: what a browser asks of a backend goes through a lane as it came, and the answer back
//! as it comes. Whoever wants to see the bytes of one page may tap them.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::http::{Connection, Request, Response, find};
use super::lane::Lane;

/// Longest head of an answer, in bytes.
const HEAD: usize = 64 * 1024;
/// Longer than a held poll and twice the longest delay.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection may rest: less than a backend lets it, so that none is used that is closing.
const REST: Duration = Duration::from_secs(45);
/// Taps at a time, and what each may be behind.
const TAPS: usize = 256;
const BEHIND: usize = 1_024;

/// Who looks at which bytes.
#[derive(Debug)]
pub(super) struct Taps {
    begun: Instant,
    connections: AtomicU64,
    open: Mutex<HashMap<String, broadcast::Sender<String>>>,
}

/// One connection that somebody looks at.
#[derive(Debug, Clone)]
pub(super) struct Tap {
    taps: Arc<Taps>,
    to: broadcast::Sender<String>,
    connection: u64,
}

impl Taps {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Taps {
            begun: Instant::now(),
            connections: AtomicU64::new(0),
            open: Mutex::default(),
        })
    }

    /// Begins to look at everything that bears this mark.
    pub(super) fn watch(&self, mark: &str) -> Option<broadcast::Receiver<String>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, sender| sender.receiver_count() > 0);
        if open.len() >= TAPS {
            return None;
        }
        let sender = open.entry(mark.to_owned()).or_insert_with(|| broadcast::Sender::new(BEHIND));
        Some(sender.subscribe())
    }

    /// The tap of a connection with this mark, when somebody looks.
    fn tap(self: &Arc<Self>, mark: &str) -> Option<Tap> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let to = open.get(mark)?.clone();
        Some(Tap { taps: Arc::clone(self), to, connection: 0 })
    }
}

impl Tap {
    fn tell(&self, up: bool, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let at = self.taps.begun.elapsed().as_secs_f64() * 1e3;
        let told = json!({ "at": at, "up": up, "connection": self.connection, "hex": hex });
        // Nobody looks any more.
        let _ = self.to.send(told.to_string());
    }
}

/// Connections into the lanes that rest between two requests. All browsers share them, as they would
/// share those of one address: who asks again does not pay for another connection, however the
/// requests of a page are spread over its connections to the stage.
#[derive(Debug, Default)]
pub(super) struct Onward(Mutex<HashMap<&'static str, Vec<Resting>>>);

/// A connection that rests.
#[derive(Debug)]
struct Resting {
    stream: TcpStream,
    number: u64,
    since: Instant,
}

impl Resting {
    /// Whether it can be used: the other end has not closed it, and is not about to.
    fn is_open(&self) -> bool {
        let read = self.stream.try_read(&mut [0; 1]);
        let silent = read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        silent && self.since.elapsed() < REST
    }
}

impl Onward {
    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, Vec<Resting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that rests, a new one where there is none or where it is to become something else.
    async fn take(&self, asked: &Asked<'_>, upgrade: bool) -> io::Result<(TcpStream, u64)> {
        if !upgrade {
            let mut all = self.lock();
            let resting = all.entry(asked.lane.name).or_default();
            while let Some(newest) = resting.pop() {
                if newest.is_open() {
                    return Ok((newest.stream, newest.number));
                }
            }
        }
        let stream = TcpStream::connect(asked.lane.begin).await?;
        stream.set_nodelay(true)?;
        Ok((stream, asked.taps.connections.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// Lets a connection rest.
    fn keep(&self, lane: &Lane, stream: TcpStream, number: u64) {
        let mut all = self.lock();
        let resting = all.entry(lane.name).or_default();
        resting.retain(Resting::is_open);
        resting.push(Resting { stream, number, since: Instant::now() });
    }
}

/// A request for a lane: which, and what the backend is to be asked.
pub(super) struct Asked<'a> {
    pub(super) lane: &'a Lane,
    pub(super) taps: &'a Arc<Taps>,
    pub(super) mark: Option<String>,
    pub(super) target: String,
}

/// Passes one request on and its answer back. `false` when the connection ended with it.
pub(super) async fn pass(
    connection: &mut Connection,
    onward: &Onward,
    request: &Request,
    asked: &Asked<'_>,
) -> io::Result<bool> {
    asked.lane.requests.fetch_add(1, Ordering::Relaxed);
    let Ok((mut server, number)) = onward.take(asked, request.is_upgrade()).await else {
        return unreachable(connection).await;
    };
    let tap = asked.mark.as_deref().and_then(|mark| asked.taps.tap(mark));
    let tap = tap.map(|tap| Tap { connection: number, ..tap });
    let tell = |up: bool, bytes: &[u8]| {
        if let Some(tap) = &tap {
            tap.tell(up, bytes);
        }
    };
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, asked.target).into_bytes();
    bytes.extend_from_slice(&request.lines);
    bytes.extend_from_slice(&request.body);
    tell(true, &bytes);
    if server.write_all(&bytes).await.is_err() {
        return unreachable(connection).await;
    }
    if request.is_upgrade() {
        let unread = connection.take_unread();
        server.write_all(&unread).await?;
        both_ways(&mut connection.stream, &mut server, tell).await;
        return Ok(false);
    }
    let mut ahead = [0];
    let answer = tokio::select! {
        answer = timeout(PATIENCE, answer(&mut server)) => answer.unwrap_or(Err(ErrorKind::TimedOut.into())),
        // Whoever asked has gone, or breaks the rules by asking again: both end the held poll.
        _ = connection.stream.peek(&mut ahead) => return Ok(false),
    };
    let Ok(answer) = answer else { return unreachable(connection).await };
    tell(false, &answer.bytes);
    connection.stream.write_all(&answer.bytes).await?;
    if answer.is_good && !answer.is_last {
        onward.keep(asked.lane, server, number);
    }
    Ok(!answer.is_last)
}

async fn unreachable(connection: &mut Connection) -> io::Result<bool> {
    let refusal = Response::refuse(502, "cut", "the lane to this backend is cut");
    connection.answer(&refusal, true).await?;
    Ok(false)
}

/// One whole answer.
struct Answer {
    bytes: Vec<u8>,
    /// Whether the server closes behind it.
    is_last: bool,
    /// Whether everything went as it should. Only then is the connection in a state that somebody else
    /// may be given: a server that refuses may have left a body unread, and what is behind an answer
    /// would be read as that of the next.
    is_good: bool,
}

async fn answer(server: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at + 4;
        }
        if bytes.len() > HEAD || server.read_buf(&mut bytes).await? == 0 {
            return Err(ErrorKind::InvalidData.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let value = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| *known == name).map(|(_, value)| value.trim().to_owned())
    };
    let is_last = value("connection").is_some_and(|value| value == "close");
    let length = value("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    while bytes.len() < end + length {
        if server.read_buf(&mut bytes).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    let is_good = head.starts_with("http/1.1 200 ") && bytes.len() == end + length;
    Ok(Answer { bytes, is_last, is_good })
}

/// Carries an upgraded connection until either end has had enough.
async fn both_ways(client: &mut TcpStream, server: &mut TcpStream, tell: impl Fn(bool, &[u8])) {
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        let carried = tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(length @ 1..) => {
                    tell(true, &up[..length]);
                    server.write_all(&up[..length]).await
                }
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(length @ 1..) => {
                    tell(false, &down[..length]);
                    client.write_all(&down[..length]).await
                }
                _ => return,
            },
        };
        if carried.is_err() {
            return;
        }
    }
}
