//! One run as several machines saw it.

use std::collections::BTreeSet;

use super::super::{Account, Cost, Findings, Histogram, Ledger, Measured, Parts, Run, WireUse};

/// The same run of all machines as one; at least one is given.
pub(super) fn joined(runs: &[Run], notes: &mut BTreeSet<String>) -> Run {
    let measured: Vec<&Measured> = runs.iter().filter_map(|run| run.measured.as_ref()).collect();
    let all = measured.len() == runs.len();
    Run {
        // A sum in which a machine is missing is no result.
        measured: all.then(|| sum(&measured, notes)).flatten(),
        failure: failure(runs),
        ..runs[0].clone()
    }
}

/// Every machine's reason, and that of a machine that measured nothing.
fn failure(runs: &[Run]) -> Option<String> {
    let mut reasons: Vec<String> = Vec::new();
    for (run, number) in runs.iter().zip(1..) {
        let nothing = || run.measured.is_none().then(|| "nothing was measured".to_owned());
        if let Some(reason) = run.failure.clone().or_else(nothing) {
            reasons.push(format!("generator {number}: {reason}"));
        }
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn sum(parts: &[&Measured], notes: &mut BTreeSet<String>) -> Option<Measured> {
    let (first, others) = parts.split_first()?;
    let count = |field: fn(&Measured) -> u64| {
        parts.iter().map(|part| field(part)).fold(0, u64::saturating_add)
    };
    let values = |field: fn(&Measured) -> &Histogram| {
        others.iter().fold(field(first).clone(), |all, part| all.merged(field(part)))
    };
    let longest =
        |field: fn(&Measured) -> f64| parts.iter().map(|part| field(part)).fold(0.0, f64::max);
    let warm_ups = parts.iter().filter_map(|part| part.warm_up.as_ref());
    let seconds = longest(|part| part.seconds);
    Some(Measured {
        seconds,
        messages: count(|part| part.messages),
        expected: count(|part| part.expected),
        delivered: count(|part| part.delivered),
        delivered_in_time: count(|part| part.delivered_in_time),
        findings: findings(parts),
        response: values(|part| &part.response),
        service: values(|part| &part.service),
        send_lag: values(|part| &part.send_lag),
        warm_up: warm_ups.cloned().reduce(|all, one| all.merged(&one)),
        in_flight: in_flight(parts, seconds),
        // Percentiles of several generators cannot be put together.
        timeline: None,
        server: kept(parts, |part| part.server.as_ref(), "the server's CPU costs", notes),
        generator: busiest(parts),
        calls: kept(parts, |part| part.calls.as_ref(), "what the server counted", notes),
        memory: kept(parts, |part| part.memory.as_ref(), "the memory of connections", notes),
        wire: whole(parts, |part| part.wire.as_ref(), wire, "bytes by the kernel's count", notes),
        ledger: whole(parts, |part| part.ledger.as_ref(), ledger, "the byte ledger", notes),
        conditions: kept(parts, |part| part.conditions.as_ref(), "machine conditions", notes),
        set_up_seconds: longest(|part| part.set_up_seconds),
        comebacks: parts.iter().filter_map(|part| part.comebacks).reduce(std::ops::Add::add),
    })
}

fn findings(parts: &[&Measured]) -> Findings {
    let mut sum = Findings::default();
    for (part, number) in parts.iter().zip(1..) {
        let Findings { lost, doubled, reordered, leaked, corrupted, examples } = &part.findings;
        sum.lost = sum.lost.saturating_add(*lost);
        sum.doubled = sum.doubled.saturating_add(*doubled);
        sum.reordered = sum.reordered.saturating_add(*reordered);
        sum.leaked = sum.leaked.saturating_add(*leaked);
        sum.corrupted = sum.corrupted.saturating_add(*corrupted);
        sum.examples.extend(examples.iter().map(|text| format!("generator {number}: {text}")));
    }
    sum
}

/// Averages over different times, weighted with these: what was under way on all machines.
fn in_flight(parts: &[&Measured], seconds: f64) -> Option<f64> {
    let weighted: Option<Vec<f64>> =
        parts.iter().map(|part| Some(part.in_flight? * part.seconds)).collect();
    Some(weighted?.iter().sum::<f64>() / seconds).filter(|average| average.is_finite())
}

/// The generator with the least CPU to spare: if it kept up, so did the others. A sum would make
/// several half idle machines look like a saturated one.
fn busiest(parts: &[&Measured]) -> Option<Cost> {
    let share =
        |part: &Measured| Some((part.generator?.cpu_ns as f64 / part.seconds, part.generator));
    let shares: Option<Vec<(f64, Option<Cost>)>> = parts.iter().map(|part| share(part)).collect();
    shares?.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))?.1
}

/// What one machine alone has: it belongs to the server or the machine it runs on.
pub(super) fn only<'a, T: Clone + 'a>(values: impl Iterator<Item = Option<&'a T>>) -> Option<T> {
    let mut known = values.flatten();
    let one = known.next();
    one.filter(|_| known.next().is_none()).cloned()
}

fn kept<T: Clone>(
    parts: &[&Measured],
    field: fn(&Measured) -> Option<&T>,
    what: &str,
    notes: &mut BTreeSet<String>,
) -> Option<T> {
    let kept = only(parts.iter().map(|part| field(part)));
    if kept.is_none() && parts.iter().any(|part| field(part).is_some()) {
        notes.insert(format!("{what} are left out: more than one file has them"));
    }
    kept
}

/// A sum to which every machine contributes.
fn whole<T: Copy>(
    parts: &[&Measured],
    field: fn(&Measured) -> Option<&T>,
    add: fn(T, T) -> T,
    what: &str,
    notes: &mut BTreeSet<String>,
) -> Option<T> {
    let all: Option<Vec<T>> = parts.iter().map(|part| field(part).copied()).collect();
    if all.is_none() && parts.iter().any(|part| field(part).is_some()) {
        notes.insert(format!("{what} are left out: not every file has them"));
    }
    all?.into_iter().reduce(add)
}

fn wire(one: WireUse, other: WireUse) -> WireUse {
    let sum = |field: fn(&WireUse) -> u64| field(&one).saturating_add(field(&other));
    WireUse {
        received_bytes: sum(|wire| wire.received_bytes),
        sent_bytes: sum(|wire| wire.sent_bytes),
        received_segments: sum(|wire| wire.received_segments),
        sent_segments: sum(|wire| wire.sent_segments),
        received_data_segments: sum(|wire| wire.received_data_segments),
        sent_data_segments: sum(|wire| wire.sent_data_segments),
        retransmitted_bytes: sum(|wire| wire.retransmitted_bytes),
    }
}

fn ledger(one: Ledger, other: Ledger) -> Ledger {
    Ledger {
        set_up: account(one.set_up, other.set_up),
        measured: account(one.measured, other.measured),
    }
}

fn account(one: Account, other: Account) -> Account {
    let sum =
        |field: fn(&Account) -> Option<u64>| Some(field(&one)?.saturating_add(field(&other)?));
    let parts = |field: fn(&Account) -> Parts| field(&one) + field(&other);
    Account {
        up: parts(|account| account.up),
        down: parts(|account| account.down),
        kernel_up: sum(|account| account.kernel_up),
        kernel_down: sum(|account| account.kernel_down),
    }
}
