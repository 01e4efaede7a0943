//! The pages of the stage, embedded in the binary, and the folder with slides that is not.

use std::path::{Component, Path};

use super::http::{Response, SLIDES_POLICY};
use crate::page;

const HTML: &str = "text/html; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

macro_rules! pages {
    ($($path:literal $kind:ident $file:literal),* $(,)?) => {
        /// Path, type, text.
        const FILES: &[(&str, &str, &str)] =
            &[$(($path, $kind, include_str!(concat!("pages/", $file)))),*];
    };
}

pages! {
    "/common.js" JS "common.js",
    "/common.css" CSS "common.css",
    "/door" HTML "door.html",
    "/door.js" JS "door.js",
    "/door.words.js" JS "door.words.js",
    "/race" HTML "race.html",
    "/race.js" JS "race.js",
    "/race.worker.js" JS "race.worker.js",
    "/race.css" CSS "race.css",
    "/race.words.js" JS "race.words.js",
    "/gap" HTML "gap.html",
    "/gap.js" JS "gap.js",
    "/gap.words.js" JS "gap.words.js",
    "/hall" HTML "hall.html",
    "/hall.js" JS "hall.js",
    "/hall.css" CSS "hall.css",
    "/hall.words.js" JS "hall.words.js",
    "/questions.js" JS "questions.js",
    "/phone" HTML "phone.html",
    "/phone.js" JS "phone.js",
    "/phone.words.js" JS "phone.words.js",
    "/stage" HTML "stage.html",
    "/stage.js" JS "stage.js",
    "/stage.css" CSS "stage.css",
    "/stage.words.js" JS "stage.words.js",
    "/sheet.js" JS "sheet.js",
    "/recorded" HTML "recorded.html",
    "/recorded.js" JS "recorded.js",
    "/recorded.words.js" JS "recorded.words.js",
    "/figure.js" JS "figure.js",
    "/figure.css" CSS "figure.css",
    "/lab" HTML "lab.html",
    "/lab.js" JS "lab.js",
    "/lab.css" CSS "lab.css",
    "/lab.words.js" JS "lab.words.js",
    "/vanish" HTML "vanish.html",
    "/vanish.js" JS "vanish.js",
    "/vanish.css" CSS "vanish.css",
    "/vanish.words.js" JS "vanish.words.js",
    "/wire" HTML "wire.html",
    "/wire.js" JS "wire.js",
    "/wire.words.js" JS "wire.words.js",
}

/// The file at that path: one of the stage, or one of the chat page.
pub(super) fn at(path: &str) -> Option<Response> {
    let own = FILES.iter().find(|(known, ..)| *known == path);
    let own = own.map(|(_, kind, text)| Response::ok(kind, text.as_bytes()));
    own.or_else(|| page::respond(path).map(|asset| Response::ok(asset.content_type, asset.body)))
}

/// A file of the slides, with a policy that lets them bring their own styles and scripts.
pub(super) fn slide(folder: &Path, path: &str) -> Option<Response> {
    let path = Path::new(if path.is_empty() || path.ends_with('/') { "index.html" } else { path });
    // Nothing outside of the folder, however the path is written.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let kind = match path.extension()?.to_str()? {
        "html" => HTML,
        "js" | "mjs" => JS,
        "css" => CSS,
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "woff2" => "font/woff2",
        _ => return None,
    };
    let folder = folder.canonicalize().ok()?;
    let file = folder.join(path).canonicalize().ok()?;
    if !file.starts_with(&folder) {
        return None;
    }
    let policy = SLIDES_POLICY;
    Some(Response { policy, ..Response::ok(kind, std::fs::read(file).ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn file(path: &str) -> &'static str {
        let own = FILES.iter().find(|(known, ..)| *known == path).map(|(.., text)| *text);
        let shared = || page::respond(path).and_then(|asset| std::str::from_utf8(asset.body).ok());
        own.or_else(shared).unwrap_or_default()
    }

    /// The keys of one language of a file of words, which has one entry per line.
    fn keys(words: &str, language: &str) -> Vec<String> {
        let (_, rest) = words.split_once(&format!("\n  {language}: {{\n")).expect("the language");
        let (entries, _) = rest.split_once("\n  },").expect("its end");
        let key = |line: &str| line.split_once(':').map(|(key, _)| key.trim().replace('\'', ""));
        entries.lines().map(|line| key(line).expect("one entry per line")).collect()
    }

    #[test]
    fn every_page_says_the_same_in_both_languages_and_nothing_that_nobody_asks_for() {
        let words = FILES.iter().filter(|(path, ..)| path.ends_with(".words.js"));
        let mut seen = 0;
        for (path, _, text) in words {
            let (english, german) = (keys(text, "en"), keys(text, "de"));
            assert_eq!(english, german, "{path}");
            let once: BTreeSet<_> = english.iter().collect();
            assert_eq!(once.len(), english.len(), "{path} has a key twice");
            let name = path.trim_end_matches(".words.js");
            let own = [format!("{name}.js"), format!("{name}.worker.js")];
            let page = [name, &own[0], &own[1], "/common.js", "/dissect.js"].map(file).concat();
            for key in &english {
                let used = [format!("\"{key}\""), format!("'{key}'")];
                assert!(used.iter().any(|used| page.contains(used)), "{path}: nobody uses {key}");
            }
            let asked = page.split("data-t=\"").skip(1).filter_map(|rest| rest.split('"').next());
            let common = keys(file("/common.js"), "en");
            for key in asked.map(str::to_owned) {
                assert!(
                    english.contains(&key) || common.contains(&key),
                    "{path}: {key} is missing"
                );
            }
            seen += 1;
        }
        assert!(seen > 0);
    }

    #[test]
    fn whatever_the_stage_refuses_is_said_in_both_languages() {
        let common = file("/common.js");
        let (_, refusals) = common.split_once("const REFUSALS").expect("the refusals");
        let (english, german) = (keys(refusals, "en"), keys(refusals, "de"));
        assert_eq!(english, german);
        // A browser writes no such request; the reason is for whoever does so by hand.
        let by_hand = ["bad-request", "http-version", "head-too-large", "too-large", "bad-length"];
        let mut used = BTreeSet::new();
        for source in [
            include_str!("stage.rs"),
            include_str!("door.rs"),
            include_str!("hall.rs"),
            include_str!("vanish.rs"),
            include_str!("experiments.rs"),
            include_str!("passing.rs"),
            include_str!("http.rs"),
        ] {
            // A refusal is a status and a code: (404, "not-found", …
            for (at, _) in source.match_indices(", \"") {
                let status = source[..at].chars().rev().take_while(char::is_ascii_digit).count();
                let code = source[at + 3..].split('"').next().unwrap_or_default();
                if status == 3 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                {
                    used.insert(code);
                }
            }
        }
        assert!(used.len() > 10, "{used:?}");
        for code in used.into_iter().filter(|code| !by_hand.contains(code)) {
            assert!(english.contains(&code.to_owned()), "{code} is not in common.js");
        }
    }

    #[test]
    fn pages_are_small_come_from_here_and_never_make_markup_of_texts() {
        for (path, kind, text) in FILES {
            assert!(text.len() < 60 * 1024, "{path}: {} bytes", text.len());
            for other in
                ["https://", "//cdn", "@import", "innerHTML", "insertAdjacentHTML", "eval("]
            {
                assert!(!text.contains(other), "{path} has {other}");
            }
            if *kind != HTML {
                continue;
            }
            for inline in ["<style", " style=", " onclick", " onload", "javascript:"] {
                assert!(!text.contains(inline), "{path} has {inline}");
            }
            let links = text.split('"').filter(|part| part.starts_with('/') && part.len() > 2);
            // What the stage draws by itself is no file.
            let drawn = ["/join.svg"];
            for link in links.filter(|link| !link.starts_with("/>") && !drawn.contains(link)) {
                assert!(at(link).is_some(), "{path} asks for {link}, which is not there");
            }
        }
    }

    #[test]
    fn slides_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "hello").unwrap();
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep/a.svg"), "<svg/>").unwrap();
        for (path, found) in [("", true), ("index.html", true), ("deep/a.svg", true)] {
            assert_eq!(slide(folder.path(), path).is_some(), found, "{path}");
        }
        let first = slide(folder.path(), "").unwrap();
        assert!(first.policy.contains("script-src 'self' 'unsafe-inline'"), "slides bring scripts");
        for path in ["../x.html", "/etc/passwd", "deep/../../x.html", "none.html", "deep", "a.exe"]
        {
            assert!(slide(folder.path(), path).is_none(), "{path}");
        }
    }
}
