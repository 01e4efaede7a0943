//! The stage of a lecture as a process: its pages, its lanes, who may do what, and how it refuses.

use std::net::{SocketAddr, TcpListener};

use duplex_lab::backend::ALL;
use duplex_lab::message::Wire;

use crate::cli::running::Running;
use crate::cli::{argument, duplex, refused};
use crate::support::Http;

/// A lecture on a free port.
struct Lecture {
    at: SocketAddr,
    process: Running,
}

impl Lecture {
    fn start(more: &[&str]) -> Self {
        let arguments = [&["lecture", "--listen", "127.0.0.1:0"], more].concat();
        let mut process = Running::start(&arguments, "lecture");
        let line = process.line();
        let at = line.strip_prefix("listening on http://").and_then(|rest| rest.split('/').next());
        let at = at.and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("{line:?}"));
        Lecture { at, process }
    }

    fn get(&self, path: &str) -> crate::support::Response {
        Http::once(self.at, "GET", path, b"")
    }

    fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_slice(&self.get(path).body).expect("the stage tells JSON")
    }
}

#[test]
fn every_page_comes_with_its_type_and_a_policy_and_the_end_is_good() {
    let lecture = Lecture::start(&["--lang", "de"]);
    for page in ["/", "/wire", "/common.css", "/dissect.js"] {
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
