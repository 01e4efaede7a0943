//! Repeats put together: one row per scenario and backend.
//!
//! Distributions are merged over the repeats and costs are medians of them; a percentile is never
//! averaged. What was not measured is absent, never 0. Knows nothing of how a row is shown.

use std::collections::BTreeMap;

use super::caution::{self, Caution};
use super::concern::Concern;
use super::failure::Failure;
use super::figure::{Figure, Given, figures};
use super::stats::{self, Ratio};
use super::validity::concerns_of;
use super::{Comebacks, FLOOR, Histogram, LoopKind, Results, Run, Scenario};

/// Everything a table, chart or report needs.
#[derive(Debug, Clone)]
pub struct Summary {
    /// One group per scenario that was run, in the order of the results.
    pub groups: Vec<Group>,
    /// What to keep in mind while reading, most general first.
    pub cautions: Vec<Caution>,
}

/// The rows of one scenario.
#[derive(Debug, Clone)]
pub struct Group {
    /// The scenario's name.
    pub name: String,
    /// The scenario itself, when the results have it.
    pub scenario: Option<Scenario>,
    /// The floor first, then the backends in the order of the results.
    pub rows: Vec<Row>,
}

/// All repeats of one backend in one scenario.
#[derive(Debug, Clone)]
pub struct Row {
    /// The backend's name.
    pub backend: String,
    /// How many runs there were; 0 when the backend was not measured in this scenario.
    pub runs: usize,
    /// Why runs do not count, one entry for each that does not.
    pub failures: Vec<Failure>,
    /// Deliveries that arrived, over all runs.
    pub delivered: u64,
    /// Deliveries asked for, over all runs.
    pub expected: u64,
    /// Received − intended of the runs that count, merged; nanoseconds.
    pub response: Option<Histogram>,
    /// Received − sent of the runs that count, merged; nanoseconds.
    pub service: Option<Histogram>,
    /// Handed to the wire − intended of the runs that count, merged; nanoseconds.
    pub send_lag: Option<Histogram>,
    /// CPU per delivery as a multiple of the floor's.
    pub to_floor: Option<Ratio>,
    /// Messages that the runs that count sent.
    pub messages: u64,
    /// Connections that were lost and made up for in the runs that count.
    pub comebacks: Comebacks,
    /// Whether sends waited for anything but their time.
    pub loop_kind: LoopKind,
    figures: Vec<(u32, BTreeMap<Figure, f64>)>,
    concerns: Vec<Concern>,
}

impl Summary {
    /// Puts the repeats together and judges what can be concluded from them.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let groups: Vec<Group> = scenario_names(results)
            .into_iter()
            .map(|name| Group {
                name: name.to_owned(),
                scenario: results.scenarios.iter().find(|s| s.name == name).cloned(),
                rows: rows_of(results, name),
            })
            .collect();
        let cautions = caution::of(results, &groups);
        Summary { groups, cautions }
    }
}

impl Group {
    /// The row of that backend.
    #[must_use]
    pub fn row(&self, backend: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.backend == backend)
    }

    /// The floor's row, when the floor was run.
    #[must_use]
    pub fn floor(&self) -> Option<&Row> {
        self.row(FLOOR)
    }

    /// All rows but the floor's.
    pub fn contestants(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.backend != FLOOR)
    }
}

impl Row {
    /// How many runs count.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.runs - self.failures.len()
    }

    /// Whether there were runs and none of them counts.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.runs > 0 && self.counted() == 0
    }

    /// The share of deliveries that arrived, 0 to 1; `None` when none were asked for.
    #[must_use]
    pub fn delivered_share(&self) -> Option<f64> {
        (self.expected > 0).then(|| self.delivered as f64 / self.expected as f64)
    }

    /// The figure as it is shown everywhere: the median over the repeats that have it, and for a
    /// percentile that of all repeats together, because percentiles are never averaged.
    ///
    /// Parts add up to their whole, which medians of their own would not: the shares of user and
    /// kernel time are medians, the bytes on the wire are the sum of the medians of their parts.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::UserCpu => Some(self.median(Figure::Cpu)? * self.user_share()?),
            Figure::SystemCpu => Some(self.median(Figure::Cpu)? * (1.0 - self.user_share()?)),
            Figure::Payload => Some(self.median(Figure::WireDown)? + self.median(Figure::WireUp)?),
            Figure::Wire => Some(self.value(Figure::Payload)? + self.median(Figure::WireHeaders)?),
            Figure::P50 => self.quantile(0.5),
            Figure::P99 => self.quantile(0.99),
            _ => self.median(figure),
        }
    }

    /// `None` also when one of the runs was too short to tell: then the split is not that of the
    /// whole that it would be applied to.
    fn user_share(&self) -> Option<f64> {
        let share = |have: &BTreeMap<Figure, f64>| {
            let (user, whole) = (have.get(&Figure::UserCpu)?, have.get(&Figure::Cpu)?);
            (*whole > 0.0).then(|| (user / whole).clamp(0.0, 1.0))
        };
        let measured = self.figures.iter().filter(|(_, have)| have.contains_key(&Figure::Cpu));
        let shares: Option<Vec<f64>> = measured.map(|(_, have)| share(have)).collect();
        stats::median(&shares?)
    }

    /// The response time below which that share (0 to 1) of all deliveries lies, in nanoseconds, if
    /// enough messages lie beyond it.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.response.as_ref()?.quantile_among(share, self.messages)
    }

    /// The figure of each repeat that has it, with the repeat's number.
    #[must_use]
    pub fn values(&self, figure: Figure) -> Vec<(u32, f64)> {
        let have =
            |(repeat, have): &(u32, BTreeMap<Figure, f64>)| Some((*repeat, *have.get(&figure)?));
        self.figures.iter().filter_map(have).collect()
    }

    /// The 95 % interval of the median of the repeats' own values, by order statistics; `None` with
    /// fewer than six repeats.
    ///
    /// It always holds [`Row::value`]: where that lies outside, as a percentile of all repeats
    /// together may, the interval reaches as far. A wider interval holds the median no less often.
    #[must_use]
    pub fn interval(&self, figure: Figure) -> Option<(f64, f64)> {
        let values: Vec<f64> = self.values(figure).into_iter().map(|(_, value)| value).collect();
        stats::interval(&values, Some(self.value(figure)?))
    }

    /// Whether a run that counts raised that concern.
    pub(super) fn has_raised(&self, concern: Concern) -> bool {
        self.concerns.contains(&concern)
    }

    fn median(&self, figure: Figure) -> Option<f64> {
        let values: Vec<f64> = self.values(figure).into_iter().map(|(_, value)| value).collect();
        stats::median(&values)
    }

    /// A figure as a multiple of another row's: the quotient of the two values that are shown,
    /// judged repeat by repeat; `None` when no repeat has both.
    #[must_use]
    pub fn ratio(&self, base: &Row, figure: Figure) -> Option<Ratio> {
        let shown = (self.value(figure)?, base.value(figure)?);
        Ratio::of(shown, &self.beside(base, figure))
    }

    /// The figure's ratio to another row's in each repeat that has both, with the repeat's number.
    #[must_use]
    pub fn ratios(&self, base: &Row, figure: Figure) -> Vec<(u32, f64)> {
        let base: BTreeMap<u32, f64> = base.values(figure).into_iter().collect();
        let ratio = |(repeat, value)| Some((repeat, value / base.get(&repeat)?));
        self.values(figure).into_iter().filter_map(ratio).collect()
    }

    /// The values of both rows in each repeat that has them.
    fn beside(&self, base: &Row, figure: Figure) -> Vec<(f64, f64)> {
        let base: BTreeMap<u32, f64> = base.values(figure).into_iter().collect();
        let both = |(repeat, value)| Some((value, *base.get(&repeat)?));
        self.values(figure).into_iter().filter_map(both).collect()
    }
}

/// Scenarios that have runs: first those the results list, then any others.
fn scenario_names(results: &Results) -> Vec<&str> {
    let listed = results.scenarios.iter().map(|scenario| scenario.name.as_str());
    let mut names = in_order(listed.chain(results.runs.iter().map(|run| run.scenario.as_str())));
    names.retain(|name| results.runs.iter().any(|run| run.scenario == *name));
    names
}

fn rows_of(results: &Results, scenario: &str) -> Vec<Row> {
    let listed = results.backends.iter().map(|backend| backend.name.as_str());
    let mut names = in_order(listed.chain(results.runs.iter().map(|run| run.backend.as_str())));
    // A stable sort: the floor moves to the front, the others keep their order.
    names.sort_by_key(|name| *name != FLOOR);
    let plan = results.scenarios.iter().find(|one| one.name == scenario);
    let given = Given {
        planned_seconds: plan.map_or(0.0, |scenario| scenario.duration.as_secs_f64()),
        loop_kind: plan.map_or(LoopKind::Open, |scenario| scenario.loop_kind),
        ..Given::of(&results.settings)
    };
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|backend| {
            let same = |run: &&Run| run.scenario == scenario && run.backend == backend;
            Row::of(backend, results.runs.iter().filter(same), &given)
        })
        .collect();
    if let Some(floor) = rows.iter().find(|row| row.backend == FLOOR).cloned() {
        for row in &mut rows {
            row.to_floor = row.ratio(&floor, Figure::Cpu);
        }
    }
    rows
}

fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

impl Row {
    fn of<'a>(backend: &str, runs: impl Iterator<Item = &'a Run>, given: &Given) -> Row {
        let mut row = Row {
            backend: backend.to_owned(),
            runs: 0,
            failures: Vec::new(),
            delivered: 0,
            expected: 0,
            response: None,
            service: None,
            send_lag: None,
            to_floor: None,
            messages: 0,
            comebacks: Comebacks::default(),
            loop_kind: given.loop_kind,
            figures: Vec::new(),
            concerns: Vec::new(),
        };
        for run in runs {
            row.add(run, given);
        }
        row
    }

    fn add(&mut self, run: &Run, given: &Given) {
        self.runs += 1;
        if let Some(measured) = &run.measured {
            self.delivered = self.delivered.saturating_add(measured.delivered);
            self.expected = self.expected.saturating_add(measured.expected);
        }
        match (Failure::of(run), &run.measured) {
            (Some(failure), _) => self.failures.push(failure),
            (None, None) => self.failures.push(Failure::NothingMeasured),
            (None, Some(measured)) => {
                merge(&mut self.response, &measured.response);
                merge(&mut self.service, &measured.service);
                merge(&mut self.send_lag, &measured.send_lag);
                self.messages = self.messages.saturating_add(measured.messages);
                self.comebacks = self.comebacks + measured.comebacks.unwrap_or_default();
                self.concerns.extend(concerns_of(measured, given));
                self.figures.push((run.repeat, figures(measured, given)));
            }
        }
    }
}

fn merge(all: &mut Option<Histogram>, one: &Histogram) {
    if one.is_empty() {
        return;
    }
    *all = Some(match all.take() {
        None => one.clone(),
        Some(before) => before.merged(one),
    });
}
