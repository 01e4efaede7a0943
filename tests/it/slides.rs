//! The slides of the lecture: everything they name is there, in both languages alike, and fits.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use duplex_lab::deck::{self, Deck, Source};
use duplex_lab::results::Results;
use duplex_lab::show::Lang;

use super::cli::{argument, duplex, refused};

const LANGS: [Lang; 2] = [Lang::De, Lang::En];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(lang: Lang) -> String {
    fs::read_to_string(root(&format!("slides/websocket.{}.md", lang.code()))).expect("a deck")
}

fn results() -> Vec<Results> {
    ["results.json", "lab.json"]
        .map(|name| Results::load(&root("reports/sample").join(name)).expect("it is committed"))
        .into()
}

fn filled(lang: Lang, text: &str, results: &[Results]) -> Deck {
    let read =
        |path: &str| fs::read_to_string(root(path)).map_err(|error| format!("{path}: {error}"));
    let source = Source { text, lang, path: None, base: "http://127.0.0.1:8080", pictures: "p" };
    deck::fill(source, results, &read).unwrap_or_else(|bad| panic!("{}: {bad}", lang.code()))
}

/// The decks as they are shown, German first.
fn decks() -> &'static [Deck; 2] {
    static DECKS: OnceLock<[Deck; 2]> = OnceLock::new();
    DECKS.get_or_init(|| {
        let results = results();
        LANGS.map(|lang| filled(lang, &text(lang), &results))
    })
}

#[test]
fn every_placeholder_anchor_link_and_picture_resolves() {
    for deck in decks() {
        assert!(!deck.markdown.contains("{{") && !deck.markdown.contains("}}"));
        let shown = deck.markdown.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let shown: BTreeSet<&str> = shown.collect();
        let there: BTreeSet<&str> = deck.pictures.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(shown, there, "pictures that are shown and pictures that are written");
        for (path, svg) in &deck.pictures {
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{path}");
            assert!(!svg.contains("{{"), "{path}");
        }
        let links = deck.markdown.split("href=\"").skip(1);
        for link in links.filter_map(|rest| rest.split('"').next()) {
            assert!(link.starts_with("http://127.0.0.1:8080/"), "{link}");
        }
    }
}

#[test]
fn every_drawing_and_every_anchor_is_on_a_slide() {
    let decks = LANGS.map(text);
    let drawings = fs::read_dir(root("slides/diagrams")).expect("there are drawings");
    for drawing in drawings.map(|entry| entry.expect("it can be read").path()) {
        let name = drawing.file_stem().and_then(|stem| stem.to_str()).expect("a plain name");
        assert!(decks.iter().all(|deck| deck.contains(&format!("diagram {name} }}}}"))), "{name}");
    }
    let mut open = vec![root("src")];
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder)
            .expect("it is there")
            .map(|entry| entry.expect("it is there").path())
        {
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let inside = path.strip_prefix(root("")).expect("below the root").display().to_string();
            let deck_itself = inside.starts_with("src/deck");
            let source = fs::read_to_string(&path).unwrap_or_default();
            let marks = source.lines().filter_map(|line| line.trim().strip_prefix("// slide: "));
            for mark in marks.filter(|mark| !deck_itself && !["end", "skip", "on"].contains(mark)) {
                let wanted = format!("code {}#{mark} }}}}", inside.replace('\\', "/"));
                assert!(decks.iter().all(|deck| deck.contains(&wanted)), "{wanted}");
            }
        }
    }
}

/// A link that leads to no page is found by the audience; a page without a picture is empty on paper.
#[test]
fn every_stage_page_is_there_and_has_a_recorded_picture() {
    for deck in LANGS.map(text) {
        let slides = deck.split("<!-- slide: ").skip(1);
        for slide in slides.filter(|slide| slide.contains("{{ live ")) {
            let name = slide.split_whitespace().next().unwrap_or_default();
            let page = slide.split("{{ live ").nth(1).and_then(|rest| rest.split(" }}").next());
            let page = root(&format!("src/lecture/pages/{}.html", page.unwrap_or_default()));
            assert!(page.is_file(), "{name}: there is no {}", page.display());
            let recorded = ["{{ chart ", "{{ diagram "].iter().any(|one| slide.contains(one));
            assert!(recorded, "{name} has nothing to show without a server");
        }
    }
}

#[test]
fn both_languages_have_the_same_slides_in_the_same_order() {
    let [german, english] = decks();
    let outline = |deck: &Deck| {
        deck.slides.iter().map(|slide| (slide.name.clone(), slide.minutes)).collect::<Vec<_>>()
    };
    assert_eq!(outline(german), outline(english));
    assert!((60..=90).contains(&german.slides.len()), "{} slides", german.slides.len());
    let placeholders = |lang| {
        let text = text(lang);
        let all = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
        all.map(|one| one.trim().to_owned()).collect::<Vec<_>>()
    };
    for (german, english) in placeholders(Lang::De).iter().zip(placeholders(Lang::En)) {
        assert_eq!(*german, english, "the same numbers in the same places");
    }
    for deck in decks() {
        for slide in &deck.slides {
            assert!(slide.text.contains("\n# "), "{} has no title", slide.name);
            let notes = slide.text.split("<!--\n").nth(1).and_then(|rest| rest.split("-->").next());
            assert!(
                notes.is_some_and(|notes| notes.trim().len() > 6),
                "{} has no notes",
                slide.name
            );
        }
    }
}

#[test]
fn every_statement_of_the_old_lecture_has_its_verdict() {
    let statements = results()[1].lab.as_ref().expect("a fact sheet").statements.len();
    assert_eq!(statements, 39);
    for lang in LANGS {
        let text = text(lang);
        for number in 1..=statements {
            let count = text.matches(&format!("{{{{ statement {number} }}}}")).count();
            assert_eq!(count, 1, "statement {number} in {}", lang.code());
        }
    }
}

#[test]
fn the_minutes_fit_their_paths() {
    for deck in decks() {
        let total = |pick: fn(&deck::Minutes) -> Option<u32>| -> u32 {
            deck.slides.iter().filter_map(|slide| pick(&slide.minutes)).sum()
        };
        let (short, long) = (total(|one| one.short), total(|one| one.long));
        assert!((43 * 4..=45 * 4).contains(&short), "{} minutes", f64::from(short) / 4.0);
        assert!((86 * 4..=90 * 4).contains(&long), "{} minutes", f64::from(long) / 4.0);
        for slide in &deck.slides {
            let one = slide.minutes;
            assert!(
                one.short.is_none() || one.long >= one.short,
                "{} only in the short path",
                slide.name
            );
        }
    }
}

#[test]
fn a_changed_result_changes_the_slides_that_show_it() {
    let mut changed = results();
    for run in changed[0].runs.iter_mut().filter(|run| run.backend == "blocking") {
        for cost in run.measured.iter_mut().filter_map(|measured| measured.server.as_mut()) {
            cost.threads += 1000;
        }
    }
    // Only the slide with the table: drawing every chart again would only take time.
    let text = text(Lang::De);
    let front = text.split("<!-- slide: ").next().expect("the front matter");
    let slide =
        text.split("<!-- slide: gain ").nth(1).and_then(|rest| rest.split("\n---\n").next());
    let only = format!("{front}<!-- slide: gain {}", slide.expect("there is such a slide"));
    let [before, after] = [&results(), &changed]
        .map(|results| filled(Lang::De, &only, results).slides[0].text.clone());
    assert!(before.contains("| 203 |") && after.contains("| 1.203 |"), "{before}\n{after}");
}

#[test]
fn the_command_writes_a_deck_and_its_pictures() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let (sample, lab) = (root("reports/sample/results.json"), root("reports/sample/lab.json"));
    let source = root("slides");
    let asked = ["slides", argument(&sample), argument(&lab), "--lang", "de", "--path", "45"];
    let places = ["--source", argument(&source), "--out", argument(out.path())];
    let base = ["--base", "http://laptop.local:9/"];
    let output = duplex(&[asked.as_slice(), &places, &base].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let markdown = fs::read_to_string(out.path().join("websocket.de.md")).expect("the deck");
    assert!(markdown.contains("http://laptop.local:9/race"), "{markdown}");
    assert!(!markdown.contains("[exercise-frames]"), "the short path has no exercises");
    assert!(out.path().join("pictures.de/handshake.svg").is_file());
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_deck_whole() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let old = out.path().join("websocket.en.md");
    fs::write(&old, "the old deck").expect("there is room for it");
    // No file may have more than 40 KiB, which the deck has, and who writes more is told so.
    let (lab, sample) = (root("reports/sample/lab.json"), root("reports/sample/results.json"));
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 80; exec \"$@\"", "sh"])
        .args([env!("CARGO_BIN_EXE_duplex"), "slides", argument(&sample), argument(&lab)])
        .args(["--source", argument(&root("slides")), "--out", argument(out.path())])
        .output()
        .expect("a shell starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains("--out") && complaint.lines().count() == 1, "{complaint}");
    assert_eq!(fs::read_to_string(&old).expect("it is still there"), "the old deck");
    let pictures = fs::read_dir(out.path().join("pictures.en")).expect("the folder was made");
    assert_eq!(pictures.count(), 0, "half a deck was left");
}

#[test]
fn what_is_wrong_names_the_slide_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lab = root("reports/sample/lab.json");
    let (source, out) = (folder.path().join("slides"), folder.path().join("out"));
    fs::create_dir_all(source.join("diagrams")).expect("it can be made");
    let asked = ["slides", argument(&lab), "--source", argument(&source), "--out", argument(&out)];
    refused(&asked, &["websocket.en.md", "--source"]);
    for (body, words) in [
        ("{{ lab.nagel.nagle-two }}", ["slide 'only'", "nagle"]),
        ("{{ lab.nagle.two }}", ["line 4", "choose of"]),
        ("{{ statement 40 }}", ["'40'", "39"]),
        ("{{ chart lab-nagel }}", ["'lab-nagel'", "lab-nagle"]),
        ("{{ chart lab-nagel or diagram duplex }}", ["'lab-nagel'", "lab-nagle"]),
        ("{{ predict none }}", ["'none'", "set-up"]),
        ("{{ code ../secret#x }}", ["../secret", "leads out"]),
        ("{{ code src/plan.rs#x }}", ["src/plan.rs", "cannot read"]),
        ("{{ diagram none }}", ["slides/diagrams/none.svg", "cannot read"]),
    ] {
        let text = format!("---\nmarp: true\n---\n<!-- slide: only -->\n{body}\n");
        fs::write(source.join("websocket.en.md"), text).expect("it can be written");
        refused(&asked, &words);
        assert!(!out.exists(), "{body}");
    }
    let missing = folder.path().join("none.json");
    refused(&["slides", argument(&missing)], &["none.json"]);
}
