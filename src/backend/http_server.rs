//! What the two backends on tokio have in common: a runtime, an accept loop, hyper per connection.
//!
//! Kept apart so that `coroutine.rs` and `long_poll.rs` show nothing but how they wait.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::num::NonZero;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time;

use super::complaint::Complaint;
use super::doorman::{Doorman, Goodbye, Pass};
use super::flow::Bucket;
use super::guard::Asked;
use super::patience::Patient;
use super::route::{Answer, COMMON_HEADERS, Site};
use super::stream::Stream;
use super::strict::Strict;
use super::{Door, Stop, Tls};
use crate::chat::{Limits, Rooms};
use crate::message::Refusal;

#[cfg(test)]
mod tests;

/// How long a full accept loop rests: long enough for somebody to leave, short enough to go unseen.
const REST: Duration = Duration::from_millis(50);

/// What [`Presence::beats`] is while somebody has asked for something, or has not yet.
const BUSY: u32 = u32::MAX;

/// How long a goodbye may take to be read.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// What a backend answers to one request.
pub(super) trait Service: Clone + Send + Sync + 'static {
    fn answer(
        &self,
        request: Request<Incoming>,
        guest: Guest,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// One connection, counted while it lives. A backend that takes the connection over by an upgrade
/// takes the guest along.
#[derive(Debug, Clone)]
pub(super) struct Guest(Arc<Presence>);

#[derive(Debug)]
struct Presence {
    rooms: Arc<Rooms>,
    /// What may be said by requests on this connection.
    bucket: Mutex<Bucket>,
    /// Beats of the heart since a poll was answered, if no other request has come since; else
    /// [`BUSY`]. A count and not a time: every poll comes by here, and reading a clock costs more.
    beats: AtomicU32,
    _pass: Pass,
    /// Never sent on: a channel whose senders are all gone says that everybody has left.
    _alive: mpsc::Sender<Infallible>,
}

impl Guest {
    /// Takes a token for one message; a refusal when there is none.
    pub(super) fn may_say(&self) -> Result<(), Refusal<'static>> {
        self.0.bucket.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A poll has been answered: who is still there asks again, and soon.
    pub(super) fn was_answered(&self) {
        self.0.beats.store(0, Ordering::Relaxed);
    }

    /// A request has come.
    fn has_asked(&self) {
        self.0.beats.store(BUSY, Ordering::Relaxed);
    }

    /// Counts a beat, two of which make the pong deadline; whether a poll was answered so long ago
    /// that whoever asked must be gone. The first beat may follow the answer at once, hence three.
    fn is_gone(&self) -> bool {
        // `BUSY` has no successor, and so stays.
        let one_more = |beats: u32| beats.checked_add(1);
        let before = self.0.beats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        before.is_ok_and(|beats| beats >= 2)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.rooms.stats().connections.sub(1);
    }
}

/// Serves on a runtime of its own until `stop`.
pub(super) fn serve(
    door: Door,
    site: &Site,
    stop: &Stop,
    service: &impl Service,
) -> io::Result<()> {
    let workers = site.rooms.limits().workers.unwrap_or_else(usable_cpus);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers.max(1))
        .thread_name("worker")
        .enable_io()
        .enable_time()
        .build()?;
    door.listener.set_nonblocking(true)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(door.listener)?;
        accept_until_stopped(listener, door.tls.as_ref(), &site.rooms, stop, service).await;
        Ok(())
    })
}

fn usable_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

async fn accept_until_stopped(
    listener: tokio::net::TcpListener,
    tls: Option<&Tls>,
    rooms: &Arc<Rooms>,
    stop: &Stop,
    service: &impl Service,
) {
    let (alive, mut everybody_gone) = mpsc::channel(1);
    let (goodbye, leave) = watch::channel(());
    let doorman = Doorman::new(usize::MAX, rooms.limits());
    let mut complaint = Complaint::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = poll_fn(|context| stop.poll(context.waker())) => break,
        };
        match accepted {
            Ok((stream, from)) => {
                let pass = doorman.admit(from.ip());
                match pass {
                    Some(pass) => admit((stream, tls), pass, rooms, &alive, &leave, service),
                    None => turn_away((stream, tls), rooms, doorman.see_out()),
                }
            }
            Err(error) => {
                complaint.about(&error);
                time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    rooms.close();
    drop((goodbye, leave, alive));
    // Whoever has not left by then is cut off when the runtime is dropped.
    let _ = time::timeout(rooms.limits().drain_deadline, everybody_gone.recv()).await;
}

fn admit(
    (stream, tls): (TcpStream, Option<&Tls>),
    pass: Pass,
    rooms: &Arc<Rooms>,
    alive: &mpsc::Sender<Infallible>,
    leave: &watch::Receiver<()>,
    service: &impl Service,
) {
    let (limits, stats) = (rooms.limits(), rooms.stats());
    stats.connections.add(1);
    stats.accepted.add(1);
    let guest = Guest(Arc::new(Presence {
        rooms: Arc::clone(rooms),
        bucket: Mutex::new(Bucket::new(limits)),
        beats: AtomicU32::new(BUSY),
        _pass: pass,
        _alive: alive.clone(),
    }));
    // A socket that cannot be set up is a connection that is already gone.
    if stream.set_nodelay(limits.nodelay).is_ok() {
        tokio::spawn(attend((stream, tls.cloned()), leave.clone(), service.clone(), guest));
    }
}

/// HTTP/1.1 with the limits that everybody has.
fn strict_http(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.keep_alive)
        .max_buf_size(limits.head_bytes.max(8192))
        .half_close(false);
    builder
}

/// Answers the requests of one connection, one after the other, until it ends or is upgraded.
async fn attend(
    (stream, tls): (TcpStream, Option<Tls>),
    mut leave: watch::Receiver<()>,
    service: impl Service,
    guest: Guest,
) {
    let limits = guest.0.rooms.limits();
    let greeted = AtomicBool::new(false);
    let builder = strict_http(limits);
    let answer = service_fn(|request| {
        greeted.store(true, Ordering::Relaxed);
        guest.has_asked();
        let (service, guest) = (service.clone(), guest.clone());
        // What stands behind a body in chunks is never taken for a request (RFC 9112 §6.1).
        let is_last = request.headers().contains_key(TRANSFER_ENCODING);
        async move {
            let mut response = service.answer(request, guest).await;
            if is_last {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let due = time::Instant::now() + limits.handshake_deadline;
    // In a box, so that shaking hands does not enlarge the task of everybody who has.
    let opened = Box::pin(Stream::open(Patient::new(stream, &guest.0.rooms), tls.as_ref()));
    let stream = tokio::select! {
        opened = time::timeout_at(due, opened) => opened.ok().and_then(Result::ok),
        _ = leave.changed() => None,
    };
    // Too slow, or no TLS: it has been told.
    let Some(stream) = stream else { return };
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(Strict::new(stream)), answer).with_upgrades());
    let mut first_request = pin!(time::sleep_until(due));
    let mut heartbeat = beats(limits);
    let (mut leaving, mut is_first_due) = (false, true);
    loop {
        tokio::select! {
            // An error here is the peer's: it sent no HTTP or went away. hyper has answered it.
            _ = &mut connection => return,
            () = &mut first_request, if is_first_due => {
                is_first_due = false;
                if !greeted.load(Ordering::Relaxed) {
                    return;
                }
            }
            _ = heartbeat.tick(), if !limits.ping_interval.is_zero() => {
                if guest.is_gone() {
                    return;
                }
            }
            _ = leave.changed(), if !leaving => {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// A held poll is the heartbeat of its wire: the next one must come in time.
fn beats(limits: &Limits) -> time::Interval {
    let mut beats = time::interval((limits.pong_deadline / 2).max(Duration::from_millis(1)));
    // They are counted, so those that a busy machine has missed must not come all at once.
    beats.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    beats
}

/// Tells a client that the server is full, in a way that it can read, unless too many are being
/// told.
fn turn_away(
    (stream, tls): (TcpStream, Option<&Tls>),
    rooms: &Arc<Rooms>,
    goodbye: Option<Goodbye>,
) {
    rooms.stats().refused.add(1);
    let Some(goodbye) = goodbye else { return };
    let (stream, tls) = (Patient::new(stream, rooms), tls.cloned());
    tokio::spawn(async move {
        refuse(stream, tls).await;
        drop(goodbye);
    });
}

async fn refuse(stream: Patient, tls: Option<Tls>) {
    let told = async {
        let Ok(mut stream) = Stream::open(stream, tls.as_ref()).await else { return };
        // Its request is read first: closing with unread bytes would be a reset, which may
        // overtake the answer.
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&Answer::full().to_http1(false, true)).await;
        let _ = stream.shutdown().await;
    };
    let _ = time::timeout(LINGER, told).await;
}

/// A request as routes see it.
pub(super) fn asked(request: &Request<Incoming>) -> Asked<'_> {
    Asked {
        version: request.version(),
        method: request.method(),
        uri: request.uri(),
        headers: request.headers(),
    }
}

/// An answer as hyper sends it.
pub(super) fn response(answer: Answer) -> Response<Full<Bytes>> {
    let body = match answer.body {
        Cow::Borrowed(body) => Bytes::from_static(body),
        Cow::Owned(body) => Bytes::from(body),
    };
    let content_type = match answer.content_type {
        Cow::Borrowed(kind) => HeaderValue::from_static(kind),
        Cow::Owned(kind) => HeaderValue::try_from(kind).expect("it was a header value before"),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    // Every poll comes by here: names are not read anew for each.
    headers.extend(COMMON.iter().cloned());
    headers.extend(answer.headers.iter().map(parsed));
    if answer.is_last {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// [`COMMON_HEADERS`], read once.
static COMMON: LazyLock<Vec<(HeaderName, HeaderValue)>> =
    LazyLock::new(|| COMMON_HEADERS.iter().map(parsed).collect());

fn parsed((name, value): &(&'static str, &'static str)) -> (HeaderName, HeaderValue) {
    let name = HeaderName::from_bytes(name.as_bytes()).expect("names of headers are constants");
    (name, HeaderValue::from_static(value))
}
