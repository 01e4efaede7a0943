//! Each caution is raised by its cause, by nothing else, and says what to do.

use std::time::Duration;

use crate::results::fixture::{complete, empty, histogram, measured, run};
use crate::results::*;

type Change = fn(&mut Results);

/// Every concern there is.
const ALL: [Concern; 25] = [
    Concern::DebugBuild,
    Concern::SharedCpus,
    Concern::FewRepeats(3),
    Concern::NoFloor,
    Concern::Failed,
    Concern::NotDelivered,
    Concern::ServerBusy,
    Concern::Overloaded,
    Concern::GeneratorBusy,
    Concern::SendsLate,
    Concern::FewSamples,
    Concern::ClosedLoop,
    Concern::CameBack(Comebacks { cuts: 12, resets: 3 }),
    Concern::ForeignLoad,
    Concern::Steal,
    Concern::Throttled,
    Concern::LittleResidual,
    Concern::BytesUnreconciled,
    Concern::CountersDisagree,
    Concern::DeliveriesDisagree,
    Concern::SelfCheckFailed,
    Concern::DifferentMachine,
    Concern::DifferentScenario,
    Concern::DifferentLimits,
    Concern::DifferentSettings,
];

const LOST: Comebacks = Comebacks { cuts: 7, resets: 2 };

fn concerns(results: &Results) -> Vec<Concern> {
    Summary::of(results).cautions.iter().map(|caution| caution.concern).collect()
}

/// A good comparison of one scenario with six repeats, which nothing is to be said against.
fn base() -> Results {
    let mut base = complete();
    base.runs.retain(|run| run.scenario == "rush");
    for run in base.runs.clone() {
        base.runs.push(Run { repeat: run.repeat + 3, ..run });
    }
    base
}

/// Changes one run of `async`.
fn one(results: &mut Results, change: fn(&mut Measured)) {
    let run = results.runs.iter_mut().find(|run| run.backend == "async").unwrap();
    change(run.measured.as_mut().unwrap());
}

fn close(scenario: &mut Scenario) {
    scenario.loop_kind = LoopKind::Closed;
}

fn now(run: &mut Measured) -> &mut Conditions {
    run.conditions.as_mut().unwrap()
}

fn down(run: &mut Measured) -> &mut Parts {
    &mut run.ledger.as_mut().unwrap().measured.down
}

fn set_up(run: &mut Measured) -> &mut Parts {
    &mut run.ledger.as_mut().unwrap().set_up.up
}

/// So many times the deliveries under way that Little's law asks for.
fn under_way(run: &Measured, factor: f64) -> Option<f64> {
    Some(factor * run.delivered as f64 / run.seconds * run.service.mean()? / 1e9)
}

fn scheduled(run: &mut Measured, factor: f64) {
    let server = run.server.as_mut().unwrap();
    server.cpu_ns = 1_000_000_000;
    server.scheduled_ns = Some((1e9 * factor) as u64);
}

fn server_cpu(run: &mut Measured, nanos: u64) {
    let server = run.server.as_mut().unwrap();
    (server.cpu_ns, server.scheduled_ns) = (nanos, Some(nanos));
}

#[test]
fn each_caution_is_raised_by_its_cause_and_by_nothing_else() {
    let base = base();
    assert_eq!(concerns(&base), []);
    let changes: [(Change, Concern); 25] = [
        (|r| r.tool.profile = "debug".into(), Concern::DebugBuild),
        (|r| r.settings.generator_cpus = vec![0], Concern::SharedCpus),
        (|r| r.settings.server_cpus = vec![], Concern::SharedCpus),
        (|r| r.runs.retain(|run| run.repeat < 3), Concern::FewRepeats(3)),
        (|r| r.runs.retain(|run| run.repeat < 1), Concern::FewRepeats(1)),
        (|r| r.runs.retain(|run| run.backend != FLOOR), Concern::NoFloor),
        (|r| each(r, |m| server_cpu(m, 4_600_000_000)), Concern::ServerBusy),
        (|r| one(r, |m| m.delivered_in_time -= 1000), Concern::Overloaded),
        (|r| each(r, |m| m.generator.as_mut().unwrap().cpu_ns *= 4), Concern::GeneratorBusy),
        (|r| each(r, |m| m.send_lag = histogram(vec![2_000_000; 90])), Concern::SendsLate),
        (|r| each(r, |m| m.messages = 160), Concern::FewSamples),
        (|r| r.scenarios.iter_mut().for_each(close), Concern::ClosedLoop),
        (|r| one(r, |m| m.comebacks = Some(LOST)), Concern::CameBack(LOST)),
        (|r| one(r, |m| now(m).foreign_ns = 510_000_000), Concern::ForeignLoad),
        (|r| one(r, |m| now(m).steal_ns = 110_000_000), Concern::Steal),
        (|r| one(r, |m| now(m).throttled = Some(1)), Concern::Throttled),
        (|r| one(r, |m| m.in_flight = under_way(m, 1.06)), Concern::LittleResidual),
        (|r| one(r, |m| m.in_flight = under_way(m, 0.94)), Concern::LittleResidual),
        (|r| one(r, |m| down(m).payload += 1), Concern::BytesUnreconciled),
        (|r| one(r, |m| set_up(m).http += 1), Concern::BytesUnreconciled),
        (|r| one(r, |m| m.calls.as_mut().unwrap().deliveries += 1), Concern::DeliveriesDisagree),
        (|r| one(r, |m| m.calls.as_mut().unwrap().deliveries /= 2), Concern::DeliveriesDisagree),
        (|r| one(r, |m| scheduled(m, 1.03)), Concern::CountersDisagree),
        (|r| one(r, |m| scheduled(m, 0.97)), Concern::CountersDisagree),
        (|r| r.runs.retain(|run| run.repeat < 2), Concern::FewRepeats(2)),
    ];
    for (change, concern) in changes {
        let mut results = base.clone();
        change(&mut results);
        assert_eq!(concerns(&results), [concern]);
    }
    let mut results = base.clone();
    each(&mut results, |m| m.expected += 1);
    assert_eq!(concerns(&results), [Concern::NotDelivered]);
    let mut results = base;
    results.runs[0].failure = Some("died".into());
    assert!(concerns(&results).contains(&Concern::Failed));
}

#[test]
fn what_is_within_its_limit_raises_nothing() {
    let mut results = base();
    each(&mut results, |m| {
        let conditions = now(m);
        conditions.foreign_ns = 490_000_000;
        conditions.steal_ns = 90_000_000;
        conditions.throttled = Some(0);
        m.in_flight = under_way(m, 1.04);
        scheduled(m, 1.019);
    });
    assert_eq!(concerns(&results), []);
    // Nobody knows whose the work of an unknown server is.
    each(&mut results, |m| (m.server, now(m).foreign_ns) = (None, 4_000_000_000));
    assert_eq!(concerns(&results), []);
    // Time on CPUs that nobody measured on counts less.
    let mut results = base();
    each(&mut results, |m| (now(m).cpus, now(m).foreign_ns) = (64, 510_000_000));
    assert_eq!(concerns(&results), [Concern::ForeignLoad]);
}

#[test]
fn in_a_closed_loop_waiting_is_the_point() {
    let mut results = base();
    each(&mut results, |m| m.send_lag = histogram(vec![2_000_000; 90]));
    results.scenarios.iter_mut().for_each(close);
    assert_eq!(concerns(&results), [Concern::ClosedLoop]);
}

#[test]
fn a_late_generator_withholds_a_verdict_only_where_it_shows() {
    let doubt = |response: u64, lag: u64| {
        let run = run("rush", "async", 0, measured(20_000, response, 5));
        let mut results = Results { runs: vec![run], ..empty() };
        let lag = histogram(vec![lag; 2000]);
        results.runs[0].measured.as_mut().unwrap().send_lag = lag;
        let row = Summary::of(&results).groups[0].row("async").unwrap().clone();
        row.doubt(Figure::P99)
    };
    assert_eq!(doubt(1_000_000, 2_000_000), Some(Doubt::SentLate));
    assert_eq!(doubt(100_000_000, 2_000_000), None);
    // Less than a millisecond is late, too, where answers take no longer.
    assert_eq!(doubt(300_000, 400_000), Some(Doubt::SentLate));
    assert_eq!(doubt(100_000_000, 400_000), None);
}

/// A plan of five seconds in which so many of 10,000 deliveries came late, each message having
/// `receivers` of them, half of which took `median` nanoseconds at most.
fn behind(late: u64, receivers: u64, median: u64) -> bool {
    let mut owing = measured(10_000, 5000, 5);
    owing.response = histogram(vec![median; 10_000]);
    owing.messages = 10_000 / receivers;
    owing.delivered_in_time -= late;
    let mut results = Results { runs: vec![run("ping", "async", 0, owing)], ..empty() };
    results.scenarios.iter_mut().for_each(|one| one.duration = Duration::from_secs(5));
    concerns(&results).contains(&Concern::Overloaded)
}

#[test]
fn a_load_is_not_sustained_when_more_is_owed_than_is_on_its_way() {
    const MS: u64 = 1_000_000;
    assert!(!behind(100, 1, MS), "one in a hundred");
    assert!(behind(150, 1, MS));
    assert!(!behind(250, 100, MS), "the last messages of a room may be on their way");
    assert!(!behind(400, 1, 200 * MS), "a network is slow and keeps up");
    // Of a server that does nine tenths of what is asked, one tenth is owed in the end and the
    // median is half of the longest time, which is a tenth of the plan or a little more.
    assert!(behind(1000, 1, 270 * MS));
    assert!(behind(8700, 1, 17_000 * MS), "a rush of which an eighth came in time");
}

#[test]
fn no_verdict_rests_on_a_server_in_arrears_or_a_disturbed_machine() {
    let doubts = |change: Change| {
        let mut results = base();
        change(&mut results);
        let row = Summary::of(&results).groups[0].row("async").unwrap().clone();
        [Figure::Cpu, Figure::P50, Figure::P99, Figure::Throughput, Figure::Memory]
            .map(|figure| row.doubt(figure))
    };
    let of_times_and_cpu = |doubt| [Some(doubt), Some(doubt), Some(doubt), None, None];
    let cases: [(Change, _); 4] = [
        (|r| one(r, |m| m.delivered_in_time = 0), of_times_and_cpu(Doubt::Overloaded)),
        (|r| one(r, |m| now(m).foreign_ns = 510_000_000), of_times_and_cpu(Doubt::Disturbed)),
        (|r| one(r, |m| now(m).throttled = Some(1)), of_times_and_cpu(Doubt::Disturbed)),
        (|r| one(r, |m| now(m).steal_ns = 110_000_000), [None; 5]),
    ];
    for (change, expected) in cases {
        assert_eq!(doubts(change), expected);
    }
}

#[test]
fn a_percentile_needs_ten_messages_beyond_it_and_not_ten_deliveries_of_one() {
    let mut results = base();
    let p999 = |results: &Results| {
        let summary = Summary::of(results);
        summary.groups[0].row("async").unwrap().quantile(0.999)
    };
    assert!(p999(&results).is_some());
    // Six runs of 100 messages to 100 members: 600 messages, 60,000 deliveries.
    each(&mut results, |m| m.messages = 100);
    assert_eq!(p999(&results), None);
    assert_eq!(concerns(&results), [Concern::FewSamples]);
    let row = Summary::of(&results).groups[0].row("async").unwrap().clone();
    assert!(row.value(Figure::P50).is_some() && row.value(Figure::P99).is_none());
    // Six runs of 250: together they have one, each by itself has none to be compared by.
    each(&mut results, |m| m.messages = 250);
    let row = Summary::of(&results).groups[0].row("async").unwrap().clone();
    assert!(row.value(Figure::P99).is_some() && row.values(Figure::P99).is_empty());
}

#[test]
fn load_is_spared_the_cautions_of_a_comparison() {
    let mut results =
        Results { runs: vec![run("rush", "async", 0, measured(20_000, 5000, 5))], ..empty() };
    results.settings.repeats = 1;
    results.settings.server_cpus.clear();
    results.settings.generator_cpus.clear();
    let compared = [Concern::SharedCpus, Concern::FewRepeats(1), Concern::NoFloor];
    assert_eq!(concerns(&results), compared);
    results.backends.truncate(1);
    assert_eq!(concerns(&results), []);
}

#[test]
fn a_backend_that_differs_from_itself_is_a_caution() {
    let twins = |factor: u64| {
        let mut results = Results { runs: Vec::new(), ..empty() };
        results.settings.self_check = true;
        for repeat in 0..6 {
            let cpu = 10_000 + u64::from(repeat);
            results.runs.push(run("rush", "async", repeat, measured(10_000, 5000, cpu)));
            // One figure alone may differ by chance.
            let again = measured(10_000, 50 * factor, cpu * factor / 100);
            results.runs.push(run("rush", "async-again", repeat, again));
        }
        Summary::of(&results).cautions
    };
    assert_eq!(twins(105), []);
    let [caution] = twins(120).try_into().unwrap();
    assert_eq!(caution.concern, Concern::SelfCheckFailed);
    assert!(caution.is_about("rush", "async-again") && !caution.is_about("rush", "async"));
}

#[test]
fn every_concern_has_a_code_of_its_own_and_words_in_both_languages() {
    let mut codes = Vec::new();
    for concern in ALL {
        let (advice, brief) = (concern.advice(), concern.brief());
        for text in [&advice.en, &advice.de, &brief.en, &brief.de] {
            assert!(!text.is_empty() && !text.contains("{}"), "{text}");
        }
        assert!(brief.en.len() < 60 && advice.en != advice.de, "{concern:?}");
        codes.push(concern.code());
    }
    let plain = |code: &&str| code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    assert!(codes.iter().all(plain));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ALL.len());
}

#[test]
fn a_server_that_is_not_pinned_has_all_cpus_and_one_of_unknown_cpus_no_share() {
    let share = |cpus: Option<u64>| {
        let mut measured = measured(20_000, 5000, 5);
        measured.conditions = cpus.map(|cpus| Conditions { cpus, ..Conditions::default() });
        measured.server.as_mut().unwrap().cpu_ns = 5_000_000_000;
        let mut results = Results { runs: vec![run("rush", "async", 0, measured)], ..empty() };
        results.settings.server_cpus.clear();
        Summary::of(&results).groups[0].row("async").unwrap().value(Figure::ServerCpu)
    };
    assert_eq!((share(Some(4)), share(None)), (Some(0.25), None));
}

#[test]
fn a_server_with_more_cpus_is_busy_later() {
    let busy = |cpus: Vec<usize>| {
        let mut results =
            Results { runs: vec![run("rush", "async", 0, measured(20_000, 5000, 5))], ..empty() };
        results.settings.server_cpus = cpus;
        each(&mut results, |m| server_cpu(m, 4_600_000_000));
        concerns(&results).contains(&Concern::ServerBusy)
    };
    assert!(busy(vec![0]) && !busy(vec![0, 2]));
}

fn each(results: &mut Results, change: fn(&mut Measured)) {
    results.runs.iter_mut().for_each(|run| change(run.measured.as_mut().unwrap()));
}

#[test]
fn few_samples_are_said_and_their_percentiles_withheld() {
    let results =
        Results { runs: vec![run("ping", "async", 0, measured(500, 5000, 5))], ..empty() };
    assert!(concerns(&results).contains(&Concern::FewSamples));
    let summary = Summary::of(&results);
    let response = summary.groups[0].row("async").unwrap().response.clone().unwrap();
    assert!(response.quantile(0.9).is_some() && response.quantile(0.999).is_none());
}
