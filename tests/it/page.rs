//! The chat page as every backend serves it: its files, their types and the policy a browser holds
//! them to, nothing written into the markup that the policy would forbid, and two languages that
//! can say the same things.

use std::collections::BTreeSet;

use duplex_lab::backend::ALL;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use crate::support::{Http, Server};

/// The files of the page and what each is.
const FILES: [(&str, &str); 7] = [
    ("/", "text/html; charset=utf-8"),
    ("/chat.js", "text/javascript; charset=utf-8"),
    ("/words.js", "text/javascript; charset=utf-8"),
    ("/wires.js", "text/javascript; charset=utf-8"),
    ("/drawer.js", "text/javascript; charset=utf-8"),
    ("/dissect.js", "text/javascript; charset=utf-8"),
    ("/chat.css", "text/css; charset=utf-8"),
];

/// What a browser may do with the page, and nothing else.
const POLICY: [&str; 8] = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self' ws: wss:",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
];

/// Every file of the page from a server, in the order of [`FILES`].
fn served() -> Vec<String> {
    let server = Server::start(ALL[0], Limits::default());
    let text = |(path, _): &(&str, &str)| {
        let answer = Http::once(server.at, "GET", path, b"");
        String::from_utf8(answer.body).expect("the files are UTF-8")
    };
    FILES.iter().map(text).collect()
}

#[test]
fn every_backend_serves_the_same_files_with_their_types_and_the_policy() {
    let expected = served();
    for backend in ALL {
        let server = Server::start(*backend, Limits::default());
        for ((path, kind), body) in FILES.iter().zip(&expected) {
            let answer = Http::once(server.at, "GET", path, b"");
            let what = format!("{path} of {}", backend.name());
            assert_eq!(answer.status, 200, "{what}");
            assert_eq!(answer.header("content-type"), Some(*kind), "{what}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
            assert_eq!(answer.body, body.as_bytes(), "{what}");
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert_eq!(policy.split("; ").collect::<Vec<_>>(), POLICY, "{what}");
        }
    }
}

#[test]
fn the_policy_stands_in_the_header_alone() {
    // Two policies both apply, and what one of them forgot is a complaint on every load.
    assert!(!served()[0].contains("http-equiv"));
}

#[test]
fn nothing_in_the_markup_needs_more_than_the_policy_allows() {
    let html = &served()[0];
    for script in html.split("<script").skip(1) {
        let (head, rest) = script.split_once('>').expect("a tag ends");
        assert!(head.contains(" src=\"/"), "a script written into the page: {head}");
        assert!(rest.starts_with("</script>"), "a script with a source and a text: {head}");
    }
    assert!(!html.contains("<style"), "a style written into the page");
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        for attribute in tag.split_whitespace().skip(1) {
            let inline = attribute.starts_with("style=") || attribute.starts_with("on");
            assert!(!inline, "{attribute} in <{tag}>");
        }
    }
}

#[test]
fn no_file_names_another_host() {
    for (file, (path, _)) in served().iter().zip(FILES) {
        for scheme in ["http://", "https://", "ws://", "wss://", "=\"//", "'//", "@import", "url("]
        {
            assert!(!file.contains(scheme), "{path} has {scheme}");
        }
    }
}

/// The keys of one language in one of the tables of `/words.js`, which has one entry per line.
fn keys(words: &str, table: &str, language: &str) -> Vec<String> {
    let begin = format!("export const {table} = {{\n");
    let (_, table) = words.split_once(&begin).expect("the table is there");
    let (table, _) = table.split_once("\n};").expect("the table ends");
    let (_, entries) = table.split_once(&format!("  {language}: {{\n")).expect("the language is");
    let (entries, _) = entries.split_once("\n  },").expect("the language ends");
    let key = |line: &str| line.split_once(':').map(|(key, _)| key.trim().replace('\'', ""));
    entries.lines().map(|line| key(line).expect("one entry per line")).collect()
}

#[test]
fn both_languages_have_the_same_words() {
    let words = &served()[2];
    for (table, least) in [("WORDS", 20), ("REFUSALS", 10)] {
        let (english, german) = (keys(words, table, "en"), keys(words, table, "de"));
        assert_eq!(english, german, "{table}");
        assert!(english.len() >= least, "{table}: {english:?}");
        let once: BTreeSet<_> = english.iter().collect();
        assert_eq!(once.len(), english.len(), "{table} has a key twice: {english:?}");
    }
}

#[test]
fn german_has_a_sentence_for_what_the_server_refuses_a_member() {
    let known = keys(&served()[2], "REFUSALS", "de");
    for backend in ALL {
        let server = Server::start(*backend, Limits::default());
        let path = if backend.wire() == Wire::LongPoll { "/poll" } else { "/chat" };
        for query in ["", "room=r", "room=r&name=n&since=x", "room=r&name=n&since=0&wait=x"] {
            let code = Http::once(server.at, "GET", &format!("{path}?{query}"), b"").code();
            assert!(known.contains(&code), "{}: {path}?{query} gives {code}", backend.name());
        }
    }
}
