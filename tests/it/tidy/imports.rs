//! Which paths a file names: of this crate, with nested braces and `super` resolved, and of the
//! crates outside. It knows no layer and no fence.

use super::source::{Kind, Source};

/// A path of this crate as it is named somewhere, from the crate's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// The module path of a file below `src/`: `src/load/ws.rs` is `["load", "ws"]`.
pub(crate) fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    match inner {
        "lib" => vec![],
        _ => inner.split('/').map(str::to_owned).collect(),
    }
}

/// Every path of this crate that code outside of tests names.
pub(crate) fn imports(source: &Source) -> Vec<Import> {
    let file = module_of(&source.path);
    let mut found = Vec::new();
    for at in 0..source.tokens.len() {
        let token = &source.tokens[at];
        if token.test || token.kind != Kind::Word || !begins_a_path(source, at) {
            continue;
        }
        let Some((base, next)) = base(source, &file, at) else { continue };
        let mut paths = Vec::new();
        expand(source, next, &mut base.clone(), &mut paths);
        found.extend(paths.into_iter().map(|path| Import { path, line: token.line }));
    }
    found
}

/// Whether the word at `at` begins a path, rather than going on with one behind `::`.
fn begins_a_path(source: &Source, at: usize) -> bool {
    let behind =
        at >= 3 && source.spells(at - 2, ": :") && source.tokens[at - 3].kind == Kind::Word;
    !behind
}

/// Where a path beginning at `at` starts counting, and the token after its `::`.
fn base(source: &Source, file: &[String], mut at: usize) -> Option<(Vec<String>, usize)> {
    if matches!(source.word(at), "crate" | "duplex_lab") {
        return source.spells(at + 1, ": :").then(|| (vec![], at + 3));
    }
    if source.word(at) != "super" {
        return None;
    }
    let mut base = file.to_vec();
    base.extend(inline_modules(source, at));
    while source.word(at) == "super" && source.spells(at + 1, ": :") {
        base.pop();
        at += 3;
    }
    Some((base, at))
}

/// The modules written out in the file around the token at `at`.
fn inline_modules(source: &Source, at: usize) -> Vec<String> {
    (0..at)
        .filter(|&open| {
            source.word(open) == "mod"
                && source.word(open + 2) == "{"
                && source.closing(open + 2) > at
        })
        .map(|open| source.word(open + 1).to_owned())
        .collect()
}

/// Follows a path or a tree of paths from `at` on.
fn expand(source: &Source, at: usize, base: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if source.word(at) == "{" {
        let end = source.closing(at);
        let mut next = at + 1;
        while next < end {
            expand(source, next, base, found);
            next = element_end(source, next, end) + 1;
        }
        return;
    }
    base.push(source.word(at).to_owned());
    if source.spells(at + 1, ": :") {
        expand(source, at + 3, base, found);
    } else {
        found.push(base.clone());
    }
    base.pop();
}

/// The comma behind the element of a list that begins at `at`.
fn element_end(source: &Source, mut at: usize, end: usize) -> usize {
    while at < end && source.word(at) != "," {
        at = if source.word(at) == "{" { source.closing(at) } else { at } + 1;
    }
    at
}

/// The lines on which code outside of tests names the outside crate `name`.
pub(crate) fn outside(source: &Source, name: &str) -> Vec<usize> {
    (0..source.tokens.len())
        .filter(|&at| {
            let token = &source.tokens[at];
            let used = source.spells(at + 1, ": :")
                || (at > 0 && matches!(source.word(at - 1), "use" | "crate"));
            !token.test && source.word(at) == name && used && begins_a_path(source, at)
        })
        .map(|at| source.tokens[at].line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(path, text);
        imports(&source).into_iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn every_way_to_name_a_path_is_seen() {
        let cases: [(&str, &str, &[&str]); 11] = [
            ("src/a.rs", "use crate::b;", &["b"]),
            (
                "src/a.rs",
                "pub use crate::b::{c, d::{e as x, self}, f};",
                &["b::c", "b::d::e", "b::d::self", "b::f"],
            ),
            ("src/a.rs", "use crate::{b, c::d};", &["b", "c::d"]),
            ("src/a.rs", "fn f() -> crate::b::C<u8> { crate::d::e() }", &["b::C", "d::e"]),
            ("src/a.rs", "use super::b::c;", &["b::c"]),
            ("src/a/x.rs", "use super::b; use super::super::c;", &["a::b", "c"]),
            ("src/a.rs", "mod m { use super::b; } use super::c;", &["a::b", "c"]),
            ("src/main.rs", "use duplex_lab::{cli, show::table};", &["cli", "show::table"]),
            ("src/a.rs", "// use crate::b;\nconst T: &str = \"crate::c\";", &[]),
            ("src/a.rs", "#[cfg(test)] mod tests { use crate::load; }", &[]),
            ("src/a.rs", "pub(crate) fn f() {} use crate::*;", &["*"]),
        ];
        for (path, text, expected) in cases {
            assert_eq!(named(path, text), expected, "{text}");
        }
    }

    #[test]
    fn outside_crates_are_seen_where_they_are_named() {
        for (text, lines) in [
            ("use mio::Poll;", vec![1]),
            ("\nuse {std::io, mio::Poll};", vec![2]),
            ("use mio;", vec![1]),
            ("use mio as m;", vec![1]),
            ("fn f(x: mio::Token) -> ::mio::Poll {}", vec![1, 1]),
            ("use other::mio::Poll; let mio = 1; f(mio)", vec![]),
            ("// mio::Poll", vec![]),
        ] {
            assert_eq!(outside(&Source::new("src/a.rs", text), "mio"), lines, "{text}");
        }
    }
}
