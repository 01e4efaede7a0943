//! Rules of the further tables: mechanism, bytes, memory, four ways.

use super::*;
use crate::results::{Bound, Bounds, LoopKind};

/// All further tables without colour.
fn all_of(results: &Results, lang: Lang) -> String {
    details(results, lang, 100, Style::default(), &Detail::ALL)
}

/// Two repeats of one scenario.
fn rush(change: impl Fn(&mut Measured)) -> Results {
    let runs = ["async", "blocking", FLOOR].into_iter().flat_map(|backend| {
        [0, 1].map(|repeat| run("rush", backend, repeat, measured(5000, 400_000, 90_000)))
    });
    let mut results = with(runs.collect());
    results.runs.iter_mut().filter_map(|run| run.measured.as_mut()).for_each(change);
    results
}

fn line<'a>(text: &'a str, start: &str) -> &'a str {
    let found = text.lines().find(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("no line begins with '{start}'\n{text}"))
}

#[test]
fn the_further_tables_fit_their_width_in_both_languages() {
    let mut results = two_scenarios();
    for scenario in &mut results.scenarios {
        scenario.loop_kind = LoopKind::Closed;
    }
    for lang in LANGS {
        for width in [0, 100, 140] {
            let text = details(&results, lang, width, Style::default(), &Detail::ALL);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width.max(100), "{widest} > {width}\n{text}");
        }
        assert!(!all_of(&results, lang).contains('\u{1b}'));
        let dressed = details(
            &results,
            lang,
            100,
            Style { color: true, ..Style::default() },
            &[Detail::Bytes],
        );
        assert!(dressed.contains('\u{1b}'));
    }
}

#[test]
fn only_what_was_asked_for_is_shown_and_in_a_fixed_order() {
    let results = rush(|_| ());
    let titles = |asked: &[Detail]| -> Vec<usize> {
        let text = details(&results, Lang::En, 100, Style::default(), asked);
        ["Cost of", "Byte ledger", "Memory of", "The same runs"]
            .into_iter()
            .filter_map(|title| text.find(title))
            .collect()
    };
    assert_eq!(titles(&[]).len(), 0);
    assert_eq!(titles(&[Detail::Memory]).len(), 1);
    let all = titles(&[Detail::FourWays, Detail::Memory, Detail::Bytes, Detail::Cost]);
    assert!(all.len() == 4 && all.is_sorted(), "{all:?}");
    assert_eq!(all_of(&empty(), Lang::En), "");
}

#[test]
fn every_mechanism_has_its_number() {
    let text = all_of(&rush(|_| ()), Lang::En);
    let row = line(&text, "async");
    let cells: Vec<&str> = row.split_whitespace().collect();
    // user, system, voluntary, involuntary, slices, reads, writes, wakes, messages per write
    assert_eq!(
        cells,
        ["async", "30.0", "60.0", "0.050", "0.001", "0.051", "0.020", "0.250", "0.200", "4.00"]
    );
}

#[test]
fn the_bytes_of_a_delivery_add_up_in_both_directions() {
    let text = all_of(&rush(|_| ()), Lang::En);
    let row = |start: &str| -> Vec<String> {
        line(&text, start)
            .split("  ")
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
            .collect()
    };
    let down =
        ["async ↓", "80.0", "76.0", "4.00", "0", "0", "0", "13.0", "39.0", "212", "38 %", "130"];
    assert_eq!(row("async ↓"), down);
    let up = row("async ↑");
    assert_eq!((up[1].as_str(), up[4].as_str(), up[11].as_str()), ("0.800", "0.040", "200"));
}

#[test]
fn it_is_said_whether_the_books_agree_with_the_kernel() {
    let ledger = |change: fn(&mut crate::results::Ledger)| {
        rush(move |run| change(run.ledger.as_mut().unwrap()))
    };
    let agree = rush(|_| ());
    assert!(all_of(&agree, Lang::En).contains("to the byte with TCP_INFO in all 6 runs"));
    assert!(all_of(&agree, Lang::De).contains("in allen 6 Läufen aufs Byte mit TCP_INFO überein"));
    let mut differ = agree.clone();
    differ.runs[0].measured.as_mut().unwrap().ledger.as_mut().unwrap().measured.up.http += 1200;
    assert!(all_of(&differ, Lang::En).contains("differs from TCP_INFO by 1,200 bytes in 1 of 6"));
    assert!(all_of(&differ, Lang::De).contains("in 1 von 6 Läufen von TCP_INFO ab, um 1.200"));
    let silent = ledger(|ledger| ledger.measured.kernel_up = None);
    assert!(all_of(&silent, Lang::En).contains("could not be held against the kernel"));
}

#[test]
fn what_was_not_measured_is_said_and_not_drawn_as_nothing() {
    let results = rush(|run| {
        (run.ledger, run.calls, run.memory, run.warm_up) = (None, None, None, None);
    });
    for (lang, words) in [(Lang::En, "not measured here"), (Lang::De, "hier nicht gemessen")] {
        let text = all_of(&results, lang);
        // System calls, the ledger's kernel, memory; what TCP carried is known without a ledger.
        assert!(text.matches(words).count() >= 3, "{text}");
        assert!(!text.contains("async ↓"), "{text}");
        let way = lang.say("async · warm-up included", "async · mit Aufwärmen");
        assert!(line(&text, way).contains('–'), "{text}");
        let charts = charts(&results, lang);
        let bytes = charts.iter().find(|chart| chart.name == "bytes").unwrap();
        assert!(bytes.svg.contains(lang.say("not split", "nicht aufgeteilt")));
    }
}

#[test]
fn memory_is_shown_by_its_parts_with_what_ends_it() {
    let mut results = rush(|_| ());
    let bound = |most, because: &str| Some(Bound { most, because: because.into() });
    results.bounds = Some(Bounds {
        threads: bound(2003, "kernel.threads-max"),
        ports: bound(28_232, "net.ipv4.ip_local_port_range"),
        ..Bounds::default()
    });
    let text = all_of(&results, Lang::En);
    let cells: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("KiB "))
        .find(|line| line.starts_with("async"))
        .unwrap()
        .split_whitespace()
        .collect();
    // 90,000 × 80 bytes over a hundred connections, a quarter of them stacks; the floor's sockets.
    let slopes: Vec<&str> = cells.iter().copied().filter(|cell| !cell.starts_with('±')).collect();
    let expected = ["async", "52.7", "17.6", "70.3", "3.91", "–", "32.0", "0.04", "35.9", "1,000"];
    assert_eq!(slopes, expected);
    assert!(text.contains("async 1,000 (kernel.threads-max)"), "{text}");
}

#[test]
fn a_slope_says_how_sure_it_is_where_that_matters() {
    let unsteady = rush(|run| {
        let points = &mut run.memory.as_mut().unwrap().points;
        points[2].user += 2_000_000;
    });
    let text = all_of(&unsteady, Lang::De);
    let row = text
        .lines()
        .skip_while(|line| !line.starts_with("KiB "))
        .find(|line| line.starts_with("async"))
        .unwrap();
    assert!(row.contains("52,7 ±") && row.contains("17,6  "), "{row}");
}

#[test]
fn witnesses_are_heard_against_each_other() {
    let mut results = rush(|_| ());
    let words = |results: &Results, lang| {
        all_of(results, lang).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(words(&results, Lang::En).contains("agree exactly in all 6 runs; deliveries"));
    let first = results.runs[0].measured.as_mut().unwrap();
    first.server.as_mut().unwrap().scheduled_ns = Some(455_000_000);
    assert!(words(&results, Lang::De).contains("in allen 6 Läufen auf 1,1 % überein"));
    let first = results.runs[0].measured.as_mut().unwrap();
    first.calls.as_mut().unwrap().deliveries /= 2;
    assert!(words(&results, Lang::En).contains("differ by up to 50 % in 6 runs"));
    let silent = rush(|run| (run.calls, run.server) = (None, None));
    assert!(!words(&silent, Lang::En).contains("Witnesses"));
}

#[test]
fn a_stall_that_only_the_plan_shows_is_told_by_its_factor() {
    let results = rush(|run| {
        run.service = histogram(vec![1_000_000; 5000]);
        let stalled = (0..5000).map(|i| if i < 4500 { 1_000_000 } else { 1_300_000_000 });
        run.response = histogram(stalled);
    });
    let text = all_of(&results, Lang::En);
    assert!(line(&text, "async · from the send").contains("1.00 ms"), "{text}");
    assert!(line(&text, "async · from the plan").contains("1.30 s"), "{text}");
    assert_eq!(line(&text, "async · mean only").split_whitespace().last(), Some("ms"));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("which hides a factor of 1,3"), "{text}");
    let calm = all_of(&rush(|_| ()), Lang::De);
    let words = calm.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("jedes p50, p90 und p99 ist auf 10 % gleich"), "{calm}");
}

#[test]
fn a_closed_loop_is_called_one_everywhere_and_an_open_one_nowhere() {
    let open = rush(|_| ());
    let mut closed = open.clone();
    for scenario in &mut closed.scenarios {
        scenario.loop_kind = LoopKind::Closed;
    }
    let folder = tempfile::tempdir().unwrap();
    for (lang, label) in [(Lang::En, "closed loop"), (Lang::De, "geschlossene Schleife")] {
        assert!(table(&closed, lang, 100).starts_with(&format!("rush ({label})")));
        assert!(!table(&open, lang, 100).contains(label));
        assert_eq!(all_of(&closed, lang).matches(&format!("rush ({label})\n")).count(), 4);
        for chart in charts(&closed, lang) {
            assert!(chart.svg.contains(label), "{}", chart.name);
        }
        assert!(charts(&open, lang).iter().all(|chart| !chart.svg.contains(label)));
        write_report(&closed, folder.path(), lang).unwrap();
        let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
        let warned = lang.say("Closed loop, for teaching", "Geschlossene Schleife, zum Lehren");
        assert!(page.contains(&format!("rush ({label})")) && page.contains(warned));
    }
}

#[test]
fn a_report_has_every_section_and_admits_only_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let page = |results: &Results, lang| {
        write_report(results, folder.path(), lang).unwrap();
        fs::read_to_string(folder.path().join("README.md")).unwrap()
    };
    for (lang, titles) in [
        (Lang::En, ["## Cost of a delivery", "## Byte ledger", "## Memory of", "## The same runs"]),
        (
            Lang::De,
            ["## Kosten einer", "## Byte-Bilanz", "## Speicher einer", "## Dieselben Läufe"],
        ),
    ] {
        let text = page(&rush(|_| ()), lang);
        for title in titles {
            assert!(text.contains(title), "{title}");
        }
        assert!(text.contains("charts/bytes.svg"));
    }
    assert!(!page(&rush(|_| ()), Lang::En).contains("user memory of idle connections only"));
    let without = rush(|run| run.memory = None);
    assert!(page(&without, Lang::En).contains("user memory of idle connections only"));
}
