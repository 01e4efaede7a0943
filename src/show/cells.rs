//! The cells of an experiment as a chart: what came out where, and whether it was predicted.
//!
//! Knows rows, columns and words, and of these only which ones say that nothing came.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::frame;
use super::lang::{Lang, clip, wrap};
use super::names::{fits, stacked};
use super::style::{self, GRID, INK, QUIET};
use crate::results::{Cell, GridRow, Text};

/// How many columns and rows a sheet has room for.
const COLUMNS: usize = 6;
const ROWS: usize = 14;
/// The box the cells are in; names of rows stand left of it.
const NAMES: i32 = 70;
const LEFT: i32 = 640;
const RIGHT: i32 = 1850;
const TOP: i32 = 300;
const BOTTOM: i32 = 950;
/// The largest type of a cell.
const TYPE: i32 = 44;
/// Words, in English, of cells in which nothing came or nobody noticed: they are not filled.
const NOTHING: [&str; 5] = ["never", "cut", "refused", "–", "0"];

/// The chart; nothing where there are no cells.
pub(super) fn draw(title: &str, columns: &[Text], rows: &[GridRow], lang: Lang) -> Option<String> {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    if columns.is_empty() || cells().next().is_none() {
        return None;
    }
    let wrong = cells().filter(|cell| cell.as_predicted == Some(false)).count();
    let mut what = match (cells().any(|cell| cell.as_predicted.is_some()), wrong, lang) {
        (false, _, _) => String::new(),
        (_, 0, Lang::En) => "every cell as predicted".to_owned(),
        (_, 0, Lang::De) => "jede Zelle wie vorhergesagt".to_owned(),
        (_, _, Lang::En) => format!("framed: not as predicted ({wrong} of {})", cells().count()),
        (_, _, Lang::De) => {
            format!("umrandet: nicht wie vorhergesagt ({wrong} von {})", cells().count())
        }
    };
    if rows.len() > ROWS || columns.len() > COLUMNS {
        what.push_str(lang.say("; more in the table", "; weitere in der Tabelle"));
    }
    Some(sheet(title, |canvas| {
        frame(canvas, title, &what, "");
        let columns = &columns[..columns.len().min(COLUMNS)];
        let rows = &rows[..rows.len().min(ROWS)];
        let width = (RIGHT - LEFT) / columns.len() as i32;
        let height = ((BOTTOM - TOP) / rows.len().max(1) as i32).min(150);
        for (column, name) in (0..).zip(columns) {
            let middle = (LEFT + width * column + width / 2, TOP - 36);
            let lines = wrap(lang.of(name), fits(width - 16, 40));
            for (at, line) in stacked(middle, &lines[..lines.len().min(2)], 40) {
                canvas.text(at, line, plain(40).bold().centred());
            }
        }
        for (place, row) in (0..).zip(rows) {
            let top = TOP + height * place;
            named(canvas, lang.of(&row.label), (top + height / 2, height));
            for (column, one) in (0..).zip(row.cells.iter().take(columns.len())) {
                let left = LEFT + width * column;
                cell(canvas, (left, top), (width, height), one, lang);
            }
        }
    }))
}

/// The name of a row, over two lines where it is long and there is room.
fn named(canvas: &Canvas<'_>, name: &str, (middle, height): (i32, i32)) {
    let size = 42.min(height - 4).max(28);
    let lines = wrap(name, fits(LEFT - NAMES - 20, size));
    let room = usize::try_from(height / size).unwrap_or(1).max(1);
    for (at, line) in stacked((LEFT - 20, middle), &lines[..lines.len().min(room)], size) {
        canvas.text(at, line, plain(size).to_the_right());
    }
}

fn cell(
    canvas: &Canvas<'_>,
    (left, top): (i32, i32),
    (width, height): (i32, i32),
    cell: &Cell,
    lang: Lang,
) {
    let (from, to) = ((left + 4, top + 4), (left + width - 4, top + height - 4));
    let text = cell.text.en.as_str();
    let came = !NOTHING.contains(&text) && !text.starts_with("0 ");
    let colour = style::of("async", 1).colour;
    canvas.bar(from, to, if came { colour } else { GRID }, if came { 0.22 } else { 0.0 });
    if cell.as_predicted == Some(false) {
        let edge = Stroke { colour: INK, width: 6, dash: None };
        canvas.line(&[from, (to.0, from.1), to, (from.0, to.1), from], edge);
    }
    let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
    let size = TYPE.min(height - 12).max(28);
    let text = clip(lang.of(&cell.text), fits(width - 24, size));
    let how = plain(size).centred();
    canvas.text(middle, &text, if came { how.bold() } else { how.colour(QUIET) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> Text {
        Text { en: text.to_owned(), de: format!("{text} de") }
    }

    #[test]
    fn what_was_not_predicted_is_framed_and_counted_and_nothing_is_no_chart() {
        let cell = |as_predicted| Cell { text: both("1 s"), as_predicted };
        let row = |cells| GridRow { label: both("heartbeat"), cells };
        for (second, framed) in [(Some(true), 0), (Some(false), 1)] {
            let rows = vec![row(vec![cell(Some(true)), cell(second)])];
            for (lang, words) in [(Lang::En, "1 of 2"), (Lang::De, "1 von 2")] {
                let svg = draw("t", &[both("killed"), both("cut")], &rows, lang).unwrap();
                assert_eq!(svg.contains(words), framed == 1, "{svg}");
                assert!(svg.contains(lang.say("heartbeat", "heartbeat de")), "{svg}");
            }
        }
        assert_eq!(draw("t", &[both("a")], &[row(Vec::new())], Lang::En), None);
        assert_eq!(draw("t", &[], &[], Lang::En), None);
    }
}
