//! The pages that outside judges look at: a validator and a browser, by `scripts/pages`.
//!
//! Each is a whole report of made-up results, from ordinary to odd. They are written into the
//! folder that `DUPLEX_PAGES` names, and into one that vanishes when it names none.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::results::Measured;

/// Name and results of every page.
fn all() -> Vec<(&'static str, Results)> {
    vec![
        ("whole", complete()),
        ("failed", failed()),
        ("names", names()),
        ("few", few()),
        ("wide", wide()),
        ("empty", empty()),
    ]
}

/// A backend that failed in every run, and one that is missing in a scenario.
fn failed() -> Results {
    let mut results = two_scenarios();
    for run in results.runs.iter_mut().filter(|run| run.backend == "blocking") {
        run.failure = Some("the server died: signal 9".into());
        run.measured = None;
    }
    results.runs.retain(|run| !(run.backend == "async" && run.scenario == "rush"));
    results
}

/// Names that are long or look like markup.
fn names() -> Results {
    let markup = "<b onload=\"x\">&amp;</b>";
    let long = "a-backend-with-a-name-that-nobody-would-type-and-no-column-can-hold";
    let scenario = "ein-szenario-mit-einem-sehr-langen-namen-das-niemand-aussprechen-kann";
    let runs = [markup, long, FLOOR]
        .into_iter()
        .flat_map(|backend| {
            [scenario, markup].map(|scenario| run(scenario, backend, 0, measured(5000, 9000, 100)))
        })
        .collect();
    Results { backends: vec![], ..with(runs) }
}

/// One sample, no delivery, a single repeat.
fn few() -> Results {
    let none = Measured {
        expected: 0,
        delivered: 0,
        delivered_in_time: 0,
        response: histogram([]),
        service: histogram([]),
        send_lag: histogram([]),
        ..measured(100, 5, 5)
    };
    with(vec![
        run("ping", "async", 0, none),
        run("ping", "blocking", 0, measured(1, 5, 5)),
        run("ping", "long-poll", 0, measured(1, 9_000, 5)),
    ])
}

/// A microsecond and a minute in one chart.
fn wide() -> Results {
    let slow = Measured {
        response: histogram((0..100_000).map(|i| if i < 50_000 { 1000 } else { 60_000_000_000 })),
        ..measured(100_000, 5, 60_000_000)
    };
    with(vec![
        run("ping", "async", 0, measured(100_000, 1_000, 900)),
        run("ping", "blocking", 0, slow),
    ])
}

#[test]
fn every_page_is_written_in_both_languages_and_is_small() {
    let gone = tempfile::tempdir().unwrap();
    let out = std::env::var_os("DUPLEX_PAGES").map_or(gone.path().to_owned(), PathBuf::from);
    for (place, (name, results)) in all().into_iter().enumerate() {
        let folder = out.join(name);
        write_report(&results, &folder, LANGS[place % 2]).unwrap();
        results.save(&folder.join("results.json")).unwrap();
        let page = fs::read_to_string(folder.join("index.html")).unwrap();
        assert!(page.len() < 3_000_000, "{name}: {} bytes", page.len());
        for lang in ["en", "de"] {
            assert!(page.contains(&format!("<div class=\"page\" id=\"{lang}\" lang=\"{lang}\"")));
        }
        assert_eq!(page.matches("<h1>").count(), 2, "{name}");
        let charts = charts(&results, Lang::En).len();
        assert_eq!(page.matches("<svg").count(), 2 * charts, "{name}: every chart once a language");
        assert!(!page.contains("<b onload") && !page.contains("NaN"), "{name}");
    }
}

#[test]
fn the_page_carries_both_languages_whichever_is_first() {
    let folder = tempfile::tempdir().unwrap();
    let results = two_scenarios();
    let page = |lang| {
        write_report(&results, folder.path(), lang).unwrap();
        fs::read_to_string(folder.path().join("index.html")).unwrap()
    };
    let (english, german) = (page(Lang::En), page(Lang::De));
    assert!(english.contains("<html lang=\"en\">") && german.contains("<html lang=\"de\">"));
    for (text, hidden) in [(&english, "de"), (&german, "en")] {
        assert_eq!(text.matches("hidden>\n<a class=\"skip\"").count(), 1);
        let at = text.find("hidden>\n<a class=\"skip\"").unwrap();
        assert!(text[..at].rfind(&format!("id=\"{hidden}\"")) > text[..at].rfind("class=\"page\""));
    }
    for part in ["Was herauskam", "What came out", "Werte anzeigen", "summary.csv", "results.json"]
    {
        assert!(english.contains(part), "{part}");
    }
}
