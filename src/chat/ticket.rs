//! What a client asks for when it comes: `room`, `name`, `since`, `epoch`, `wait`.

use std::borrow::Cow;
use std::time::Duration;

use super::limits::Limits;
use super::room::Start;
use crate::message::Refusal;

/// A checked request to join, poll or speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The room: 1 to 64 letters, digits, `-`, `_`.
    pub room: String,
    /// The member's name: 1 to 32 characters, none of them a control character.
    pub name: String,
    /// Where to begin.
    pub start: Start,
    /// How long a poll may be held, already within the limits.
    pub wait: Duration,
}

impl Ticket {
    /// Reads a query string; unknown parameters are ignored, of repeated ones the first counts.
    ///
    /// # Errors
    /// When a parameter is missing or not as it must be (R8); answered with status 400.
    pub fn parse(query: &str, limits: &Limits) -> Result<Self, Refusal<'static>> {
        let Fields { room, name, since, epoch, wait } = Fields::of(query);
        let (room, name) = (room.unwrap_or_default(), name.unwrap_or_default());
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if room.is_empty() || room.len() > limits.room_chars || !room.chars().all(named) {
            let most = limits.room_chars;
            return refuse("bad-room", format!("room must be 1 to {most} letters, digits, - or _"));
        }
        let length = name.chars().count();
        if length == 0 || length > limits.name_chars || name.chars().any(char::is_control) {
            let most = limits.name_chars;
            return refuse("bad-name", format!("name must be 1 to {most} printable characters"));
        }
        let start = match since {
            None => Start::Head,
            Some(since) => {
                Start::After { since: parse_since(&since)?, epoch: epoch.map(Cow::into_owned) }
            }
        };
        let wait = match wait {
            None => limits.poll_wait,
            Some(wait) => parse_wait(&wait)?.min(limits.poll_wait_max),
        };
        Ok(Ticket { room: room.into_owned(), name: name.into_owned(), start, wait })
    }
}

/// The parameters as they stand in the query, unchecked.
#[derive(Default)]
struct Fields<'a> {
    room: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    since: Option<Cow<'a, str>>,
    epoch: Option<Cow<'a, str>>,
    wait: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> {
    /// Reads the query once: every poll comes through here.
    fn of(query: &'a str) -> Self {
        let mut fields = Fields::default();
        for (key, value) in query.split('&').flat_map(pair) {
            let field = match key.as_ref() {
                "room" => &mut fields.room,
                "name" => &mut fields.name,
                "since" => &mut fields.since,
                "epoch" => &mut fields.epoch,
                "wait" => &mut fields.wait,
                _ => continue,
            };
            field.get_or_insert(value);
        }
        fields
    }
}

/// Name and value of a parameter. Most are written as they are meant, and cost no decoding.
fn pair(text: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if text.contains(['%', '+']) {
        return form_urlencoded::parse(text.as_bytes()).next();
    }
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    Some((Cow::Borrowed(key), Cow::Borrowed(value)))
}

fn parse_since(text: &str) -> Result<u64, Refusal<'static>> {
    match text.parse() {
        // One below the largest number, so that "the next one" always exists.
        Ok(since) if since < u64::MAX && !text.starts_with('+') => Ok(since),
        _ => refuse("bad-since", "since must be the last seq you have, or 0".to_owned()),
    }
}

fn parse_wait(text: &str) -> Result<Duration, Refusal<'static>> {
    text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).map_or_else(
        || refuse("bad-wait", "wait must be a number of seconds from 0".to_owned()),
        Ok,
    )
}

fn refuse<T>(code: &'static str, message: String) -> Result<T, Refusal<'static>> {
    Err(Refusal { code: code.into(), message: message.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(query: &str) -> String {
        Ticket::parse(query, &Limits::default())
            .map_or_else(|r| r.code.into_owned(), |_| String::new())
    }

    #[test]
    fn a_plain_join_starts_at_the_head() {
        let ticket = Ticket::parse("room=lobby&name=anna", &Limits::default()).unwrap();
        assert_eq!((ticket.room.as_str(), ticket.name.as_str()), ("lobby", "anna"));
        assert_eq!((ticket.start, ticket.wait), (Start::Head, Duration::from_secs(25)));
    }

    #[test]
    fn names_may_be_in_any_script_and_rooms_may_not() {
        let ticket =
            Ticket::parse("room=r&name=J%C3%BCrg%20%F0%9F%98%80", &Limits::default()).unwrap();
        assert_eq!(ticket.name, "Jürg 😀");
        assert_eq!(code("room=K%C3%BCche&name=a"), "bad-room");
    }

    #[test]
    fn each_mistake_has_its_word() {
        let long_name = "n".repeat(33);
        let long_room = "r".repeat(65);
        for (query, word) in [
            ("", "bad-room"),
            ("room=a b&name=n", "bad-room"),
            (&format!("room={long_room}&name=n"), "bad-room"),
            ("room=r", "bad-name"),
            ("room=r&name=", "bad-name"),
            ("room=r&name=a%07b", "bad-name"),
            (&format!("room=r&name={long_name}"), "bad-name"),
            ("room=r&name=n&since=x", "bad-since"),
            ("room=r&name=n&since=-1", "bad-since"),
            ("room=r&name=n&since=18446744073709551615", "bad-since"),
            ("room=r&name=n&wait=soon", "bad-wait"),
            ("room=r&name=n&wait=-1", "bad-wait"),
            ("room=r&name=n&wait=NaN", "bad-wait"),
            ("room=r&name=n&since=5&epoch=e&wait=3&other=1", ""),
        ] {
            assert_eq!(code(query), word, "{query}");
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_limit() {
        let ticket = Ticket::parse("room=r&name=n&wait=99999", &Limits::default()).unwrap();
        assert_eq!(ticket.wait, Duration::from_secs(30));
    }

    proptest! {
        #[test]
        fn a_query_is_read_as_a_form_is(query in "[a-z=&%+0-9é;]{0,40}") {
            let ours: Vec<_> = query.split('&').flat_map(pair).collect();
            let ours = ours.into_iter().filter(|(key, value)| !(key.is_empty() && value.is_empty()));
            let theirs = form_urlencoded::parse(query.as_bytes());
            let theirs = theirs.filter(|(key, value)| !(key.is_empty() && value.is_empty()));
            prop_assert!(ours.eq(theirs), "{}", query);
        }

        #[test]
        fn no_query_string_is_a_panic(query in any::<String>()) {
            let _ = Ticket::parse(&query, &Limits::default());
        }
    }
}
