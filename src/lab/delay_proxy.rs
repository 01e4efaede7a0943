//! What the proxy of the other experiments costs by itself, and how exact it is.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::proxy::Proxy;
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal, median};
use crate::results::{Bar, Finding, Picture, Unit};
use crate::units::{MICROSECOND, MILLISECOND};

/// Bytes of a message.
const MESSAGE: usize = 26;
/// The distance that is held against the clock, one way.
const FAR: Duration = Duration::from_millis(5);

pub(super) struct DelayProxy;

impl Experiment for DelayProxy {
    fn card(&self) -> Card {
        Card {
            name: "delay-proxy",
            question: (
                "What does our own delay proxy add to what it measures?",
                "Was fügt unser eigener Verzögerungs-Proxy hinzu?",
            ),
            setup: (
                "A message goes to an echo and back: without the proxy, through it with no delay, through it with 5 ms each way.",
                "Eine Nachricht geht zu einem Echo und zurück: ohne Proxy, durch ihn ohne Verzögerung, durch ihn mit 5 ms je Weg.",
            ),
            options: &[
                (
                    "Less than half a millisecond a round trip",
                    "Weniger als eine halbe Millisekunde pro Umlauf",
                ),
                ("Nothing that can be measured", "Nichts Messbares"),
                ("Several milliseconds", "Mehrere Millisekunden"),
            ],
            expected: 0,
            prediction: (
                "Without delay less than 500 µs a round trip; with 5 ms each way less than 1.5 ms beyond the 10 ms, and never too early.",
                "Ohne Verzögerung weniger als 500 µs pro Umlauf; mit 5 ms je Weg weniger als 1,5 ms über die 10 ms hinaus, und nie zu früh.",
            ),
            why: (
                "Each way is two more threads to wake and two more system calls; a sleeping thread wakes 50 µs late at least, which is the kernel's timer slack.",
                "Jeder Weg weckt zwei weitere Threads und macht zwei weitere Systemaufrufe; ein schlafender Thread erwacht mindestens 50 µs zu spät, das ist der Spielraum der Uhr im Kernel.",
            ),
            hides: (
                "A busy machine wakes threads later: every experiment with a distance shares its processors with the proxy.",
                "Eine ausgelastete Maschine weckt Threads später: Jedes Experiment mit Entfernung teilt seine Prozessoren mit dem Proxy.",
            ),
            next: (
                "Run it beside a compilation and see what a loaded machine does to every measurement of time.",
                "Es neben einem Compiler-Lauf machen und sehen, was eine ausgelastete Maschine mit jeder Zeitmessung tut.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "proxy, or none", "Proxy oder keiner"),
                (2, 0, "echo", "Echo"),
            ],
            links: &[(0, 1, "26 bytes and back", "26 Bytes und zurück"), (1, 2, "", "")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let rounds = how.scale(10, 150, 1500);
        let echo = echo()?;
        how.go_on()?;
        let bare = round_trip(echo, rounds)?;
        let near = round_trip(Proxy::start(echo, Duration::ZERO)?.addr(), rounds)?;
        how.go_on()?;
        let far = round_trip(Proxy::start(echo, FAR)?.addr(), rounds)?;
        let late = far - bare - 2.0 * FAR.as_nanos() as f64;
        let (us, ms) = (MICROSECOND as f64, MILLISECOND as f64);
        let mut data = Data::default();
        let what =
            ("added without delay, a round trip", "ohne Verzögerung hinzugefügt, pro Umlauf");
        data.add("cost", what, near - bare, Unit::Time, Some((0.0, 500.0 * us)));
        let what =
            ("too late at 5 ms each way, a round trip", "zu spät bei 5 ms je Weg, pro Umlauf");
        data.add("late", what, late, Unit::Time, Some((0.0, 1.5 * ms)));
        let bar = |(en, de), value| Bar { label: both(en, de), value, predicted: None };
        data.pictures.push(Picture::Bars {
            what: both("round trip, median", "Umlauf, Median"),
            unit: Unit::Time,
            log: true,
            bars: vec![
                bar(("without the proxy", "ohne Proxy"), bare),
                bar(("through it, no delay", "durch ihn, ohne Verzögerung"), near),
                bar(("through it, 5 ms each way", "durch ihn, 5 ms je Weg"), far),
            ],
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| decimal(data.value(key).unwrap_or(0.0) / MICROSECOND as f64, 0);
        let (cost, late) = (of("cost"), of("late"));
        data.by_ranges(
            (
                format!("The proxy adds {} µs to a round trip without delay, and is {} µs late at 5 ms each way.", cost.0, late.0),
                format!("Der Proxy fügt einem Umlauf ohne Verzögerung {} µs hinzu und ist bei 5 ms je Weg {} µs zu spät.", cost.1, late.1),
            ),
            (
                format!("Not as predicted: {} µs added without delay, {} µs late at 5 ms each way.", cost.0, late.0),
                format!("Nicht wie vorhergesagt: {} µs ohne Verzögerung hinzugefügt, {} µs zu spät bei 5 ms je Weg.", cost.1, late.1),
            ),
        )
    }
}

/// A server that sends back what has come whole; it ends with the process.
fn echo() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    Builder::new().name("echo".to_owned()).spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            // Clients come one after the other; each ends by hanging up.
            let mut bytes = [0; MESSAGE];
            while stream.read_exact(&mut bytes).is_ok() && stream.write_all(&bytes).is_ok() {}
        }
    })?;
    Ok(addr)
}

/// The median of so many round trips, in nanoseconds.
fn round_trip(to: SocketAddr, rounds: usize) -> io::Result<f64> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(rounds);
    // The first waits for the handshake, too, and does not count.
    for round in 0..=rounds {
        let begun = Instant::now();
        stream.write_all(&[b'x'; MESSAGE])?;
        stream.read_exact(&mut [0; MESSAGE])?;
        if round > 0 {
            times.push(begun.elapsed().as_nanos() as f64);
        }
    }
    Ok(median(&mut times))
}
