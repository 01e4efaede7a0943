//! R5: the log is bounded, and whoever reads too slowly is told so and hinders nobody.

use std::time::Duration;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Event, Member, PATIENCE, Server};

/// More than the kernel takes for a reader that does not read, which was measured at 3.9 MB.
const TOO_MUCH: usize = 10 * 1024 * 1024;

/// Limits under which a quick speaker is no flood, however quick the machine is.
fn unhurried() -> Limits {
    Limits { say_rate: 0, ..Limits::default() }
}

/// Reads up to the message `last` and checks that every gap was announced with its size.
/// Returns how many messages were missed.
fn read_with_gaps(member: &mut Member, last: u64) -> u64 {
    let (mut seen, mut missed_in_all) = (0, 0);
    while seen < last {
        match member.next() {
            Event::Message(said) => {
                assert_eq!(said.seq, seen + 1, "a gap that was not announced");
                seen = said.seq;
            }
            Event::Lagged { missed, next } => {
                assert!(missed > 0, "a notice of nothing");
                assert_eq!(next, seen + missed + 1, "'missed' is the distance to 'next'");
                seen += missed;
                missed_in_all += missed;
            }
            other => panic!("neither a message nor a notice: {other:?}"),
        }
    }
    missed_in_all
}

/// Says `count` messages and reads each window of them before the next, so never falls behind.
fn talk(speaker: &mut Member, count: usize, text: &str) {
    const WINDOW: usize = 4;
    for begin in (0..count).step_by(WINDOW) {
        let window = WINDOW.min(count - begin);
        for _ in 0..window {
            speaker.say(text, None);
        }
        for said in speaker.messages(window) {
            assert_eq!(said.text.len(), text.len());
        }
    }
}

#[test]
fn r5_by_entries_a_cursor_that_fell_behind_is_told_how_much_is_gone() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { log_entries: 8, ..unhurried() };
        let server = Server::start(backend, limits);
        let mut speaker = server.join("r5", "anna");
        talk(&mut speaker, 100, "x");
        let mut back = server.resume("r5", 10, Some(speaker.epoch()));
        let Event::Lagged { missed, next } = back.next() else { panic!("no notice") };
        assert!(missed >= 82 && next == 10 + missed + 1, "{missed} missed, next {next}");
        let first = back.message();
        assert_eq!(first.seq, next, "'next' is what comes next");
        let rest: Vec<u64> = (next..100).map(|_| back.message().seq).collect();
        assert_eq!(rest, (next + 1..=100).collect::<Vec<u64>>(), "one notice, then it goes on");
        assert_eq!(speaker.say_and_hear("y").seq, 101);
        assert_eq!(back.message().seq, 101);
        Kept
    }
    plain_and_tls("R5 a cursor behind the oldest entry gets one notice and goes on", check);
}

#[test]
fn r5_by_bytes_the_log_is_bounded_too() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { log_bytes: 32 * 1024, ..unhurried() };
        let server = Server::start(backend, limits);
        let mut speaker = server.join("r5", "anna");
        talk(&mut speaker, 64, &"x".repeat(2048));
        let mut back = server.resume("r5", 0, None);
        let missed = read_with_gaps(&mut back, 64);
        assert!((48..64).contains(&missed), "32 KiB hold at most 16 of these, missed {missed}");
        Kept
    }
    plain_and_tls("R5 the log is bounded in bytes as well", check);
}

#[test]
fn r5_a_reader_that_does_not_read_hinders_nobody() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { log_entries: 16, write_deadline: 3 * PATIENCE, ..unhurried() };
        let server = Server::start(backend, limits);
        let mut frozen = server.join("r5", "frozen");
        let mut speaker = server.join("r5", "anna");
        let text = "x".repeat(4096);
        // Between two polls the kernel holds nothing, so that little is enough there.
        let much = if server.wire == Wire::WebSocket { TOO_MUCH } else { TOO_MUCH / 32 };
        let count = much / text.len();
        // Each of these waits for its own messages: a hindered speaker fails here.
        talk(&mut speaker, count, &text);
        let missed = read_with_gaps(&mut frozen, count as u64);
        assert!(missed > 0, "{much} bytes were kept for somebody who does not read");
        assert_eq!(speaker.say_and_hear("y"), frozen.message());
        Kept
    }
    plain_and_tls("R5 a slow reader never delays anybody and costs no memory", check);
}

#[test]
fn r5_a_reader_that_never_reads_again_is_dropped() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() == Wire::LongPoll {
            return NoMeaning("whoever does not poll holds nothing");
        }
        let limits =
            Limits { log_entries: 16, write_deadline: Duration::from_millis(300), ..unhurried() };
        let server = Server::start(backend, limits);
        let mut frozen = server.join("r5", "frozen");
        let mut speaker = server.join("r5", "anna");
        let text = "x".repeat(4096);
        talk(&mut speaker, TOO_MUCH / text.len(), &text);
        super::endings::wait_for_connections(&server, 2);
        // What the kernel held comes first, then the end.
        let end = std::iter::repeat_with(|| frozen.next())
            .find(|event| !matches!(event, Event::Message(_) | Event::Lagged { .. }));
        assert!(matches!(end, Some(Event::Closed { .. })), "{end:?}");
        speaker.say_and_hear("y");
        Kept
    }
    plain_and_tls("R5 a write without progress ends at the write deadline", check);
}
