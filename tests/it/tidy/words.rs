//! Words that must not stand in the code: calls that panic, notes to self, clocks where time is
//! data, waiting by the clock and fixed ports in tests, paths of somebody's machine.

use super::source::{Kind, Source};
use super::tree::{Finding, Tree, finding};

/// Marks of unfinished work. Written in halves, so that this file does not contain them.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// Folders that exist on one machine only. Written in halves for the same reason.
const FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
/// Modules in which time is data and never the present.
const TIMELESS: [&str; 3] = ["plan", "show", "results"];

/// The findings of a rule that looks at one token of one file at a time.
fn each(tree: &Tree, rule: impl Fn(&Source, usize) -> Option<String>) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &tree.sources {
        for (at, token) in source.tokens.iter().enumerate() {
            let said = rule(source, at);
            found.extend(said.map(|what| finding(&source.path, token.line, what)));
        }
    }
    found
}

/// `.unwrap()` outside tests.
pub(crate) fn unwraps(tree: &Tree) -> Vec<Finding> {
    each(tree, |source, at| {
        let found = source.spells(at, ". unwrap ( )") && !source.tokens[at].test;
        found.then(|| "unwrap() outside tests: handle it, or expect() with a proof".to_owned())
    })
}

/// Macros and notes of unfinished work.
pub(crate) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let mut found = each(tree, |source, at| {
        let word = source.word(at);
        let unfinished = matches!(word, "todo" | "unimplemented" | "dbg");
        (unfinished && source.word(at + 1) == "!").then(|| format!("{word}! is not finished work"))
    });
    for source in &tree.sources {
        for (number, line) in source.text.lines().enumerate() {
            let note = NOTES.iter().find(|note| line.contains(**note));
            found.extend(note.map(|note| finding(&source.path, number + 1, format!("a {note}"))));
        }
    }
    found
}

/// Lints switched off without a reason.
pub(crate) fn silent_allows(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &tree.sources {
        for attribute in source.attributes() {
            let line = source.tokens[attribute.start].line;
            let has = |word| attribute.clone().any(|at| source.word(at) == word);
            if (has("allow") || has("expect")) && !has("reason") {
                found.push(finding(&source.path, line, "a lint is switched off without reason"));
            }
        }
    }
    found
}

/// Clocks in modules that must give the same answer at any time.
pub(crate) fn clocks(tree: &Tree) -> Vec<Finding> {
    each(tree, |source, at| {
        let module = source.path.trim_start_matches("src/").split(['/', '.']).next();
        let timeless =
            source.path.starts_with("src/") && TIMELESS.iter().any(|m| module == Some(m));
        let clock = source.word(at) == "SystemTime" || source.spells(at, "Instant : : now");
        (timeless && clock).then(|| "no clock here: time is given as data".to_owned())
    })
}

/// Tests that wait by the clock instead of for what they wait for.
pub(crate) fn waits_by_the_clock(tree: &Tree) -> Vec<Finding> {
    each(tree, |source, at| {
        let token = &source.tokens[at];
        let found = token.test && token.kind == Kind::Word && source.word(at).starts_with("sleep");
        found.then(|| "wait for what you wait for, not for a time".to_owned())
    })
}

/// Tests that open a port of their own choice instead of port 0. A port in a text that is only
/// read or compared does no harm.
pub(crate) fn fixed_ports(tree: &Tree) -> Vec<Finding> {
    each(tree, |source, at| {
        let token = &source.tokens[at];
        let port = match token.kind {
            Kind::Text => port_in(source.word(at)),
            Kind::Number => port_behind(source, at),
            _ => None,
        };
        port.filter(|_| token.test && is_opened(source, at))
            .map(|port| format!("port {port} is fixed: bind port 0 and ask which one it is"))
    })
}

/// Whether the token stands in a call that opens a socket, or behind `--listen`.
fn is_opened(source: &Source, at: usize) -> bool {
    const CALLS: [&str; 3] = ["bind", "connect", "connect_timeout"];
    let behind_flag = at >= 2 && source.spells(at - 2, "\"--listen\" ,");
    let in_call = (1..=at).rev().take(20).any(|open| {
        source.word(open) == "("
            && CALLS.contains(&source.word(open - 1))
            && source.closing(open) > at
    });
    behind_flag || in_call
}

/// A port other than 0 behind a loopback or wildcard address in a string.
fn port_in(text: &str) -> Option<u32> {
    ["127.0.0.1:", "0.0.0.0:", "localhost:", "[::1]:", "[::]:"].iter().find_map(|host| {
        let rest = &text[text.find(host)? + host.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok().filter(|port| *port != 0)
    })
}

/// A port other than 0 given as a number behind an address: `("127.0.0.1", 5)`, `([…], 5)`.
fn port_behind(source: &Source, at: usize) -> Option<u32> {
    let port = source.word(at).parse().ok().filter(|port| *port != 0)?;
    let behind = at >= 2
        && source.word(at - 1) == ","
        && (matches!(source.word(at - 2), "\"127.0.0.1\"" | "\"localhost\"" | "LOCALHOST")
            || (at >= 9 && source.spells(at - 9, "127 , 0 , 0 , 1 ] ,")));
    behind.then_some(port)
}

/// Paths of somebody's machine in any file that holds text.
pub(crate) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in &tree.texts {
        for (number, line) in text.lines().enumerate() {
            let folder = FOLDERS.iter().find(|folder| begins_a_path(line, folder));
            let said = folder.map(|folder| format!("{folder} exists on one machine only"));
            found.extend(said.map(|what| finding(path, number + 1, what)));
        }
    }
    found
}

/// Whether the folder stands in the line as the beginning of a path, not inside of one.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '$' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule with texts of `src/plan.rs` that break it and texts that do not.
    type Case = (fn(&Tree) -> Vec<Finding>, &'static [&'static str], &'static [&'static str]);

    const CASES: &[Case] = &[
        (
            unwraps,
            &["fn f() { x.unwrap() }", "fn f() { x\n    .unwrap(); }"],
            &[
                "// x.unwrap()",
                "const T: &str = \"x.unwrap()\";",
                "x.unwrap_or(1)",
                "#[cfg(test)] mod tests { fn f() { x.unwrap() } }",
            ],
        ),
        (
            unfinished,
            &["todo!()", "unimplemented!(\"x\")", "dbg!(x)", concat!("// TO", "DO: more")],
            &["fn todo() {}", "// dbg!(x)", "let t = \"todo!()\";"],
        ),
        (
            silent_allows,
            &[
                "#[allow(dead_code)] fn f() {}",
                "#![allow(unused)]",
                "#[expect(dead_code)] fn f() {}",
                "#[cfg_attr(test, allow(dead_code))] fn f() {}",
            ],
            &["#[allow(dead_code, reason = \"x\")] fn f() {}", "x.expect(\"y\")", "#[derive(A)]"],
        ),
        (
            clocks,
            &["let t = Instant::now();", "use std::time::SystemTime;"],
            &["fn f(at: Instant) {}", "// Instant::now()"],
        ),
        (
            waits_by_the_clock,
            &[
                "#[cfg(test)] mod tests { fn f() { thread::sleep(D) } }",
                "#[cfg(test)] mod tests { fn f() { tokio::time::sleep_until(T) } }",
            ],
            &["fn f() { thread::sleep(D) }", "#[cfg(test)] mod tests { /* sleep */ }"],
        ),
        (
            fixed_ports,
            &[
                "#[cfg(test)] mod t { fn f() { connect(\"127.0.0.1:PORT\") } }",
                "#[cfg(test)] mod t { fn f() { bind(\"127.0.0.1:8080\") } }",
                "#[cfg(test)] mod t { fn f() { bind((\"localhost\", PORT)) } }",
                "#[cfg(test)] mod t { fn f() { bind(from(([127, 0, 0, 1], PORT))) } }",
                "#[cfg(test)] mod t { fn f() { g([\"--listen\", \"127.0.0.1:PORT\"]) } }",
            ],
            &[
                "fn f() { bind(\"127.0.0.1:PORT\") }",
                "#[cfg(test)] mod t { fn f() { bind(\"127.0.0.1:0\") } }",
                "#[cfg(test)] mod t { fn f() { bind(([127, 0, 0, 1], 0)) } }",
                "#[cfg(test)] mod t { fn f() { read(\"http://127.0.0.1:PORT/\") } }",
                "#[cfg(test)] mod t { fn f() { bind(x); g(\"127.0.0.1:PORT\") } }",
            ],
        ),
        (
            machine_paths,
            &[concat!("// see /wo", "rk/notes.md"), concat!("let p = \"/ro", "ot/.cargo\";")],
            &["let u = \"https://example.org/work/\";", "// a/root/b"],
        ),
    ];

    /// The cases name no port themselves, or the rule would find them here.
    fn with_port(text: &str) -> String {
        text.replace("PORT", "9001")
    }

    #[test]
    fn every_planted_word_is_found_and_no_innocent_one() {
        for (number, (rule, broken, kept)) in CASES.iter().enumerate() {
            for text in *broken {
                let found = rule(&Tree::planted(&[("src/plan.rs", &with_port(text))]));
                assert!(!found.is_empty(), "rule {number} does not see {text}");
            }
            for text in *kept {
                let found = rule(&Tree::planted(&[("src/plan.rs", &with_port(text))]));
                assert_eq!(found, [], "rule {number} accuses {text}");
            }
        }
    }

    #[test]
    fn clocks_are_fine_where_somebody_has_to_look_at_one() {
        assert_eq!(clocks(&Tree::planted(&[("src/load.rs", "Instant::now()")])), []);
    }
}
