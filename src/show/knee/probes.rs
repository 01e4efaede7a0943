//! Every load of a search as a row: how often it was probed, how often it held, and how it went.

use super::{load, percentile, unit};
use crate::results::{Knee, Point};
use crate::show::lang::{Lang, clip};

/// The loads of each search, from the smallest to the largest, below a heading.
pub(super) fn rows(group: &[&Knee], lang: Lang) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        lang.say("backend", "Backend").to_owned(),
        unit(group[0].axis, lang).to_owned(),
        lang.say("kept", "gehalten").to_owned(),
        lang.say("median", "Median").to_owned(),
        percentile(group[0], lang),
        lang.say("deliveries/s", "Zustellungen/s").to_owned(),
        lang.say("gen CPU", "Gen-CPU").to_owned(),
        lang.say("lag p99", "Verzug p99").to_owned(),
    ]];
    for knee in group {
        rows.extend(knee.points().iter().map(|point| row(knee, point, lang)));
    }
    rows
}

fn row(knee: &Knee, point: &Point, lang: Lang) -> Vec<String> {
    let time = |share| lang.maybe_time(point.response.as_ref().and_then(|all| all.quantile(share)));
    let of = lang.say("of", "von");
    let mut kept = format!("{} {of} {}", point.held, point.probes);
    if point.beyond > 0 {
        let unknown = lang.say("unknown", "unbekannt");
        kept.push_str(&format!(", {} {unknown}", point.beyond));
    }
    vec![
        clip(&knee.backend, 24),
        load(point.at, lang),
        kept,
        time(0.5),
        time(knee.slo.share),
        lang.maybe(point.throughput),
        lang.percent(generator_share(knee, point.at)),
        lang.maybe_time(lag(point)),
    ]
}

/// How late the generator sent 1 % of its messages, at least.
pub(super) fn lag(point: &Point) -> Option<f64> {
    point.send_lag.as_ref().and_then(|lag| lag.quantile(0.99))
}

/// How busy the generator was at that load, at most.
pub(super) fn generator_share(knee: &Knee, at: f64) -> Option<f64> {
    let here = knee.probes.iter().filter(|probe| probe.at.total_cmp(&at).is_eq());
    let measured = here.filter_map(|probe| probe.measured.as_ref());
    let share = measured.filter_map(|one| Some(one.generator?.cpu_ns as f64 / 1e9 / one.seconds));
    share.filter(|share| share.is_finite()).reduce(f64::max)
}
