//! Charts as files: formats, themes, names, odd results, and what a picture is known to look like.

use std::fs;

use proptest::prelude::*;

use super::{LANGS, two_scenarios, with};
use crate::results::fixture::{arbitrary, complete, empty, histogram, measured, run};
use crate::results::{FLOOR, Measured, Results, Run};
use crate::show::{Chart, Lang, Picture, Pictures, Size, Theme, charts, write_pictures};

fn all(theme: Theme) -> Pictures {
    let size = "480x270".parse().unwrap();
    Pictures { names: Vec::new(), formats: vec![Picture::Svg, Picture::Png], theme, size }
}

fn only(name: &str, theme: Theme) -> Pictures {
    Pictures { names: vec![name.to_owned()], ..all(theme) }
}

#[test]
fn pictures_come_in_both_formats_and_themes_and_are_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let results = two_scenarios();
    let mut seen = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        let written =
            write_pictures(&results, &only("cpu", theme), folder.path(), Lang::De).unwrap();
        let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["cpu.svg", "cpu.png"]);
        let bytes: Vec<Vec<u8>> = written.iter().map(|path| fs::read(path).unwrap()).collect();
        let svg = std::str::from_utf8(&bytes[0]).unwrap();
        assert!(svg.starts_with("<svg width=\"480\" height=\"270\" viewBox=\"0 0 1920 1080\""));
        assert!(svg.contains("Liberation Sans") && svg.contains("sans-serif"));
        assert!(bytes[1].starts_with(b"\x89PNG"));
        write_pictures(&results, &only("cpu", theme), folder.path(), Lang::De).unwrap();
        assert_eq!(bytes[1], fs::read(&written[1]).unwrap());
        seen.push(bytes);
    }
    assert!(seen[0][0] != seen[1][0] && seen[0][1] != seen[1][1]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else was written");
}

#[test]
fn a_chart_that_there_is_none_of_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("charts");
    let asked = Pictures { names: vec!["cpu".into(), "nonsense".into()], ..all(Theme::Light) };
    let why = write_pictures(&two_scenarios(), &asked, &out, Lang::En).unwrap_err().to_string();
    assert!(why.contains("'nonsense'") && why.contains("latency-rush, time-ping"), "{why}");
    assert!(!out.exists());
    let none = Results { scenarios: vec![], backends: vec![], ..empty() };
    assert!(
        write_pictures(&none, &asked, &out, Lang::En).unwrap_err().to_string().contains("'cpu'")
    );
    assert!(Size::DRAWN.width() == 1920);
}

/// Results as bad runs leave them, each with a name.
fn odd() -> Vec<(&'static str, Results)> {
    let one = |measured| with(vec![run("ping", "async", 0, measured)]);
    let usual = || measured(100, 5, 5);
    let none = Measured {
        messages: 0,
        expected: 0,
        delivered: 0,
        delivered_in_time: 0,
        response: histogram([]),
        service: histogram([]),
        send_lag: histogram([]),
        timeline: None,
        ..usual()
    };
    let wide = (0..2000).map(|i| if i % 2 == 0 { 1_000 } else { 60_000_000_000 });
    let long = "a very long name ".repeat(40);
    let mut failed = complete();
    for run in failed.runs.iter_mut().filter(|run| run.backend == "async") {
        (run.failure, run.measured) = (Some("it died".into()), None);
    }
    let mut missing = complete();
    missing.runs.retain(|run| run.backend != FLOOR && run.backend != "blocking");
    let mut single = complete();
    single.runs.retain(|run| run.repeat == 0);
    let many = (0..9).flat_map(|i| {
        (0..9).map(move |j| run(&format!("s{i}"), &format!("b{j}"), 0, measured(100, 5, 5)))
    });
    vec![
        ("none delivered", one(none)),
        ("one sample", one(measured(1, 5, 5))),
        ("1 µs and 60 s", one(Measured { response: histogram(wide), ..measured(2000, 5, 5) })),
        ("long names", with(vec![run(&long, &long, 0, usual())])),
        ("a failed backend", failed),
        ("missing backends", missing),
        ("a single repeat", single),
        ("many", with(many.collect())),
        ("nothing", empty()),
    ]
}

/// Places of text outside of the sheet.
fn off_the_sheet(chart: &Chart) -> Vec<&str> {
    let place = |text: &str, name: &str| -> Option<f64> {
        text.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok()
    };
    let texts = chart.svg.split("<text").skip(1);
    texts
        .filter(|text| {
            let (x, y) = (place(text, "x").unwrap(), place(text, "y").unwrap());
            !(0.0..1920.0).contains(&x) || !(0.0..1080.0).contains(&y)
        })
        .collect()
}

#[test]
fn bad_results_are_drawn_and_painted_and_stay_on_the_sheet() {
    let folder = tempfile::tempdir().unwrap();
    for (what, results) in odd() {
        for lang in LANGS {
            for chart in charts(&results, lang) {
                assert!(
                    !chart.svg.contains("NaN") && !chart.svg.contains("inf"),
                    "{what}: {}",
                    chart.name
                );
                let off = off_the_sheet(&chart);
                assert!(off.is_empty(), "{what}: {}: {off:?}", chart.name);
                assert!(!chart.title.is_empty());
            }
        }
        if what != "many" && what != "missing backends" {
            write_pictures(&results, &all(Theme::Dark), folder.path(), Lang::En).unwrap();
        }
    }
}

#[test]
fn every_chart_says_it_when_there_is_no_difference() {
    let same: Vec<Run> = ["async", "blocking", "long-poll"]
        .into_iter()
        .flat_map(|name| {
            (0..3).map(move |repeat| run("rush", name, repeat, measured(10_000, 9_000, 500)))
        })
        .collect();
    for (lang, words) in
        [(Lang::En, "no difference shown"), (Lang::De, "kein unterschied nachweisbar")]
    {
        for chart in charts(&with(same.clone()), lang) {
            assert!(chart.title.to_lowercase().contains(words), "{}: {}", chart.name, chart.title);
        }
    }
}

#[test]
fn charts_look_as_they_are_known_to() {
    let mut results = two_scenarios();
    results.runs.retain(|run| run.repeat < 2 && run.scenario == "rush");
    results.settings.thresholds = vec!["rush/async.p99 > 5ms".to_owned()];
    for (lang, names) in [
        (
            Lang::En,
            ["latency-rush", "gap", "time-rush", "rate", "delivery", "memory-growth"].as_slice(),
        ),
        (Lang::De, ["gap", "delivery"].as_slice()),
    ] {
        let all = charts(&results, lang);
        for name in names {
            let chart = all.iter().find(|chart| chart.name == *name).unwrap();
            insta::assert_snapshot!(format!("{name}-{}", lang.code()), chart.svg);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn any_results_can_be_painted(results in arbitrary(), is_dark in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let theme = if is_dark { Theme::Dark } else { Theme::Light };
        write_pictures(&results, &all(theme), folder.path(), Lang::De).unwrap();
    }
}
