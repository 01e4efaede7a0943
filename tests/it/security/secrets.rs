//! S6, S8 and S10: what must not be told, and what must not be guessed.

use std::collections::HashSet;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;

use super::{Kept, Verdict, every_backend};
use crate::support::{Event, Http, Server};

#[cfg(unix)]
#[test]
fn s6_nothing_of_a_request_is_logged() {
    use crate::cli::running::Running;
    fn check(backend: &'static dyn Backend) -> Verdict {
        let arguments = ["serve", "--backend", backend.name(), "--listen", "127.0.0.1:0"];
        let mut server = Running::start(&arguments, "secrets");
        let at = crate::cli::address(&server.line(), backend.name());
        for target in [
            "/?token=Geheimnis",
            "/nowhere/Geheimnis",
            "/chat?room=r&name=n&token=Geheimnis",
            "/poll?room=Geheim%1Bnis&name=Geheim%0Anis",
        ] {
            let answer = Http::once(at, "GET", target, b"");
            assert_ne!(answer.status, 500);
        }
        let bytes = b"GET /Geheimnis\x1b[2J HTTP/1.1\r\nCookie: Geheimnis\0\r\n\r\n";
        assert!(Http::raw(at, bytes).starts_with(b"HTTP/1.1 400"));
        server.signal("TERM");
        let output = server.ended();
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "", "a server has nothing to say of requests");
        Kept
    }
    every_backend("S6 S10 no token and no control character gets into a log", check);
}

#[test]
fn s6_pages_tell_nobody_where_they_were() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let page = Http::once(server.at, "GET", "/?room=r&token=secret", b"");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        let policy = page.header("content-security-policy").expect("a page has a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        Kept
    }
    every_backend("S6 S10 pages send no referrer and run nothing written into them", check);
}

#[test]
fn s8_epochs_cannot_be_guessed_and_foreign_ones_are_of_no_use() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let epochs: HashSet<String> = (0..64)
            .map(|room| server.join(&format!("s8-{room}"), "n").epoch().to_owned())
            .collect();
        assert_eq!(epochs.len(), 64, "an epoch came twice");
        assert!(epochs.iter().all(|e| e.len() == 16 && e.bytes().all(|b| b.is_ascii_hexdigit())));
        // Of 64 random numbers hardly two begin with the same 24 bits; of counted ones all do.
        let fronts: HashSet<&str> = epochs.iter().map(|epoch| &epoch[..6]).collect();
        assert!(fronts.len() > 60, "epochs look alike: {epochs:?}");
        let mut stranger = server.resume("s8-0", 0, Some("0000000000000000"));
        assert!(matches!(stranger.next(), Event::Reset { epoch } if epoch == stranger.epoch()));
        Kept
    }
    every_backend("S8 epochs are unguessable; a foreign one is told reset", check);
}
