//! Decks of a few lines against results made for tests.

use super::*;
use crate::results::Results;
use crate::results::fixture::complete;

const HEAD: &str = "---\nmarp: true\n---\n";

fn files(path: &str) -> Result<String, String> {
    match path {
        "src/a.rs" => Ok("fn a() {\n    // slide: body\n    let x = 1;\n        y();\n    \
            // slide: skip\n    hidden();\n    // slide: on\n    // slide: end\n}\n// slide: open\n"
            .to_owned()),
        "src/wide.rs" => Ok(format!("// slide: wide\n{}\n// slide: end\n", "x".repeat(81))),
        "src/long.rs" => Ok(format!("// slide: long\n{}// slide: end\n", "x\n".repeat(15))),
        "slides/diagrams/plain.svg" => {
            Ok("<svg><title>{{ say one | eins }}</title></svg>".to_owned())
        }
        _ => Err(format!("cannot read {path}: it is not there")),
    }
}

/// The results for tests with one scenario only: summing up takes its time.
fn smallest() -> Results {
    let mut results = complete();
    results.scenarios.truncate(1);
    let name = results.scenarios[0].name.clone();
    results.runs.retain(|run| run.scenario == name);
    results
}

fn filled(text: &str, lang: Lang, results: &[Results]) -> Result<Deck, BadDeck> {
    let text = format!("{HEAD}{text}");
    let source =
        Source { text: &text, lang, path: None, base: "http://127.0.0.1:8080", pictures: "p" };
    fill(source, results, &files)
}

fn one(body: &str, lang: Lang) -> Result<String, String> {
    let text = format!("<!-- slide: only | 45: 1 | 90: 1.5 -->\n{body}\n");
    let deck = filled(&text, lang, &[smallest()]).map_err(|bad| bad.to_string())?;
    Ok(deck.slides[0].text.trim().to_owned())
}

#[test]
fn numbers_are_written_as_the_language_writes_them() {
    let results = smallest();
    let (scenario, backend) = (&results.scenarios[0].name, "async");
    let memory = format!("{{{{ {scenario}.{backend}.cpu_seconds_per_delivery }}}}");
    let (en, de) = (one(&memory, Lang::En).unwrap(), one(&memory, Lang::De).unwrap());
    assert_eq!(en.replace('.', ","), de, "{en} {de}");
    assert!(en.ends_with("\u{a0}µs"), "{en}");
    let ratio = format!(
        "{{{{ {scenario}.async.cpu_seconds_per_delivery / {scenario}.async.cpu_seconds_per_delivery }}}}"
    );
    assert_eq!(one(&ratio, Lang::De).unwrap(), "1,0");
}

#[test]
fn limits_and_sizes_come_from_the_results() {
    let mut results = smallest();
    results.settings.limits.insert("ping_interval".into(), "25s".into());
    results.settings.limits.insert("rooms".into(), 1024.into());
    results.scenarios[0].members = 1000;
    let asked = format!(
        "<!-- slide: only -->\n{{{{ limits.ping_interval }}}}, {{{{ limits.rooms }}}}, {{{{ scenario.{}.members }}}}\n",
        results.scenarios[0].name
    );
    for (lang, expected) in
        [(Lang::En, "25\u{a0}s, 1,024, 1,000"), (Lang::De, "25\u{a0}s, 1.024, 1.000")]
    {
        let deck = filled(&asked, lang, std::slice::from_ref(&results)).unwrap();
        assert_eq!(deck.slides[0].text.trim(), expected);
    }
}

#[test]
fn a_changed_result_changes_the_slide() {
    let mut results = smallest();
    let scenario = results.scenarios[0].name.clone();
    let text = format!("<!-- slide: only -->\n{{{{ {scenario}.async.threads }}}}\n");
    let before = filled(&text, Lang::En, std::slice::from_ref(&results)).unwrap();
    for run in results.runs.iter_mut().filter(|run| run.backend == "async") {
        for cost in run.measured.iter_mut().filter_map(|measured| measured.server.as_mut()) {
            cost.threads += 1000;
        }
    }
    let after = filled(&text, Lang::En, std::slice::from_ref(&results)).unwrap();
    assert_ne!(before.slides[0].text, after.slides[0].text);
}

#[test]
fn what_is_unknown_is_said_with_the_slide_and_what_is_known() {
    for (body, words) in [
        ("{{ nowhere.async.threads }}", &["slide 'only' (line 4)", "nowhere", "choose of"][..]),
        ("{{ chart cpi }}", &["'cpi'", "cpu"]),
        ("{{ diagram plan }}", &["slides/diagrams/plan.svg"]),
        ("{{ diagram ../plain }}", &["small letters"]),
        ("{{ code src/a.rs#bodi }}", &["src/a.rs", "'bodi'", "choose of body, open"]),
        ("{{ code src/a.rs#open }}", &["has no end"]),
        ("{{ code src/a.rs }}", &["PATH#ANCHOR"]),
        ("{{ code src/wide.rs#wide }}", &["81 columns"]),
        ("{{ code src/long.rs#long }}", &["15 lines"]),
        ("{{ lab.nagle.nagle-two }}", &["fact sheet"]),
        ("{{ machine.nothing }}", &["'nothing'", "choose of"]),
        ("{{ limits.nothing }}", &["'nothing'", "choose of", "nodelay"]),
        ("{{ say one }}", &["ENGLISH"]),
        ("{{ open", &["no end"]),
    ] {
        let error = one(body, Lang::En).expect_err(body);
        assert!(words.iter().all(|word| error.contains(word)), "{body}: {error}");
    }
}

#[test]
fn code_comes_from_the_source_without_its_indentation() {
    let code = one("{{ code src/a.rs#body }}", Lang::En).unwrap();
    assert_eq!(code, "```rust\nlet x = 1;\n    y();\n// …\n```");
}

#[test]
fn drawings_have_one_source_for_both_languages() {
    assert_eq!(one("{{ diagram plain }}", Lang::En).unwrap(), "![one](p/plain.svg)");
    assert_eq!(one("{{ diagram plain }}", Lang::De).unwrap(), "![eins](p/plain.svg)");
}

#[test]
fn slides_say_what_they_are() {
    for (text, word) in [
        ("# No comment\n", "begin a slide with"),
        ("<!-- slide: Two Words -->\n", "begin a slide with"),
        ("<!-- slide: a | 45: soon -->\n", "'45: soon'"),
        ("<!-- slide: a | 45: 0.3 -->\n", "'45: 0.3'"),
        ("<!-- slide: a -->\n\n---\n<!-- slide: a -->\n", "another slide"),
    ] {
        let error = filled(text, Lang::En, &[]).expect_err(text).to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
    let source = Source { text: "# x", lang: Lang::En, path: None, base: "", pictures: "p" };
    assert!(fill(source, &[], &files).is_err());
}

#[test]
fn a_path_leaves_out_what_it_has_no_time_for() {
    let text = format!(
        "{HEAD}<!-- slide: a | 45: 1 | 90: 2 -->\n# A\n\n---\n<!-- slide: b | 90: 1 | class: lead -->\n\
         ```text\n---\n```\n\n---\n<!-- slide: c -->\n"
    );
    let names = |path| {
        let source = Source { text: &text, lang: Lang::En, path, base: "", pictures: "p" };
        let deck = fill(source, &[], &files).unwrap();
        assert!(deck.markdown.starts_with(HEAD));
        deck.slides.into_iter().map(|slide| slide.name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(None), "a b c");
    assert_eq!(names(Some(Path::Long)), "a b");
    assert_eq!(names(Some(Path::Short)), "a");
    let all = Source { text: &text, lang: Lang::En, path: None, base: "", pictures: "p" };
    let markdown = fill(all, &[], &files).unwrap().markdown;
    assert!(markdown.contains("<!-- _class: lead long -->\n<!-- [b] · 45′: – · 90′: 1 min -->"));
    assert!(markdown.contains("<!-- _class: extra -->"), "{markdown}");
}
