//! RFC 6455 on `/echo`, case by case, on every WebSocket backend of the registry.
//!
//! The cases follow the public suite for servers that is named after its road (categories 1 to 7, 9
//! and 10: framing, control frames, reserved bits, opcodes, fragmentation, UTF-8, closing, sizes).
//! Each is a row: what is sent, piece by piece, what has to come back, and how it has to end.
//! Frames are made and read by hand here, so that no library judges itself.

mod closing;
mod framing;
mod play;
mod sizes;
mod utf8;

use duplex_lab::backend::ALL;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use self::play::Case;
use crate::support::{Server, over_tls};

fn every_server_passes(cases: &[Case]) {
    let play = || {
        for backend in ALL.iter().filter(|backend| backend.wire() == Wire::WebSocket) {
            let server = Server::start(*backend, Limits::default());
            let failed: Vec<String> = cases
                .iter()
                .filter_map(|case| case.play(server.at).err())
                .map(|why| format!("{}: {why}", backend.name()))
                .collect();
            assert!(failed.is_empty(), "\n{}", failed.join("\n"));
            println!("{} cases passed by {}", cases.len(), backend.name());
        }
    };
    play();
    over_tls(play);
}

#[test]
fn framing_and_fragmentation() {
    every_server_passes(&framing::cases());
}

#[test]
fn text_is_utf8() {
    every_server_passes(&utf8::cases());
}

#[test]
fn closing_handshakes() {
    every_server_passes(&closing::cases());
}

#[test]
fn sizes_up_to_16_mib() {
    every_server_passes(&sizes::cases());
}

#[test]
fn there_are_as_many_cases_as_the_suite_has() {
    let all = [framing::cases(), utf8::cases(), closing::cases(), sizes::cases()].concat();
    assert!(all.len() >= 301, "{}", all.len());
    let mut ids: Vec<&str> = all.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "two cases have the same name");
}
