//! Names beside what they name, over as many lines as they take, and apart from one another.
//!
//! Knows texts and pixels, not what they mean.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Point, Stroke, WIDTH, plain};
use super::lang::wrap;

/// The type of names beside the ends of lines.
const TYPE: i32 = 42;
/// From the end of a line to its name.
const GAP: i32 = 24;

/// What stands at the end of a line.
pub(super) struct Name {
    /// Where the line ends.
    pub(super) end: Point,
    pub(super) text: String,
    pub(super) colour: RGBColor,
}

/// So many characters of that type fit into so many pixels, a few at least.
pub(super) fn fits(pixels: i32, size: i32) -> usize {
    // The library writes a size as an em of 1 / 1.24; a character is half as wide, and a bit more.
    usize::try_from(pixels * 9 / (size.max(1) * 4)).unwrap_or(0).max(6)
}

/// Lines of that type around a height, each with its place.
pub(super) fn stacked(
    (x, middle): Point,
    lines: &[String],
    size: i32,
) -> impl Iterator<Item = (Point, &str)> {
    let top = middle - pitch(size) * (lines.len() as i32 - 1) / 2;
    let place = move |row: i32| (x, top + row * pitch(size));
    (0..).zip(lines).map(move |(row, line)| (place(row), line.as_str()))
}

/// From one line of a text to the next.
fn pitch(size: i32) -> i32 {
    size * 21 / 20
}

/// Names to the right of the ends of their lines, moved apart where they would touch.
pub(super) fn beside(canvas: &Canvas<'_>, mut names: Vec<Name>, (top, bottom): (i32, i32)) {
    names.sort_by_key(|name| name.end.1);
    let lines: Vec<Vec<String>> = names
        .iter()
        .map(|name| wrap(&name.text, fits(WIDTH - 10 - name.end.0 - GAP, TYPE)))
        .collect();
    let rooms: Vec<i32> = lines.iter().map(|lines| pitch(TYPE) * lines.len() as i32 + 6).collect();
    let wanted: Vec<i32> = names.iter().map(|name| name.end.1).collect();
    let middles = apart(&wanted, &rooms, (top - 20, bottom + 20));
    for ((name, lines), middle) in names.iter().zip(&lines).zip(middles) {
        let x = name.end.0 + GAP;
        if (middle - name.end.1).abs() > 14 {
            let thin = Stroke { colour: name.colour, width: 2, dash: None };
            canvas.line(&[name.end, (x - 4, middle)], thin);
        }
        for (at, line) in stacked((x, middle), lines, TYPE) {
            canvas.label(at, line, plain(TYPE).colour(name.colour));
        }
    }
}

/// Heights as near to the wanted ones, which ascend, as the rooms around them allow; where there is
/// not room for all, the first ones stick out above.
fn apart(wanted: &[i32], rooms: &[i32], (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut free = top;
    let mut middles: Vec<i32> = wanted
        .iter()
        .zip(rooms)
        .map(|(wanted, room)| {
            let middle = (*wanted).max(free + room / 2);
            free = middle + room / 2;
            middle
        })
        .collect();
    let mut floor = bottom;
    for (middle, room) in middles.iter_mut().zip(rooms).rev() {
        *middle = (*middle).min(floor - room / 2);
        floor = *middle - room / 2;
    }
    middles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_never_touch_and_stay_above_the_bottom(
            mut wanted in prop::collection::vec(200..900, 1..7),
            rooms in prop::collection::vec(40..120, 7),
        ) {
            wanted.sort_unstable();
            let rooms = &rooms[..wanted.len()];
            let found = apart(&wanted, rooms, (200, 900));
            for place in 0..found.len() {
                prop_assert!(found[place] + rooms[place] / 2 <= 900);
                if place > 0 {
                    let between = rooms[place] / 2 + rooms[place - 1] / 2;
                    prop_assert!(found[place] - found[place - 1] >= between);
                }
            }
        }
    }

    #[test]
    fn a_name_alone_stands_where_it_wants_to() {
        assert_eq!(apart(&[500], &[80], (200, 900)), [500]);
        assert_eq!(apart(&[890], &[80], (200, 900)), [860]);
        assert_eq!(fits(360, 36), 22);
    }
}
