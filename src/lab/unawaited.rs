//! What happens to work that nobody awaits: nothing, where work is lazy.

use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::results::{Bar, Finding, Picture, Unit};

/// What is to be sent.
const WORD: &[u8] = b"hello";

/// What is done with the work, and whether it gets done.
const WAYS: [(&str, (&str, &str), bool, Way); 5] = [
    (
        "called",
        ("async fn called, not awaited", "async fn aufgerufen, nicht abgewartet"),
        false,
        called,
    ),
    (
        "block",
        ("async block made and dropped", "async-Block gebaut und fallen gelassen"),
        false,
        dropped,
    ),
    ("awaited", ("async fn awaited", "async fn abgewartet"), true, awaited),
    ("thread", ("thread started, never joined", "Thread gestartet, nie abgewartet"), true, started),
    ("plain", ("plain function called", "gewöhnliche Funktion aufgerufen"), true, plain),
];

type Way = fn(TcpStream) -> io::Result<()>;

pub(super) struct Unawaited;

impl Experiment for Unawaited {
    fn card(&self) -> Card {
        Card {
            name: "unawaited",
            question: (
                "What happens when one forgets to await?",
                "Was geschieht, wenn man vergisst, auf etwas zu warten?",
            ),
            setup: (
                "Five programs are to send five bytes to a listener; they differ only in what they do with the work.",
                "Fünf Programme sollen einem Zuhörer fünf Bytes senden; sie unterscheiden sich nur darin, was sie mit der Arbeit tun.",
            ),
            options: &[
                ("It never runs", "Es läuft nie"),
                ("It runs in the background", "Es läuft im Hintergrund"),
                ("It runs later, when there is time", "Es läuft später, wenn Zeit ist"),
            ],
            expected: 0,
            prediction: (
                "0 bytes arrive where nobody awaits, 5 where somebody does; a thread sends its 5 whether awaited or not.",
                "0 Bytes kommen an, wo niemand wartet, 5, wo jemand wartet; ein Thread sendet seine 5, ob man wartet oder nicht.",
            ),
            why: (
                "Calling an async function runs nothing of it: it gives a value that knows how to go on. In Rust it is a Future and moves when polled; in Python a coroutine object and moves when awaited. A thread is moved by the operating system.",
                "Eine async-Funktion aufzurufen führt nichts davon aus: Man erhält einen Wert, der weiß, wie es weitergeht. In Rust ist es ein Future und bewegt sich, wenn er gefragt wird; in Python ein Coroutine-Objekt, wenn man darauf wartet. Einen Thread bewegt das Betriebssystem.",
            ),
            hides: (
                "JavaScript is eager: an async function runs to its first await by itself. And spawned tasks run without anybody awaiting them.",
                "JavaScript ist eifrig: Dort läuft eine async-Funktion von selbst bis zum ersten await. Und als Task gestartete Arbeit läuft, ohne dass jemand wartet.",
            ),
            next: (
                "In Python: async def f(): print('hi') — then f() alone, then import asyncio; asyncio.run(f()). Read the warning of the first.",
                "In Python: async def f(): print('hi') – dann f() allein, dann import asyncio; asyncio.run(f()). Die Warnung beim ersten lesen.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "work: send 5 bytes", "Arbeit: 5 Bytes senden"),
                (1, 0, "listener", "Zuhörer"),
            ],
            links: &[(0, 1, "awaited or not", "abgewartet oder nicht")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let mut data = Data::default();
        let mut bars = Vec::new();
        for (key, label, done, way) in WAYS {
            how.go_on()?;
            let arrived = try_out(way)? as f64;
            let expected = if done { WORD.len() as f64 } else { 0.0 };
            data.add(key, label, arrived, Unit::Bytes, Some((expected, expected)));
            let label = both(label.0, label.1);
            bars.push(Bar { label, value: arrived, predicted: Some(expected) });
        }
        data.pictures.push(Picture::Bars {
            what: both("bytes that arrived", "Bytes, die ankamen"),
            unit: Unit::Bytes,
            log: false,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let (lost, sent) = (of("called") + of("block"), of("awaited"));
        data.by_ranges(
            (
                format!("Not awaited, {lost} bytes are sent; awaited, {sent}."),
                format!("Ohne await werden {lost} Bytes gesendet, mit await {sent}."),
            ),
            (
                format!("Not as predicted: {lost} bytes sent without await, {sent} with it."),
                format!("Nicht wie vorhergesagt: {lost} Bytes ohne await gesendet, {sent} damit."),
            ),
        )
    }
}

/// How many bytes arrive until the sender's end is closed.
fn try_out(way: Way) -> io::Result<usize> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let sender = TcpStream::connect(listener.local_addr()?)?;
    let (mut receiver, _) = listener.accept()?;
    way(sender)?;
    let mut all = Vec::new();
    receiver.read_to_end(&mut all)
}

/// The work itself.
async fn send(mut to: TcpStream) -> io::Result<()> {
    to.write_all(WORD)
}

fn called(to: TcpStream) -> io::Result<()> {
    // The compiler warns of a future that is not used; so it is thrown away in so many words.
    drop(send(to));
    Ok(())
}

fn dropped(mut to: TcpStream) -> io::Result<()> {
    let work = async move { to.write_all(WORD) };
    drop(work);
    Ok(())
}

fn awaited(to: TcpStream) -> io::Result<()> {
    // All that a runtime does with a future that is never pending.
    match pin!(send(to)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(sent) => sent,
        Poll::Pending => Err(io::Error::other("a plain write waits for nobody")),
    }
}

fn started(to: TcpStream) -> io::Result<()> {
    thread::Builder::new().spawn(move || plain(to)).map(drop)
}

fn plain(mut to: TcpStream) -> io::Result<()> {
    to.write_all(WORD)
}
