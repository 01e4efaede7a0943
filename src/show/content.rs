//! What a report says, as a list of blocks: the same for Markdown and HTML.
//!
//! The verdict comes first, the evidence after it, and last what the evidence does not cover.

use super::charts::{course_name, latency_name};
use super::details;
use super::lang::{Lang, clip};
use super::table;
use super::threshold;
use super::verdict;
use super::{knee, lab, loops, method, noise, outcome, pairs, redo};
use crate::results::{Group, Results, Summary};

/// One piece of a report, in plain text without any markup.
pub(super) enum Block {
    Title(String),
    Heading(String),
    Subheading(String),
    Paragraph(String),
    List(Vec<String>),
    Numbered(Vec<String>),
    /// The first row is the heading; `numbers` sets all but the first column to the right.
    Table {
        rows: Vec<Vec<String>>,
        numbers: bool,
    },
    /// The chart of this name, when it was drawn.
    Chart(String),
    /// A small picture, complete in itself, and what it shows.
    Drawing {
        title: String,
        svg: String,
    },
    /// Where charts go that no other block names.
    Further,
    Code(String),
    Downloads(Vec<Download>),
}

/// A file that a reader can have.
pub(super) struct Download {
    pub(super) name: String,
    /// What is in it.
    pub(super) about: String,
    /// Whether the report itself carries it; otherwise it lies beside the report.
    pub(super) carried: bool,
}

/// A part of the report; empty where there is nothing to say.
type Section = fn(&Results, &Summary, Lang) -> Vec<Block>;

/// The report from top to bottom.
const SECTIONS: &[Section] = &[
    opening,
    threshold::blocks,
    noise::blocks,
    knee::blocks,
    costs,
    scenarios,
    further,
    reading,
    details::blocks,
    |results, _, lang| lab::blocks(results, lang),
    cautions,
    method::blocks,
    limits,
    redo::machine,
    redo::redo,
    redo::downloads,
];

/// The whole report.
pub(super) fn of(results: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    SECTIONS.iter().flat_map(|section| section(results, summary, lang)).collect()
}

/// A heading in the language of the report.
pub(super) fn heading(en: &str, de: &str, lang: Lang) -> Block {
    Block::Heading(lang.say(en, de).to_owned())
}

/// A paragraph in the language of the report.
pub(super) fn paragraph(en: &str, de: &str, lang: Lang) -> Block {
    Block::Paragraph(lang.say(en, de).to_owned())
}

/// The charts over all scenarios; those that there are none of take no room.
const COST_CHARTS: [&str; 10] = [
    "cpu",
    "memory",
    "memory-growth",
    "switches",
    "threads",
    "rate",
    "set-up",
    "fan-out",
    "gap",
    "delivery",
];

fn costs(_: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    if summary.groups.is_empty() {
        return Vec::new();
    }
    let title = heading(
        "What a delivery and a connection cost",
        "Was eine Zustellung und eine Verbindung kosten",
        lang,
    );
    let charts = COST_CHARTS.map(|name| Block::Chart(name.to_owned()));
    std::iter::once(title).chain(charts).collect()
}

fn scenarios(_: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    let groups = summary.groups.iter().enumerate();
    groups.flat_map(|(place, group)| scenario(place, group, summary, lang)).collect()
}

fn reading(_: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    if summary.groups.is_empty() {
        return Vec::new();
    }
    let brackets = paragraph(
        "A factor is the quotient of the two values shown. A sentence names a difference of 10 % or more, and only if the repeats bear it out: with six or more, if the 95 % interval of the median of their ratios (order statistics, in brackets) leaves out 1; with four or five, if all repeats of one side lie above all of the other; with three, if they do so by a gap of at least half the wider side's spread; with fewer, never. Two equals are then told apart in one of twenty cases at most; three backends are three such pairs.",
        "Ein Faktor ist der Quotient der beiden gezeigten Werte. Ein Satz nennt einen Unterschied ab 10 % und nur, wenn die Wiederholungen ihn tragen: ab sechs, wenn das 95-%-Intervall für den Median ihrer Verhältnisse (Ordnungsstatistik, in Klammern) die 1 nicht enthält; bei vier oder fünf, wenn alle der einen Seite über allen der anderen liegen; bei drei, wenn die Lücke dazwischen mindestens halb so breit ist wie die breitere Seite; bei weniger nie. Zwei Gleiche werden so höchstens in einem von zwanzig Fällen unterschieden; drei Backends sind drei solche Paare.",
        lang,
    );
    let pairs = Block::Paragraph(pairs::legend(lang));
    vec![Block::Paragraph(table::legend(lang).to_owned()), brackets, pairs]
}

fn cautions(_: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    if summary.cautions.is_empty() {
        return Vec::new();
    }
    let told = summary.cautions.iter().map(|one| table::caution(one, lang));
    vec![heading("Cautions", "Vorbehalte", lang), Block::Numbered(told.collect())]
}

/// The place of charts that no section asks for.
fn further(_: &Results, _: &Summary, _: Lang) -> Vec<Block> {
    vec![Block::Further]
}

fn opening(results: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    let names: Vec<String> =
        results.backends.iter().map(|backend| clip(&backend.name, 40)).collect();
    let title = knee::title(results, lang).unwrap_or(lang.say("Comparison", "Vergleich"));
    let subjects = [verdict::CPU, verdict::P99, verdict::WIRE, verdict::MEMORY];
    let counts = summary.groups.iter().flat_map(|group| &group.rows).any(|row| row.counted() > 0);
    let verdicts: Vec<String> = match counts {
        true => subjects.map(|subject| verdict::of_all(summary, subject, lang)).to_vec(),
        false => knee::sentences(results, lang),
    };
    let failed: Vec<String> = summary
        .groups
        .iter()
        .flat_map(|group| group.rows.iter().map(move |row| (group, row)))
        .filter_map(|(group, row)| {
            Some(format!("{}: {}", clip(&group.name, 40), table::reasons(row, lang)?))
        })
        .collect();
    let when = date(results.started_at, lang);
    let made = match lang {
        Lang::En => format!("Measured on {when} with duplex {}.", redo::tool(results)),
        Lang::De => format!("Gemessen am {when} mit duplex {}.", redo::tool(results)),
    };
    let mut blocks = vec![Block::Title(format!("{title}: {}", names.join(", ")))];
    if verdicts.is_empty() {
        let none =
            lang.say("Nothing was measured that counts.", "Es wurde nichts gemessen, das zählt.");
        blocks.push(Block::Paragraph(none.to_owned()));
    } else {
        blocks.push(Block::List(verdicts));
    }
    if !failed.is_empty() {
        blocks.push(Block::Heading(lang.say("Failed runs", "Gescheiterte Läufe").to_owned()));
        blocks.push(Block::List(failed));
    }
    blocks.push(Block::Paragraph(made));
    blocks
}

fn scenario(place: usize, group: &Group, summary: &Summary, lang: Lang) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(table::title(group, lang))];
    if let Some(scenario) = &group.scenario {
        let expected = lang.say("Expected before the run: ", "Vor dem Lauf erwartet: ");
        blocks.push(Block::Paragraph(clip(lang.of(&scenario.question), 600)));
        let expect = clip(lang.of(&scenario.expect), 600);
        blocks.push(Block::Paragraph(format!("{expected}{expect}")));
    }
    if loops::is_closed(group) {
        blocks.push(Block::Paragraph(loops::warning(lang).to_owned()));
    }
    blocks.push(Block::Subheading(lang.say("What came out", "Was herauskam").to_owned()));
    blocks.push(Block::List(outcome::of(group, lang)));
    let chart = latency_name(&group.name, place);
    blocks.extend([Block::Chart(chart.clone()), Block::Chart(course_name(&chart))]);
    let latency = table::latency_block(group, &summary.cautions, lang).rows;
    let mut cost = table::cost_block(group, &summary.cautions, lang).rows;
    for (cells, row) in cost.iter_mut().skip(1).zip(&group.rows) {
        // A report has room for what a terminal has not: how sure the ratio is.
        if let Some(interval) = row.to_floor.and_then(|ratio| ratio.interval) {
            cells[table::RATIO_COLUMN].push_str(&format!(" {}", lang.interval(interval)));
        }
    }
    blocks.push(Block::Table { rows: latency, numbers: true });
    blocks.push(Block::Table { rows: cost, numbers: true });
    blocks.extend(pairs::blocks(group, lang));
    blocks
}

fn limits(results: &Results, _: &Summary, lang: Lang) -> Vec<Block> {
    let readings = || {
        let measured = results.runs.iter().filter_map(|run| run.measured.as_ref());
        measured.filter_map(|run| run.memory.as_ref()).flat_map(|memory| &memory.points)
    };
    let kernel = readings().any(|at| at.kernel_stacks.is_some() || at.kernel_objects.is_some());
    let memory = match kernel {
        true => (
            "Memory is that of idle connections: buffers that fill under load come on top. The kernel counts its own for the whole machine; what else happened on it meanwhile is in there too.",
            "Speicher ist der ruhender Verbindungen: Puffer, die sich unter Last füllen, kommen dazu. Der Kernel zählt seinen eigenen für die ganze Maschine; was dort sonst nebenher geschah, ist mit drin.",
        ),
        false => (
            "Memory is user memory of idle connections only: buffers that fill under load, and what the kernel keeps per thread and per socket, come on top.",
            "Speicher ist nur Nutzerspeicher ruhender Verbindungen: Puffer, die sich unter Last füllen, und was der Kernel pro Thread und Socket hält, kommen dazu.",
        ),
    };
    let all = [
        (
            "Loopback has no latency and loses nothing: that flatters long-polling, which needs a round trip more per answer.",
            "Loopback hat keine Laufzeit und verliert nichts: Das schmeichelt Long-Polling, das pro Antwort einen Weg mehr braucht.",
        ),
        (
            "On loopback whoever sends also does the kernel's work of receiving: the server's system time holds some that a network would charge to the other end.",
            "Auf Loopback erledigt, wer sendet, auch die Arbeit des Kernels beim Empfangen: In der Kernelzeit des Servers steckt, was im Netz das andere Ende leistet.",
        ),
        (
            "One machine, one kernel, one implementation of each idea: another library can turn the order round.",
            "Eine Maschine, ein Kernel, eine Umsetzung jeder Idee: Eine andere Bibliothek kann die Reihenfolge umkehren.",
        ),
        (
            "No encryption, no compression, no proxy in between, no slow members.",
            "Keine Verschlüsselung, keine Kompression, kein Proxy dazwischen, keine langsamen Mitglieder.",
        ),
        memory,
        (
            "Ceilings are predicted from slopes and limits; nobody has tried so many connections.",
            "Grenzen sind aus Steigungen und Limits vorhergesagt; so viele Verbindungen hat niemand ausprobiert.",
        ),
        (
            "TCP/IP headers are an estimate of 52 bytes per segment, acknowledgements included; loopback segments are larger and fewer than those of a network.",
            "TCP/IP-Header sind mit 52 Bytes pro Segment geschätzt, Bestätigungen eingeschlossen; auf Loopback sind Segmente größer und weniger als im Netz.",
        ),
    ];
    let told = all.iter().map(|(en, de)| lang.say(en, de).to_owned()).collect();
    vec![heading("What this does not show", "Was hier nicht zu sehen ist", lang), Block::List(told)]
}

/// A day such as `2024-11-22` or 22.11.2024, in UTC, from milliseconds since 1970. Counting in years that begin
/// in March puts the leap day last, which spares every special case.
fn date(millis: u64, lang: Lang) -> String {
    let days = millis / 86_400_000 + 719_468;
    let era_day = days % 146_097;
    let year_of_era = (era_day - era_day / 1460 + era_day / 36_524 - era_day / 146_096) / 365;
    let day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + days / 146_097 * 400 + u64::from(month <= 2);
    match lang {
        Lang::En => format!("{year}-{month:02}-{day:02}"),
        Lang::De => format!("{day}.{month}.{year}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lang, date};

    #[test]
    fn days_are_counted_right() {
        assert_eq!(date(0, Lang::En), "1970-01-01");
        assert_eq!(date(951_782_400_000, Lang::En), "2000-02-29");
        assert_eq!(date(1_732_312_345_123, Lang::De), "22.11.2024");
        assert_eq!(date(4_107_542_400_000, Lang::En), "2100-03-01");
        assert!(date(u64::MAX, Lang::En).ends_with(|c: char| c.is_ascii_digit()));
    }
}
