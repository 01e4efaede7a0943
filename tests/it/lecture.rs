//! The stage of a lecture as a process: its pages, its lanes, who may do what, and how it refuses.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use duplex_lab::backend::ALL;
use duplex_lab::message::Wire;
use serde_json::Value;

use crate::cli::running::Running;
use crate::cli::{address, argument, duplex, refused};
use crate::support::{Http, Response, until, until_waiting};

/// A lecture on a free port.
struct Lecture {
    at: SocketAddr,
    process: Running,
}

impl Lecture {
    fn start(more: &[&str]) -> Self {
        Self::marked(more, "lecture")
    }

    /// One whose processes can be found again.
    fn marked(more: &[&str], mark: &str) -> Self {
        let arguments = [&["lecture", "--listen", "127.0.0.1:0"], more].concat();
        let mut process = Running::start(&arguments, mark);
        let line = process.line();
        let at = line.strip_prefix("listening on http://").and_then(|rest| rest.split('/').next());
        let at = at.and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("{line:?}"));
        Lecture { at, process }
    }

    fn get(&self, path: &str) -> Response {
        Http::once(self.at, "GET", path, b"")
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).body).expect("the stage tells JSON")
    }
}

#[test]
fn every_page_comes_with_its_type_and_a_policy_and_the_end_is_good() {
    let lecture = Lecture::start(&["--lang", "de"]);
    let pages = [
        "/",
        "/race",
        "/gap",
        "/hall",
        "/phone",
        "/wire",
        "/vanish",
        "/lab",
        "/stage",
        "/recorded",
    ];
    for page in pages.into_iter().chain(["/common.css", "/dissect.js"]) {
        let answer = lecture.get(page);
        assert_eq!(answer.status, 200, "{page}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{page}: {policy}");
    }
    assert_eq!(lecture.get("/nothing").status, 404);
    assert_eq!(lecture.json("/health")["lang"], "de");
    lecture.process.signal("INT");
    assert_eq!(lecture.process.ended().status.code(), Some(0));
}

#[test]
fn every_lane_leads_to_its_backend_and_counts_what_passes() {
    let lecture = Lecture::start(&[]);
    for backend in ALL {
        let name = backend.name();
        assert_eq!(lecture.json(&format!("/lane/{name}/health"))["backend"], name);
    }
    let lanes = lecture.json("/lanes");
    for lane in lanes["lanes"].as_array().expect("a list") {
        assert_eq!((&lane["opened"], &lane["requests"]), (&1.into(), &1.into()), "{lane}");
        assert!(lane["up"].as_u64() > Some(0) && lane["down"].as_u64() > Some(0), "{lane}");
    }
    assert_eq!(lecture.get("/lane/none/health").status, 404);
}

#[test]
fn nobody_gets_the_answer_of_somebody_else() {
    let lecture = Lecture::start(&[]);
    let smuggled = "GET /stats HTTP/1.1\r\nHost: x\r\n\r\n";
    for name in ALL.iter().map(|backend| backend.name()) {
        let path = |rest: &str| format!("/lane/{name}/{rest}");
        for (method, lines, body) in [
            ("GET", "", smuggled),
            ("HEAD", "", ""),
            ("POST", "Expect: 100-continue\r\n", "x"),
            ("PUT", "", "x"),
        ] {
            let answer = with_lines(lecture.at, method, &path("health"), lines, body);
            assert_eq!(answer.status, 400, "{method} {lines}");
        }
        // Whatever a backend refuses, with whatever behind it, the next one is answered what was asked.
        for rest in ["health", "say?room=r&name=n", "nothing", "chat?room=r&name=n"] {
            with_lines(lecture.at, "POST", &path(rest), "", smuggled);
            assert_eq!(lecture.json(&path("health"))["backend"], name, "after POST {rest}");
        }
    }
}

#[test]
fn only_known_orders_are_obeyed_and_a_cut_lane_says_so() {
    let lecture = Lecture::start(&[]);
    let order = |text: &str| Http::once(lecture.at, "POST", "/control", text.as_bytes()).status;
    for bad in ["{", "{}", r#"{"lane":"none"}"#, r#"{"lane":"all","delay_ms":-1}"#] {
        assert_eq!(order(bad), 400, "{bad}");
    }
    assert_eq!(order(r#"{"lane":"all","state":"on fire"}"#), 400);
    assert_eq!(order(r#"{"lane":"async","delay_ms":1.5,"state":"cut"}"#), 200);
    let lanes = lecture.json("/lanes");
    assert_eq!(
        (&lanes["lanes"][1]["delay_ms"], &lanes["lanes"][1]["state"]),
        (&1.5.into(), &"cut".into())
    );
    assert_eq!(lecture.get("/lane/async/health").status, 502);
    assert_eq!(order(r#"{"lane":"async","state":"open"}"#), 200);
    assert_eq!(lecture.get("/lane/async/health").status, 200);
}

#[test]
fn pages_of_other_servers_and_foreign_names_are_refused() {
    let lecture = Lecture::start(&[]);
    for (lines, status) in [
        ("Host: evil.example", "403"),
        ("Host: localhost\r\nOrigin: http://evil.example", "403"),
        ("Host: localhost\r\nHost: localhost", "400"),
        ("Host: localhost\r\nTransfer-Encoding: chunked", "400"),
    ] {
        let request = format!("GET /lanes HTTP/1.1\r\n{lines}\r\nConnection: close\r\n\r\n");
        let mut http = Http::connect(lecture.at).expect("the stage accepts");
        http.write(request.as_bytes()).expect("the stage reads");
        let answer = http.answer().expect("the stage answers");
        assert_eq!(answer.status.to_string(), status, "{lines}");
    }
}

#[test]
fn slides_are_served_from_their_folder_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("index.html"), "<p>slide</p>").expect("it can be written");
    let lecture = Lecture::start(&["--slides", argument(folder.path())]);
    assert_eq!(lecture.get("/slides/").body, b"<p>slide</p>");
    for path in
        ["/slides/../index.html", "/slides/%2e%2e/x", "/slides/none.html", "/slides//etc/passwd"]
    {
        assert_eq!(lecture.get(path).status, 404, "{path}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_one_line() {
    refused(&["lecture", "--listen", "0.0.0.0:0"], &["--room-code"]);
    refused(&["lecture", "--room-code", "a b"], &["4 to 32"]);
    refused(&["lecture", "--lang", "fr"], &["fr", "de"]);
    refused(&["lecture", "--slides", "no/such/folder"], &["no/such/folder"]);
    refused(&["lecture", "--results", "no/such.json"], &["no/such.json"]);
    refused(&["lecture", "--results", "Cargo.toml"], &["Cargo.toml", "not a results file"]);
    refused(&["wire", "wss://localhost:1"], &["ws://HOST:PORT"]);
    refused(&["wire", "ws://localhost:1", "--count", "0"], &["--count"]);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("a bound socket has an address").to_string();
    refused(&["lecture", "--listen", &address], &[&address, "--listen"]);
}

#[test]
fn wire_shows_the_handshake_and_every_frame_and_saves_a_capture() {
    let lecture = Lecture::start(&[]);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("wire.pcapng");
    for (name, is_poll) in
        ALL.iter().map(|backend| (backend.name(), backend.wire() == Wire::LongPoll))
    {
        let (scheme, path) = if is_poll { ("http", "poll") } else { ("ws", "chat") };
        let url = format!("{scheme}://{}/lane/{name}/{path}?room=w&name=eve", lecture.at);
        let count = if is_poll { "1" } else { "2" };
        let output =
            duplex(&["wire", &url, "--say", "hello", "--count", count, "--save", argument(&file)]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{name}: {told}");
        let expected = if is_poll { r#"{"seq":1}"# } else { "= what the server answered" };
        assert!(told.contains(expected), "{name}: {told}");
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{name}: {told}");
        assert!(!told.contains('\x1b'), "{name}: no colours where there is no terminal");
        let saved = std::fs::read(&file).expect("a capture was written");
        assert!(saved.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]), "{name}");
        assert!(saved.windows(4).any(|four| four == b"HTTP"), "{name}");
    }
}

#[test]
fn wire_says_so_when_the_server_dies() {
    for backend in ALL.iter().filter(|backend| backend.wire() == Wire::WebSocket) {
        let name = backend.name();
        let mut server =
            Running::start(&["serve", "--backend", name, "--listen", "127.0.0.1:0"], "wire");
        let at = address(&server.line(), name);
        let wire = Running::start(&["wire", &format!("ws://{at}/chat?room=w&name=eve")], "wire");
        until_waiting(at, 1);
        server.signal("KILL");
        let output = wire.ended();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {complaint}");
        assert!(complaint.contains("without a close frame"), "{name}: {complaint}");
    }
}

#[test]
fn wire_ends_well_when_asked_to_and_says_what_it_cannot_do() {
    for backend in ALL {
        let name = backend.name();
        let is_poll = backend.wire() == Wire::LongPoll;
        let mut server =
            Running::start(&["serve", "--backend", name, "--listen", "127.0.0.1:0"], "wire");
        let at = address(&server.line(), name);
        let url = |scheme: &str, path: &str| format!("{scheme}://{at}/{path}?room=w&name=eve");
        let own = if is_poll { url("http", "poll") } else { url("ws", "chat") };
        let mut wire = Running::start(&["wire", &own], "wire");
        while !wire.line().starts_with('←') {}
        wire.signal("INT");
        let output = wire.ended();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaint.is_empty(), "{name}: {complaint}");
        // A server of another wire says so, and so does whoever asked it.
        let other = if is_poll { url("ws", "chat") } else { url("http", "poll") };
        let output = duplex(&["wire", &other, "--count", "1"]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {complaint}");
        assert!(complaint.contains("HTTP/1.1 4"), "{name}: {complaint}");
    }
    refused(&["wire", "ws://127.0.0.1:9", "--save", "/proc/x"], &["/proc/x", "--save"]);
    refused(&["serve", "--backend", "async", "--workers", "65535"], &["--workers", "1024"]);
}

#[test]
fn what_was_recorded_is_drawn_from_the_files_given_and_from_the_sample() {
    let lecture = Lecture::start(&[]);
    let told = lecture.json("/recorded/lab-vanish.json");
    assert_eq!(told["source"]["name"], "reports/sample/lab.json");
    assert!(told["experiment"]["outcome"]["ran"].is_object(), "{told}");
    let light = lecture.get("/recorded/lab-nagle.svg?lang=de");
    assert_eq!((light.status, light.header("content-type")), (200, Some("image/svg+xml")));
    let dark = lecture.get("/recorded/lab-nagle.svg?lang=de&theme=dark");
    assert!(light.body.starts_with(b"<svg") && dark.body.starts_with(b"<svg"));
    assert!(light.body != dark.body, "it has two themes");
    for path in ["lab-none.json", "lab-nagle.png", "lab-nagle", "../lecture.rs", "%2e%2e/x.svg"] {
        assert_eq!(lecture.get(&format!("/recorded/{path}")).status, 404, "{path}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("mine.json");
    let sample = std::fs::read_to_string("reports/sample/lab.json").expect("there is a sample");
    std::fs::write(&file, sample).expect("it can be written");
    let mine = Lecture::start(&["--results", argument(&file)]);
    let told = mine.json("/recorded/lab-vanish.json");
    assert_eq!(told["source"]["name"], argument(&file), "what was given comes first");
}

#[test]
fn a_client_vanishes_by_order_and_stands_frozen_no_longer_than_the_lecture() {
    let lecture = Lecture::marked(&[], "vanish");
    let order = |text: &str| Http::once(lecture.at, "POST", "/vanish", text.as_bytes()).status;
    for bad in ["{", "{}", r#"{"fault":"frozen","seconds":600}"#, r#"{"fault":"x","seconds":5}"#] {
        assert_eq!(order(bad), 400, "{bad}");
    }
    assert_eq!(order(r#"{"fault":"killed","seconds":20}"#), 200);
    assert_eq!(order(r#"{"fault":"frozen","seconds":20}"#), 409, "one at a time");
    until("all notice", || {
        let told = lecture.json("/vanish.json");
        let all = told["runs"]["killed"]["noticed_ms"].as_array()?.iter().all(Value::is_number);
        (all && told["underWay"].is_null()).then_some(())
    });
    assert_eq!(order(r#"{"fault":"frozen","seconds":60}"#), 200);
    until("it is frozen", || {
        (lecture.json("/vanish.json")["runs"]["frozen"]["phase"] == "running").then_some(())
    });
    lecture.process.signal("INT");
    assert_eq!(lecture.process.ended().status.code(), Some(0));
    #[cfg(target_os = "linux")]
    assert_eq!(crate::cli::running::marked("vanish"), [], "somebody has been left behind");
}

/// A request with lines of one's own, on a connection of its own.
fn with_lines(at: SocketAddr, method: &str, path: &str, lines: &str, body: &str) -> Response {
    let mut http = Http::connect(at).expect("the stage accepts");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         {lines}Content-Length: {length}\r\n\r\n{body}"
    );
    http.write(request.as_bytes()).expect("the stage reads");
    http.answer().expect("the stage answers")
}

#[test]
fn an_experiment_is_made_by_order_and_comes_before_what_was_recorded() {
    let lecture = Lecture::marked(&[], "experiment");
    let order = |text: &str| Http::once(lecture.at, "POST", "/lab", text.as_bytes()).status;
    assert_eq!(order(r#"{"run":"none"}"#), 400);
    let recorded = || lecture.json("/recorded/lab-census.json")["source"].clone();
    assert_eq!(recorded()["live"], false);
    assert_eq!(order(r#"{"run":"census"}"#), 200);
    until("it has ended", || (lecture.json("/lab.json")["count"] == 1).then_some(()));
    assert_eq!(lecture.json("/lab.json")["ended"]["census"], serde_json::json!({}));
    let source = recorded();
    assert_eq!(
        (&source["live"], &source["command"]),
        (&true.into(), &"duplex lab run census --quick".into())
    );
    // A lecture that ends takes what is under way with it.
    assert_eq!(order(r#"{"run":"omission"}"#), 200);
    #[cfg(target_os = "linux")]
    until("it is under way", || {
        (crate::cli::running::marked("experiment").len() > 1).then_some(())
    });
    lecture.process.signal("INT");
    assert_eq!(lecture.process.ended().status.code(), Some(0));
    #[cfg(target_os = "linux")]
    assert_eq!(crate::cli::running::marked("experiment"), [], "somebody has been left behind");
}

#[test]
fn every_phone_has_one_vote_and_the_hall_sees_them_when_they_are_frozen() {
    let lecture = Lecture::start(&[]);
    let steer = |order: &str| with_lines(lecture.at, "POST", "/steer", "", order).status;
    assert_eq!(steer(r#"{"question":"race"}"#), 200);
    for number in 0..6 {
        let entered = lecture.get("/phone");
        let cookie = entered.header("set-cookie").and_then(|line| line.split(';').next());
        let cookie = format!("Cookie: {}\r\n", cookie.expect("a phone gets a mark"));
        for choice in [0, 3, number % 2] {
            let vote = format!(r#"{{"question":"race","choice":{choice},"guess":{number}}}"#);
            assert_eq!(with_lines(lecture.at, "POST", "/vote", &cookie, &vote).status, 200);
        }
        let again = with_lines(lecture.at, "GET", "/phone", &cookie, "");
        assert_eq!(again.header("set-cookie"), None, "a phone keeps its mark");
    }
    let stranger = r#"{"question":"race","choice":1,"guess":1}"#;
    assert_eq!(with_lines(lecture.at, "POST", "/vote", "", stranger).status, 403);
    assert_eq!(lecture.json("/hall.json")["counts"], Value::Null);
    assert_eq!(steer(r#"{"frozen":true}"#), 200);
    let told = lecture.json("/hall.json");
    assert_eq!(told["counts"], serde_json::json!([3, 3, 0, 0]));
    assert_eq!((&told["voted"], &told["guesses"][5]), (&6.into(), &5.0.into()));
    assert!(lecture.get("/join.svg").body.starts_with(b"<svg"));
}

/// An address of this machine that is not loopback, where it has one. Nothing is sent.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[test]
fn whoever_comes_from_another_machine_needs_the_code_and_cannot_steer() {
    let arguments = ["lecture", "--listen", "0.0.0.0:0", "--room-code", "duplex26"];
    let mut process = Running::start(&arguments, "lecture");
    let line = process.line();
    let port = line.split(':').next_back().and_then(|rest| rest.split('/').next());
    let port: u16 = port.and_then(|port| port.parse().ok()).expect("a port");
    assert!(process.complaints().contains("warning: "), "an open stage is warned about");
    // A machine without a network has nobody who could come from elsewhere.
    let Some(ip) = outward() else { return };
    let at = SocketAddr::new(ip, port);
    let get = |path: &str, lines: &str| with_lines(at, "GET", path, lines, "");
    let door = get("/wire", "Accept: text/html,*/*;q=0.8\r\n");
    assert_eq!((door.status, door.header("content-type")), (403, Some("text/html; charset=utf-8")));
    let refused = get("/wire", "");
    assert_eq!((refused.status, refused.header("content-type")), (403, Some("application/json")));
    assert_eq!(get("/lane/async/health", "").status, 403);
    assert_eq!(get("/common.css", "").status, 200, "the door has its looks");
    let entered = get("/wire?code=Duplex26", "");
    assert_eq!((entered.status, entered.header("location")), (303, Some("/wire")));
    assert_eq!(get("//evil.example?code=DUPLEX26", "").header("location"), Some("/evil.example"));
    let cookie = "Cookie: code=DUPLEX26\r\n";
    assert_eq!(get("/wire", cookie).status, 200);
    assert_eq!(get("/lane/async/health", cookie).status, 200);
    for path in ["/control", "/steer", "/crowd", "/vanish", "/lab"] {
        let order = r#"{"lane":"all","state":"cut","question":"race","members":1,
                        "fault":"killed","seconds":1,"run":"census"}"#;
        assert_eq!(with_lines(at, "POST", path, cookie, order).status, 403, "{path}");
    }
    // Whoever throws the cookie away comes as another phone, but not for ever.
    let entered = (0..12).map(|_| get("/phone", cookie).status);
    assert_eq!(entered.collect::<Vec<_>>(), [vec![200; 10], vec![429; 2]].concat());
    for _ in 0..30 {
        get("/wire?code=WRONG", "");
    }
    let late = get("/wire?code=WRONG", "").status;
    assert_eq!(late, 429, "the code cannot be found by trying");
}
