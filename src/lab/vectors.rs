//! Addresses of WebSockets: what a client makes of them (RFC 6455 §3 and §4.1).

use tungstenite::client::{IntoClientRequest as _, uri_mode};
use tungstenite::handshake::client::Request;
use tungstenite::stream::Mode;

use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::results::{Cell, Finding, GridRow, Picture, Unit};

/// What a vector asks for.
#[derive(Debug, Clone, Copy)]
enum Must {
    /// Encrypted or not, the Host header, and what is asked for.
    Be(bool, &'static str, &'static str),
    /// It is no address of a WebSocket.
    Fail,
}

use Must::{Be, Fail};

/// Addresses, what must become of them, and whether this client is predicted to know.
const VECTORS: [(&str, Must, bool); 11] = [
    ("ws://chat.example/room", Be(false, "chat.example", "/room"), true),
    ("wss://chat.example/room", Be(true, "chat.example", "/room"), true),
    ("ws://chat.example", Be(false, "chat.example", "/"), true),
    ("ws://localhost:8080/example", Be(false, "localhost:8080", "/example"), true),
    ("WS://CHAT.example/Room", Be(false, "CHAT.example", "/Room"), true),
    ("ws://chat.example/a?b=c&d", Be(false, "chat.example", "/a?b=c&d"), true),
    ("ws://[::1]:9000/", Be(false, "[::1]:9000", "/"), true),
    ("http://chat.example/", Fail, true),
    ("ws:///room", Fail, true),
    ("chat.example/room", Fail, true),
    // The one that the deck forgot, and this client as well: it drops what stands behind the #.
    ("ws://chat.example/a#b", Fail, false),
];

pub(super) struct Vectors;

impl Experiment for Vectors {
    fn card(&self) -> Card {
        Card {
            name: "vectors",
            question: (
                "Which addresses does a WebSocket have, and what does the client make of them?",
                "Welche Adressen hat ein WebSocket, und was macht der Client daraus?",
            ),
            setup: (
                "Eleven addresses, right and wrong, are given to the client library of this program (tungstenite); nothing is sent.",
                "Elf Adressen, richtige und falsche, gehen an die Client-Bibliothek dieses Programms (tungstenite); gesendet wird nichts.",
            ),
            options: &[
                ("Any URL will do", "Jede URL geht"),
                ("The port must always be there", "Der Port muss immer dastehen"),
                ("ws and wss with host; no fragment", "ws und wss mit Host; kein Fragment"),
            ],
            expected: 2,
            prediction: (
                "Ten of eleven come out as RFC 6455 §3 says; the fragment, which must not be there, is dropped without a word.",
                "Zehn von elf gehen aus, wie RFC 6455 §3 es sagt; das verbotene Fragment wird wortlos weggelassen.",
            ),
            why: (
                "Scheme, host and port decide where to connect: 80 for ws, 443 for wss, and then the port is left out of Host (§4.1). A fragment means a place in a document, and a WebSocket has none.",
                "Schema, Host und Port entscheiden, wohin man sich verbindet: 80 für ws, 443 für wss, und dann fehlt der Port in Host (§4.1). Ein Fragment meint eine Stelle in einem Dokument, und ein WebSocket hat keines.",
            ),
            hides: (
                "A browser's URL parser is another one: since 2023 it takes http:// as well and refuses fragments no more.",
                "Der URL-Parser eines Browsers ist ein anderer: Seit 2023 nimmt er auch http:// und weist Fragmente nicht mehr zurück.",
            ),
            next: (
                "In the browser's console: new WebSocket('ws://localhost:8080/a#b').url",
                "In der Konsole des Browsers: new WebSocket('ws://localhost:8080/a#b').url",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "address", "Adresse"),
                (1, 0, "client library", "Client-Bibliothek"),
                (2, 0, "request", "Anfrage"),
            ],
            links: &[
                (0, 1, "ws://…, wss://…", "ws://…, wss://…"),
                (1, 2, "Host, path", "Host, Pfad"),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        how.go_on()?;
        let (mut right, mut foreseen, mut rows) = (0.0, 0.0, Vec::new());
        for (address, must, knows) in VECTORS {
            let made = made_of(address);
            let is_right = match (must, &made) {
                (Be(tls, host, path), Some(made)) => {
                    *made == (tls, host.to_owned(), path.to_owned())
                }
                (Fail, None) => true,
                _ => false,
            };
            right += f64::from(u8::from(is_right));
            foreseen += f64::from(u8::from(is_right == knows));
            let text = made.map_or("–".to_owned(), |(tls, host, path)| {
                format!("{} {host} {path}", if tls { "TLS" } else { "TCP" })
            });
            let cell = Cell { text: both(&text, &text), as_predicted: Some(is_right == knows) };
            rows.push(GridRow { label: both(address, address), cells: vec![cell] });
        }
        let mut data = Data::default();
        let all = VECTORS.len() as f64;
        data.add(
            "right",
            ("addresses as the RFC says", "Adressen, wie der RFC es sagt"),
            right,
            Unit::Count,
            Some((10.0, 10.0)),
        );
        data.add(
            "foreseen",
            ("addresses as predicted", "Adressen wie vorhergesagt"),
            foreseen,
            Unit::Count,
            Some((all, all)),
        );
        let columns = vec![both("how, Host, path", "wie, Host, Pfad")];
        data.pictures.push(Picture::Grid { columns, rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let right = data.value("right").unwrap_or(0.0);
        let all = VECTORS.len();
        data.by_ranges(
            (
                format!("{right} of {all} addresses come out as RFC 6455 §3 says; only the forbidden fragment is not refused."),
                format!("{right} von {all} Adressen gehen aus, wie RFC 6455 §3 es sagt; nur das verbotene Fragment wird nicht zurückgewiesen."),
            ),
            (
                format!("Not as predicted: {right} of {all} addresses come out as RFC 6455 §3 says; the table shows which do not."),
                format!("Nicht wie vorhergesagt: {right} von {all} Adressen gehen aus, wie RFC 6455 §3 es sagt; die Tabelle zeigt, welche nicht."),
            ),
        )
    }
}

/// What the client would ask for: encrypted or not, Host, path; nothing when it refuses.
fn made_of(address: &str) -> Option<(bool, String, String)> {
    let request: Request = address.into_client_request().ok()?;
    let mode = uri_mode(request.uri()).ok()?;
    let host = request.headers().get("Host")?.to_str().ok()?.to_owned();
    let path = request.uri().path_and_query()?.as_str().to_owned();
    Some((matches!(mode, Mode::Tls), host, path))
}
