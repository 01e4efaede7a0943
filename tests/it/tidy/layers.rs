//! Who may import whom: the layer table, the ban on cycles, the fences around outside crates.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{imports, module_of, outside};
use super::source::Source;
use super::tree::{Finding, Tree, finding};

const FACTS: &[&str] = &["units", "message", "scenario", "machine"];
const ABOVE_COMPARE: &[&str] = &[
    "units", "message", "scenario", "machine", "plan", "sample", "chat", "page", "backend", "load",
    "results",
];
/// The stage shows what there is: experiments while they run, and pictures of those that ran before.
const STAGE: &[&str] = &[
    "units", "message", "scenario", "machine", "plan", "sample", "chat", "page", "backend", "load",
    "results", "lab", "show",
];
const ANYTHING: &[&str] = &[
    "units", "message", "scenario", "machine", "plan", "sample", "chat", "page", "backend", "load",
    "results", "compare", "lab", "lecture", "wire", "doctor", "show", "deck",
];

/// The layer table: a module and what it may import.
const LAYERS: &[(&str, &[&str])] = &[
    // Facts.
    ("units", &[]),
    ("message", &["units"]),
    ("scenario", &["units"]),
    ("machine", &["units"]),
    // Pure.
    ("plan", FACTS),
    ("sample", FACTS),
    ("chat", FACTS),
    ("page", FACTS),
    // Doing: server side and client side never meet.
    ("backend", &["units", "message", "scenario", "machine", "chat", "page"]),
    ("load", &["units", "message", "scenario", "machine", "plan", "sample"]),
    ("results", &["units", "message", "scenario", "machine", "sample"]),
    // Using.
    ("compare", ABOVE_COMPARE),
    ("lab", ABOVE_COMPARE),
    ("lecture", STAGE),
    ("wire", &["units"]),
    ("doctor", ABOVE_COMPARE),
    ("show", &["results", "units"]),
    ("deck", &["results", "show", "units"]),
    // The edge, which nobody imports; `main` joins it to the operating system.
    ("cli", ANYTHING),
    (
        "main",
        &[
            "units", "message", "scenario", "machine", "plan", "sample", "chat", "page", "backend",
            "load", "results", "compare", "lab", "lecture", "wire", "doctor", "show", "deck",
            "cli",
        ],
    ),
    ("lib", &[]),
];

/// The modules that may use the registry of `backend` and nothing inside it.
const REGISTRY_ONLY: &[&str] = &["compare", "lab", "lecture", "doctor", "cli", "main"];

/// An outside crate and the places that may name it. A place is a module or a file without `.rs`;
/// a file must exist and need the crate, as soon as its module has any code.
const FENCES: &[(&str, &[&str])] = &[
    (
        "tokio",
        &[
            "backend/coroutine",
            "backend/http_server",
            "backend/long_poll",
            "backend/patience",
            "backend/stream",
            "backend/strict",
            "lab/blocked_executor/echo",
            "lab/wake_ups/brigade",
            "lecture",
        ],
    ),
    (
        "tungstenite",
        &[
            "backend/blocking",
            "backend/coroutine",
            "backend/frame",
            "backend/handshake",
            "lab/masking",
            "lab/vectors",
            "load/ws",
            "wire/handshake",
        ],
    ),
    ("tokio_tungstenite", &["backend/coroutine"]),
    ("rustls", &["backend/blocking/tls", "backend/tls", "load"]),
    ("tokio_rustls", &["backend/coroutine/sealed", "backend/stream"]),
    ("rcgen", &["backend/tls/kept"]),
    ("hyper", &["backend/coroutine", "backend/http_server", "backend/long_poll"]),
    ("hyper_util", &["backend/coroutine", "backend/http_server"]),
    ("mio", &["load", "compare/floor", "machine"]),
    ("plotters", &["show"]),
    ("resvg", &["show/raster"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("anyhow", &["compare", "lab", "doctor", "cli", "main"]),
    ("libc", &["machine"]),
    ("rustix", &["machine"]),
];

/// The top-level module a file belongs to.
fn top(source: &Source) -> String {
    module_of(&source.path).first().map_or("lib".to_owned(), Clone::clone)
}

/// Imports that the layer table does not allow, and modules it does not know.
pub(crate) fn layers(tree: &Tree) -> Vec<Finding> {
    let inside_backend: BTreeSet<String> = tree
        .shipped()
        .map(|source| module_of(&source.path))
        .filter(|path| path.len() > 1 && path[0] == "backend")
        .map(|path| path[1].clone())
        .collect();
    let mut found = Vec::new();
    for source in tree.shipped() {
        let module = top(source);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            found.push(finding(&source.path, 1, format!("'{module}' is not in the layer table")));
            continue;
        };
        for import in imports(source) {
            let target = import.path[0].as_str();
            let deep = import.path.get(1).is_some_and(|inner| inside_backend.contains(inner));
            let known = LAYERS.iter().any(|(name, _)| *name == target);
            let what = if target == "*" {
                "import what you need by name, not with 'crate::*'".to_owned()
            } else if known && target != module && !allowed.contains(&target) {
                format!("'{module}' must not import '{target}'")
            } else if target == "backend" && deep && REGISTRY_ONLY.contains(&module.as_str()) {
                format!("'{module}' may use the registry of 'backend', not what is inside it")
            } else {
                continue;
            };
            found.push(finding(&source.path, import.line, what));
        }
    }
    found
}

/// Import cycles between top-level modules, each named once.
pub(crate) fn cycles(tree: &Tree) -> Vec<Finding> {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let modules: BTreeSet<String> = tree.shipped().map(top).collect();
    for source in tree.shipped() {
        let targets = imports(source).into_iter().map(|import| import.path[0].clone());
        let others = targets.filter(|to| *to != top(source) && modules.contains(to));
        edges.entry(top(source)).or_default().extend(others);
    }
    let reaches = |from: &str, goal: &str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = edges.get(from).into_iter().flatten().collect();
        while let Some(next) = open.pop() {
            if next == goal {
                return true;
            }
            if seen.insert(next) {
                open.extend(edges.get(next).into_iter().flatten());
            }
        }
        false
    };
    modules
        .iter()
        .filter(|module| reaches(module, module))
        .map(|module| finding(&format!("src/{module}.rs"), 1, "is part of an import cycle"))
        .collect()
}

/// Outside crates named outside their fence, and places in a fence that do not need it.
pub(crate) fn fences(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (krate, places) in FENCES {
        let mut needed = BTreeSet::new();
        for source in tree.shipped() {
            let module = module_of(&source.path).join("/");
            let place = places
                .iter()
                .find(|place| module == **place || module.starts_with(&format!("{place}/")));
            let Some(line) = outside(source, krate).into_iter().next() else { continue };
            match place {
                Some(place) => drop(needed.insert(*place)),
                None => {
                    let what = format!("'{krate}' may be named only in {}", places.join(", "));
                    found.push(finding(&source.path, line, what));
                }
            }
        }
        let stale = places.iter().filter(|place| place.contains('/') && !needed.contains(*place));
        found.extend(stale.filter(|place| has_code(tree, place)).map(|place| {
            finding(
                &format!("src/{place}.rs"),
                1,
                format!("does not need '{krate}': move the fence"),
            )
        }));
    }
    found
}

/// Whether the top-level module of a place has any code yet.
fn has_code(tree: &Tree, place: &str) -> bool {
    let module = place.split('/').next();
    tree.shipped().any(|source| {
        Some(top(source).as_str()) == module && source.tokens.iter().any(|token| !token.test)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(|f| format!("{}:{} {}", f.path, f.line, f.what)).collect()
    }

    #[test]
    fn an_import_against_the_layers_is_found() {
        for (path, text, complaint) in [
            ("src/units.rs", "use crate::message::Wire;", "'units' must not import 'message'"),
            ("src/load/ws.rs", "use crate::{units, chat::Rooms};", "'load' must not import 'chat'"),
            ("src/backend.rs", "use crate::sample;", "'backend' must not import 'sample'"),
            ("src/show/chart.rs", "use crate::scenario::Text;", "must not import 'scenario'"),
            ("src/compare.rs", "fn f() { crate::cli::run() }", "must not import 'cli'"),
            ("src/show.rs", "use super::chat::Rooms;", "'show' must not import 'chat'"),
            ("src/novel.rs", "", "'novel' is not in the layer table"),
            ("src/plan.rs", "use crate::*;", "by name"),
            ("src/main.rs", "use duplex_lab::backend::blocking::X;", "the registry of 'backend'"),
        ] {
            let tree = Tree::planted(&[(path, text), ("src/backend/blocking.rs", "")]);
            let found = layers(&tree);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].what.contains(complaint), "{text}: {found:?}");
        }
    }

    #[test]
    fn imports_along_the_layers_are_fine() {
        for (path, text) in [
            ("src/show.rs", "use crate::results::{Row, Summary}; use crate::show::x;"),
            ("src/main.rs", "use duplex_lab::{cli, compare, show};"),
            ("src/load.rs", "use crate::plan; #[cfg(test)] mod tests { use crate::chat; }"),
            ("src/compare.rs", "use crate::backend::{ALL, Backend};"),
        ] {
            let tree = Tree::planted(&[(path, text)]);
            assert_eq!(layers(&tree), [], "{text}");
        }
    }

    #[test]
    fn a_cycle_is_found_however_long() {
        let tree = Tree::planted(&[
            ("src/a.rs", "use crate::b;"),
            ("src/b/x.rs", "use crate::c::y;"),
            ("src/c.rs", "use crate::a::z;"),
            ("src/d.rs", "use crate::a; use crate::d::e;"),
        ]);
        let paths: Vec<String> = cycles(&tree).into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["src/a.rs", "src/b.rs", "src/c.rs"]);
    }

    #[test]
    fn a_crate_outside_its_fence_is_found() {
        let tree = Tree::planted(&[
            ("src/chat.rs", "\nuse tokio::sync::Notify;"),
            ("src/show/chart.rs", "use plotters::prelude::*;"),
            ("src/show/raster.rs", "use resvg::usvg;"),
        ]);
        let found = said(&fences(&tree));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("src/chat.rs:2 'tokio' may be named only in "), "{found:?}");
    }

    #[test]
    fn a_place_that_does_not_need_its_fence_is_found() {
        let tree = Tree::planted(&[("src/load.rs", "use mio::Poll;"), ("src/load/ws.rs", "")]);
        let expected = "src/load/ws.rs:1 does not need 'tungstenite': move the fence";
        assert_eq!(said(&fences(&tree)), [expected]);
    }
}
