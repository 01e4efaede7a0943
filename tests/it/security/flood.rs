//! S10: who says too much is told so, and nobody else notices.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;

use super::{Kept, Verdict, every_backend};
use crate::support::{Event, Server};

#[test]
fn s10_a_flood_is_refused_and_the_others_speak_on() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { say_rate: 1, say_burst: 5, ..Limits::default() };
        let server = Server::start(backend, limits);
        let mut loud = server.join("flood", "loud");
        let (mut said, mut refused) = (0, 0);
        // A token a second may come back meanwhile, on a slow machine a few.
        for _ in 0..60 {
            loud.say("and another thing", None);
            match loud.next() {
                Event::Message(_) => said += 1,
                Event::Error { code } => {
                    assert_eq!(code, "flood");
                    refused += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(said >= 5 && refused > 0, "{said} said, {refused} refused");
        let mut quiet = server.join("flood", "quiet");
        assert_eq!(quiet.say_and_hear("may I?").seq, said + 1, "what was refused has no number");
        Kept
    }
    every_backend("S10 beyond the rate a say is refused (flood, 429), for this member only", check);
}

#[test]
fn s10_names_and_texts_cannot_carry_more_than_text() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        for name in ["a%1Bb", "a%0Ab", "a%0D%0AX-Evil:%201", "a%C2%9Bb", "a%7F"] {
            let (method, target) = super::way_in(server.wire);
            let target = target.replace("name=n", &format!("name={name}"));
            let answer = super::ask(server.at, method, &target, "Host: localhost\r\n");
            assert_eq!(super::verdict(&answer), (400, "bad-name".to_owned()), "{name}");
        }
        let mut member = server.join("html", "<b>anna</b>");
        for text in ["<img src=x onerror=alert(1)>", "\u{1b}[2J\u{7}", "\"}</script>\u{2028}"] {
            let said = member.say_and_hear(text);
            assert_eq!((said.from.as_str(), said.text.as_str()), ("<b>anna</b>", text));
        }
        Kept
    }
    every_backend("S10 control characters in names are refused; texts come back as text", check);
}
