//! R9 from outside: the first signal asks, the second one does not wait.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use duplex_lab::backend::ALL;
use duplex_lab::message::Wire;

use super::serve;
use crate::support::{Event, Http, Member, until, until_waiting};

#[test]
fn everybody_hears_of_the_end_and_it_is_a_good_one() {
    for (backend, signal) in ALL.iter().flat_map(|backend| [(backend, "TERM"), (backend, "INT")]) {
        let (server, at) = serve(backend.name(), &[]);
        let mut member = Member::join(at, backend.wire(), "end", "anna");
        member.say_and_hear("good night");
        let mut held = Http::connect(at).expect("the server accepts");
        if backend.wire() == Wire::LongPoll {
            held.ask("GET", "/poll?room=end&name=ben&since=1&wait=25", b"").expect("sent");
            until_waiting(at, 1);
        }
        server.signal(signal);
        if backend.wire() == Wire::LongPoll {
            let answer = held.answer().expect("a held poll is answered at the end");
            assert_eq!((answer.status, &answer.json()["messages"]), (200, &serde_json::json!([])));
        } else {
            assert_eq!(member.next(), Event::Closed { code: Some(1001) });
        }
        let output = server.ended();
        assert_eq!(output.status.code(), Some(0), "{} on {signal}: {output:?}", backend.name());
    }
}

#[test]
fn the_second_signal_does_not_wait() {
    for backend in ALL {
        let (server, at) = serve(backend.name(), &[]);
        // Half a request, or a member that does not answer the goodbye: it is waited for.
        let _deaf: Box<dyn std::any::Any> = match backend.wire() {
            Wire::LongPoll => {
                let mut half = Http::connect(at).expect("the server accepts");
                let front = b"POST /say?room=r&name=n HTTP/1.1\r\nHost: localhost\r\n\
                              Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
                half.write(front).expect("the server reads");
                Box::new(half)
            }
            wire => Box::new(Member::join(at, wire, "deaf", "anna")),
        };
        super::until_connections(at, "somebody is there", |count| count >= 1);
        let asked = Instant::now();
        server.signal("TERM");
        until("nobody gets in any more", || TcpStream::connect(at).is_err().then_some(()));
        server.signal("TERM");
        let output = server.ended();
        // On a machine too busy to send two signals in the time of a drain, it had ended already.
        let is_late = asked.elapsed() > Duration::from_secs(4);
        let code = output.status.code();
        assert!(code == Some(130) || is_late, "{}: {output:?}", backend.name());
    }
}
