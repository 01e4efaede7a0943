//! Who survives silence: a proxy that hangs up after T against pings every p.

use std::io;
use std::thread;
use std::time::Duration;

use super::bench::Server;
use super::member::enter;
use super::proxy::{Fault, Proxy, Road};
use super::set_up::speaking;
use super::{Card, Data, Experiment, How, Knob, NoData, Sketch, Values, both};
use crate::chat::Limits;
use crate::message::Wire;
use crate::results::{Cell, Finding, GridRow, Picture, Unit};

/// When the proxy hangs up, in milliseconds.
const TIMEOUTS: [u64; 3] = [400, 800, 1600];
/// How often the server pings, in milliseconds.
const PINGS: [u64; 4] = [200, 600, 1200, 2400];

pub(super) struct Idle;

impl Experiment for Idle {
    fn card(&self) -> Card {
        Card {
            name: "idle",
            question: (
                "Does a connection stay open when nobody says anything?",
                "Bleibt eine Verbindung offen, wenn niemand etwas sagt?",
            ),
            setup: (
                "Twelve members are silent behind proxies that hang up after T of silence, while the server pings every p; then somebody speaks. A real proxy waits 60 s; here everything is faster.",
                "Zwölf Mitglieder schweigen hinter Proxys, die nach T Stille auflegen, während der Server alle p einen Ping sendet; dann spricht jemand. Ein echter Proxy wartet 60 s; hier geht alles schneller.",
            ),
            options: &[
                ("TCP stays open for ever", "TCP bleibt für immer offen"),
                ("Idle connections are always cut", "Stille Verbindungen werden immer getrennt"),
                ("It survives if and only if p < T", "Sie überlebt genau dann, wenn p < T"),
            ],
            expected: 2,
            prediction: (
                "All twelve come out by p < T and nothing else.",
                "Alle zwölf gehen nach p < T aus und nach nichts anderem.",
            ),
            why: (
                "TCP itself never hangs up. What stands between keeps state for every connection and forgets whoever is silent; a ping (RFC 6455 §5.5.2) is the talk that costs least.",
                "TCP selbst legt nie auf. Was dazwischen steht, merkt sich jede Verbindung und vergisst, wer schweigt; ein Ping (RFC 6455 §5.5.2) ist das billigste Lebenszeichen.",
            ),
            hides: (
                "A NAT forgets without hanging up: then nobody is told. Mobile networks wait from minutes to hours, and every ping wakes the radio.",
                "Ein NAT vergisst, ohne aufzulegen: Dann erfährt es niemand. Mobilnetze warten Minuten bis Stunden, und jeder Ping weckt den Funk.",
            ),
            next: (
                "duplex lab run idle --timeout 3000: the longer the proxy waits, the fewer pings it takes.",
                "duplex lab run idle --timeout 3000: Je länger der Proxy wartet, desto weniger Pings braucht es.",
            ),
        }
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "timeout",
            values: Values::Numbers(300, 20_000),
            default: "1600",
            about: (
                "the most patient proxy, in milliseconds; the others wait half and a quarter of it",
                "der geduldigste Proxy, in Millisekunden; die anderen warten halb und ein Viertel so lang",
            ),
        }]
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "silent member", "stilles Mitglied"),
                (1, 0, "proxy: hangs up after T", "Proxy: legt nach T auf"),
                (2, 0, "server: pings every p", "Server: Ping alle p"),
                (3, 0, "speaker", "Sprecher"),
            ],
            links: &[
                (0, 1, "pong", "Pong"),
                (1, 2, "ping", "Ping"),
                (2, 3, "one message", "eine Nachricht"),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let most = how.number("timeout", how.scale(400, TIMEOUTS[2], TIMEOUTS[2]));
        let timeouts = [most / 4, most / 2, most];
        let pings = PINGS.map(|ping| ping * most / TIMEOUTS[2]);
        // Long enough that the slowest ping would have come too late for the most patient proxy.
        let silence = Duration::from_millis(most * how.choose(5, 12) / 4);
        how.go_on()?;
        let survived = thread::scope(|scope| {
            let play = |timeout, ping| {
                thread::Builder::new().spawn_scoped(scope, move || try_out(timeout, ping, silence))
            };
            let runs: Vec<_> = timeouts
                .iter()
                .flat_map(|timeout| pings.iter().map(|ping| play(*timeout, *ping)))
                .collect();
            runs.into_iter()
                .map(|run| run?.join().map_err(|_| io::Error::other("a member panicked"))?)
                .collect::<io::Result<Vec<bool>>>()
        })?;
        let mut right = 0.0;
        let mut rows = Vec::new();
        for (timeout, survived) in timeouts.iter().zip(survived.chunks(pings.len())) {
            let cell = |(ping, survived): (&u64, &bool)| {
                let as_predicted = *survived == (ping < timeout);
                right += f64::from(u8::from(as_predicted));
                let text = if *survived { both("open", "offen") } else { both("cut", "getrennt") };
                Cell { text, as_predicted: Some(as_predicted) }
            };
            let cells = pings.iter().zip(survived).map(cell).collect();
            let label = both(&format!("T = {timeout} ms"), &format!("T = {timeout} ms"));
            rows.push(GridRow { label, cells });
        }
        let mut data = Data::default();
        let what =
            ("members that fared as p < T says", "Mitglieder, denen es ging, wie p < T sagt");
        data.add("right", what, right, Unit::Count, Some((12.0, 12.0)));
        let column = |ping: &u64| both(&format!("p = {ping} ms"), &format!("p = {ping} ms"));
        data.pictures.push(Picture::Grid { columns: pings.iter().map(column).collect(), rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let right = data.value("right").unwrap_or(0.0);
        data.by_ranges(
            (
                "All twelve connections survive if and only if pings come faster than the proxy's patience ends.".to_owned(),
                "Alle zwölf Verbindungen überleben genau dann, wenn Pings schneller kommen, als die Geduld des Proxys endet.".to_owned(),
            ),
            (
                format!("Only {right} of twelve connections fare as p < T says."),
                format!("Nur {right} von zwölf Verbindungen ergeht es, wie p < T sagt."),
            ),
        )
    }
}

/// Whether a member that was silent for so long still hears what is said.
fn try_out(timeout: u64, ping: u64, silence: Duration) -> io::Result<bool> {
    let ping = Duration::from_millis(ping);
    // No later than the next ping: a server looks for the pong before it thinks of pinging again.
    let limits =
        Limits { ping_interval: ping, pong_deadline: ping, workers: Some(1), ..Limits::default() };
    let backend = speaking(Wire::WebSocket).map_err(io::Error::other)?;
    let server = Server::start_with(backend, limits)?;
    let fault = Some(Fault::IdleTimeout(Duration::from_millis(timeout)));
    let proxy = Proxy::along(server.addr(), Road { fault, ..Road::default() })?;
    // On a busy machine a short patience may be over during the handshake already.
    let Ok((_, mut ear)) = enter(Wire::WebSocket, proxy.addr(), "lab", "anna") else {
        return Ok(false);
    };
    ear.patience(silence + Duration::from_secs(2))?;
    let heard = thread::Builder::new().spawn(move || ear.hear().is_ok())?;
    thread::sleep(silence);
    let (mut mouth, _ear) = enter(Wire::WebSocket, server.addr(), "lab", "ben")?;
    mouth.say("still here?")?;
    heard.join().map_err(|_| io::Error::other("a member panicked"))
}
