//! Rules of everything that is shown, on made-up results.

mod details;
mod pages;
mod pictures;
mod tongue;

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::results::fixture::{arbitrary, complete, empty, histogram, measured, run};
use crate::results::{FLOOR, Measured, Results, Run};

const LANGS: [Lang; 2] = [Lang::En, Lang::De];

fn two_scenarios() -> Results {
    let mut results = complete();
    results.runs.retain(|run| ["ping", "rush"].contains(&run.scenario.as_str()));
    results
}

fn with(runs: Vec<Run>) -> Results {
    Results { runs, ..empty() }
}

#[test]
fn the_table_fits_its_width_and_says_everything() {
    let results = two_scenarios();
    for lang in LANGS {
        for width in [0, 80, 100, 140] {
            let text = table(&results, lang, width);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width.max(80), "{widest} > {width}\n{text}");
        }
    }
    let text = table(&results, Lang::En, 100);
    for part in ["p99.9", "× floor", "switches", "threads", "KiB/conn", "gen CPU", "100 %", "rush:"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.contains("500,000 deliveries/s"));
    assert!(table(&results, Lang::De, 100).contains("500.000 Zustellungen/s"));
    assert!(!text.contains('\u{1b}'), "no colour unless asked for");
    assert!(
        table_with(&results, Lang::En, 100, Style { color: true, ..Style::default() })
            .contains('\u{1b}')
    );
}

#[test]
fn a_failed_row_is_shown_with_its_reason_and_a_missing_number_as_a_dash() {
    let mut results = two_scenarios();
    for run in results.runs.iter_mut().filter(|run| run.backend == "blocking") {
        run.failure = Some("the server died:\nsignal 9".into());
        run.measured = None;
    }
    let text = table(&results, Lang::En, 100);
    assert!(text.contains("! blocking: 3 of 3 failed: the server died: signal 9"), "{text}");
    let row = text.lines().find(|line| line.starts_with("blocking")).unwrap();
    assert!(row.contains('–') && !row.contains(" 0"), "{row}");
    assert!(table(&results, Lang::De, 100).contains("gescheitert"));
}

#[test]
fn a_difference_is_claimed_only_when_the_repeats_show_one() {
    let title = |results: &Results, name: &str| {
        charts(results, Lang::En).into_iter().find(|chart| chart.name == name).unwrap().title
    };
    let clear = complete();
    assert_eq!(
        title(&clear, "cpu"),
        "lecture-hall: async needs 0.50× the CPU per delivery of blocking and 0.39× that of long-poll, in each of 3 repeats"
    );
    let single = with(clear.runs.iter().filter(|run| run.repeat == 0).cloned().collect());
    assert!(title(&single, "cpu").contains("no difference shown"));
    let same =
        |backend, repeat, cpu| run("lecture-hall", backend, repeat, measured(2000, 9000, cpu));
    let noise = [(0, 100, 90), (1, 90, 100), (2, 95, 95), (3, 100, 99), (4, 99, 100)];
    let noise = noise.into_iter().flat_map(|(repeat, one, other)| {
        [same("async", repeat, one), same("blocking", repeat, other)]
    });
    assert!(title(&with(noise.collect()), "cpu").contains("no difference shown"));
}

#[test]
fn no_verdict_is_given_where_something_else_was_measured() {
    let mut results = complete();
    let runs = results.runs.iter_mut().filter(|run| run.scenario == "rush");
    for measured in
        runs.filter(|run| run.backend == "async").filter_map(|run| run.measured.as_mut())
    {
        measured.server.as_mut().unwrap().cpu_ns = 4_600_000_000;
        measured.generator.as_mut().unwrap().cpu_ns = 4_600_000_000;
    }
    let folder = tempfile::tempdir().unwrap();
    write_report(&results, folder.path(), Lang::En).unwrap();
    let text = fs::read_to_string(folder.path().join("README.md")).unwrap();
    for sentence in [
        "- no verdict on CPU per delivery: the server was saturated (async)",
        "- no verdict on p99 response time: the generator was saturated (async)",
        "lecture-hall: async needs 0.50× the CPU",
    ] {
        assert!(text.contains(sentence), "{sentence}");
    }
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = two_scenarios();
    assert_eq!(charts(&results, Lang::De), charts(&results, Lang::De));
}

#[test]
fn every_chart_is_whole_named_in_words_and_free_of_anything_foreign() {
    let results = two_scenarios();
    for lang in LANGS {
        let all = charts(&results, lang);
        let names: Vec<&str> = all.iter().map(|chart| chart.name.as_str()).collect();
        let all_names = "latency-ping latency-rush time-ping time-rush gap cpu memory \
                         memory-growth bytes switches threads rate set-up delivery";
        assert_eq!(names.join(" "), all_names);
        for chart in all {
            assert!(chart.svg.starts_with("<svg ") && chart.svg.trim_end().ends_with("</svg>"));
            assert!(chart.svg.contains("viewBox=\"0 0 1920 1080\""));
            assert!(chart.svg.contains("role=\"img\"><title>"), "{}", chart.name);
            assert!(chart.svg.contains("sans-serif") && !chart.svg.contains("NaN"));
            for backend in ["async", "blocking", "long-poll", FLOOR] {
                assert!(chart.svg.contains(backend), "{} lacks {backend}", chart.name);
            }
            assert!(small_type(&chart.svg).is_empty(), "{:?}", small_type(&chart.svg));
        }
    }
}

#[test]
fn a_footer_says_all_that_bears_on_its_chart_and_nothing_else() {
    let mut results = complete();
    results.tool.profile = "debug".into();
    results.settings.server_cpus.clear();
    for run in results.runs.iter_mut().filter(|run| run.scenario == "rush") {
        let measured = run.measured.as_mut().unwrap();
        measured.expected += 1;
        measured.send_lag = histogram(vec![2_000_000; 90]);
        measured.server.as_mut().unwrap().cpu_ns = 9_800_000_000;
        measured.server.as_mut().unwrap().scheduled_ns = None;
        measured.generator.as_mut().unwrap().cpu_ns = 4_900_000_000;
    }
    results.runs.retain(|run| run.backend != FLOOR);
    for lang in LANGS {
        let all = charts(&results, lang);
        let svg = |name: &str| &all.iter().find(|chart| chart.name == name).unwrap().svg;
        assert!(all.iter().all(|chart| !chart.svg.contains('…')), "nothing is cut");
        let late = lang.say("1 ms late", "1 ms zu spät");
        assert!(svg("latency-rush").contains(late) && !svg("latency-ping").contains(late));
        let floor = lang.say("no floor", "kein Floor");
        assert!(svg("cpu").contains(floor) && !svg("latency-rush").contains(floor));
        let saturated = lang.say("rush (server saturated)", "rush (Server ausgelastet)");
        assert!(svg("cpu").contains(saturated) && !svg("bytes").contains(saturated));
    }
}

#[test]
fn with_six_repeats_the_interval_stands_beside_the_factor() {
    let mut results = complete();
    let more = results.runs.clone().into_iter();
    results.runs.extend(more.map(|run| Run { repeat: run.repeat + 3, ..run }));
    let folder = tempfile::tempdir().unwrap();
    for (lang, factor) in
        [(Lang::En, "0.50× [0.50, 0.50] the CPU"), (Lang::De, "0,50× [0,50; 0,50] so viel CPU")]
    {
        write_report(&results, folder.path(), lang).unwrap();
        let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
        assert!(page.contains(factor), "{factor}");
        assert!(
            !["zu wenige für", "in each of", "in jeder der"].iter().any(|few| page.contains(few))
        );
    }
}

#[test]
fn german_is_written_as_german_is() {
    let folder = tempfile::tempdir().unwrap();
    write_report(&complete(), folder.path(), Lang::De).unwrap();
    let text = fs::read_to_string(folder.path().join("README.md")).unwrap().to_lowercase();
    for swiss in ["gröss", "gross", "bloss", "äusser", "weiss", "heiss", "schliess"] {
        assert!(!text.contains(swiss), "{swiss}");
    }
}

/// Sizes of type below 28 pixels; the cautions at the bottom may have 24.
fn small_type(svg: &str) -> Vec<f64> {
    svg.split("<text ")
        .skip(1)
        .filter_map(|text| {
            let number = |name: &str| -> Option<f64> {
                text.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.parse().ok()
            };
            // The library writes em-heights: a size of 28 px becomes 28 / 1.24.
            let (y, size) = (number(" y")?, number("font-size")? * 1.24);
            (size < 27.9 && y < 960.0).then_some(size)
        })
        .collect()
}

#[test]
fn a_report_is_written_whole_and_deletes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new").join("folder");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let results = two_scenarios();
    for (name, text) in
        [("README.md", "my project"), ("index.html", "<p>my page"), ("results.json", "{\"my\": 1}")]
    {
        fs::write(out.join(name), text).unwrap();
        let why = write_report(&results, &out, Lang::De).unwrap_err().to_string();
        assert!(why.contains(&format!("{name} is not of a report")), "{why}");
        assert!(why.contains("--out"), "{why}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 2, "nothing was written");
        fs::remove_file(out.join(name)).unwrap();
    }
    write_report(&results, &out, Lang::En).unwrap();
    let written = write_report(&results, &out, Lang::De).unwrap();
    assert_eq!(written.len(), 16);
    assert!(written.iter().all(|path| path.is_file()));
    assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 4, "no temporary file stays");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("<html lang=\"de\">") && page.matches("<svg").count() >= 10);
    for foreign in ["src=", "@import", "url(", "//duplex", "href=\"http"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let readme = fs::read_to_string(out.join("README.md")).unwrap();
    for chart in ["cpu", "bytes", "memory", "latency-ping", "latency-rush"] {
        assert!(readme.contains(&format!("(charts/{chart}.svg)")), "{chart}");
    }
    let verdict = readme.find("kein Unterschied nachweisbar").or(readme.find("× so viel")).unwrap();
    assert!(verdict < readme.find("![").unwrap(), "the verdict comes first");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = write_report(&empty(), &file, Lang::En).unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
}

#[test]
fn names_from_a_foreign_file_stay_names() {
    let evil = "../../<script>alert(1)</script>|`*\u{1b}[31m\u{202e}";
    let mut results = with(vec![run(evil, evil, 0, measured(2000, 9000, 100))]);
    results.settings.command = evil.into();
    results.machine.insert(evil.into(), evil.into());
    let folder = tempfile::tempdir().unwrap();
    for path in write_report(&results, folder.path(), Lang::En).unwrap() {
        assert!(path.starts_with(folder.path()) && !path.to_string_lossy().contains(".."));
        let text = fs::read_to_string(&path).unwrap();
        let markdown = path.ends_with("README.md");
        let code = text.lines().filter(|line| !(markdown && line.starts_with("    ")));
        for line in code {
            let script = line.contains("<script") && line != "<script>";
            assert!(!script && !line.contains('\u{1b}'), "{line}");
        }
    }
    assert!(!table(&results, Lang::En, 100).contains('\u{1b}'));
}

#[test]
fn odd_results_are_shown_without_a_panic() {
    let none = Measured {
        expected: 0,
        delivered: 0,
        delivered_in_time: 0,
        response: histogram([]),
        service: histogram([]),
        send_lag: histogram([]),
        ..measured(100, 5, 5)
    };
    let wide = Measured {
        response: histogram((0..100).map(|i| if i < 50 { 1000 } else { 60_000_000_000 })),
        ..measured(100, 5, 5)
    };
    let long = "x".repeat(5000);
    for results in [
        empty(),
        Results { scenarios: vec![], backends: vec![], ..empty() },
        with(vec![run("ping", "async", 0, none)]),
        with(vec![run("ping", "async", 0, wide)]),
        with(vec![run("ping", "async", 0, measured(1, 5, 5))]),
        with(vec![run(&long, &long, 0, measured(100, 5, 5))]),
        with((0..9).map(|i| run(&format!("s{i}"), "new", 0, measured(100, 5, 5))).collect()),
    ] {
        show_all(&results);
    }
}

fn show_all(results: &Results) {
    for lang in LANGS {
        let text = beside(results, results, lang);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        let text = table(results, lang, 100);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        let more = details(results, lang, 100, Style::default(), &Detail::ALL);
        assert!(more.lines().all(|line| line.chars().count() <= 130), "{more}");
        assert!(!more.contains("NaN") && !more.contains('\u{1b}'), "{more}");
        for chart in charts(results, lang) {
            assert!(!chart.svg.contains("NaN") && chart.svg.len() < 400_000, "{}", chart.svg.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_results_can_be_shown(results in arbitrary()) {
        show_all(&results);
        let folder = tempfile::tempdir().unwrap();
        write_report(&results, folder.path(), Lang::De).unwrap();
    }
}
