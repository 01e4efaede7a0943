//! What must hold of every input, however wild: shared by the fuzz targets and by the tests
//! (`tests/it/fuzz.rs`), so that both ask the same.

use duplex_lab::backend::head_length;
use duplex_lab::chat::{Limits, Ticket};
use duplex_lab::message::{ClientMessage, Message, PollAnswer, Receipt, ServerMessage};
use duplex_lab::results::{Results, Summary};
use duplex_lab::scenario::Scenario;

/// What can be decoded is encoded to something that decodes to the same.
pub(crate) fn message(bytes: &[u8]) {
    fn check<'a, M: Message<'a> + PartialEq + std::fmt::Debug>(
        bytes: &'a [u8],
        again: impl Fn(&[u8], &M) -> bool,
    ) {
        let Ok(message) = M::decode(bytes) else { return };
        let mut out = Vec::new();
        message.encode(&mut out);
        assert!(again(&out, &message), "{message:?} became {}", String::from_utf8_lossy(&out));
    }
    check::<ClientMessage<'_>>(bytes, |out, m| ClientMessage::decode(out).is_ok_and(|n| n == *m));
    check::<ServerMessage<'_>>(bytes, |out, m| ServerMessage::decode(out).is_ok_and(|n| n == *m));
    check::<PollAnswer<'_>>(bytes, |out, m| PollAnswer::decode(out).is_ok_and(|n| n == *m));
    check::<Receipt>(bytes, |out, m| Receipt::decode(out).is_ok_and(|n| n == *m));
}

/// A head has one end: no beginning of it is a head, and what follows does not matter.
pub(crate) fn head(bytes: &[u8]) {
    let Ok(Some(length)) = head_length(bytes) else { return };
    assert!(length <= bytes.len(), "a head of {length} of {} bytes", bytes.len());
    assert_eq!(head_length(&bytes[..length]), Ok(Some(length)));
    for cut in [length / 2, length.saturating_sub(1)] {
        assert!(!matches!(head_length(&bytes[..cut]), Ok(Some(_))), "it ends before {cut}, too");
    }
}

/// Whoever gets in has a room and a name within the limits; whoever does not is told on one line.
pub(crate) fn ticket(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else { return };
    let limits = Limits::default();
    match Ticket::parse(query, &limits) {
        Ok(Ticket { room, name, wait, .. }) => {
            assert!((1..=limits.room_chars).contains(&room.len()), "{room}");
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            assert!(room.chars().all(plain), "{room}");
            assert!((1..=limits.name_chars).contains(&name.chars().count()), "{name}");
            assert!(!name.contains(char::is_control), "{name:?}");
            assert!(wait <= limits.poll_wait_max);
        }
        Err(refusal) => assert!(!refusal.message.contains('\n'), "{}", refusal.message),
    }
}

/// A scenario can be asked, or its error says where it is wrong: the place in the file, or the name
/// of a scenario that no run could have.
pub(crate) fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Scenario::from_toml(text, "fuzz.toml") {
        Ok(scenario) => {
            assert!(scenario.members > 0 && scenario.rooms > 0 && !scenario.duration.is_zero());
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.contains("fuzz.toml") || told.starts_with("scenario '"), "{told}");
        }
    }
}

/// Results that can be read can be summed up, saved and read again.
pub(crate) fn results(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Results::parse(text, "results.json") {
        Ok(results) => {
            let _ = Summary::of(&results);
            let saved = serde_json::to_string(&results).expect("results are JSON");
            let again = Results::parse(&saved, "results.json").expect("what is saved can be read");
            assert_eq!(serde_json::to_string(&again).expect("results are JSON"), saved);
        }
        Err(error) => assert!(error.to_string().contains("results.json"), "{error}"),
    }
}
