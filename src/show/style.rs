//! One look for every chart and table: which backend has which colour, dash and marker.
//!
//! The colours are Okabe and Ito's, which people with any kind of colour vision can tell apart;
//! dash and marker tell the same in a black-and-white print. Knows names only.

use plotters::style::RGBColor;

use crate::results::{FLOOR, TWIN};

/// The colour of text and axes.
pub(super) const INK: RGBColor = RGBColor(0x1E, 0x26, 0x2E);
/// The colour of grid lines.
pub(super) const GRID: RGBColor = RGBColor(0xDD, 0xE2, 0xE7);
/// The colour of what matters less.
pub(super) const QUIET: RGBColor = RGBColor(0x55, 0x60, 0x6B);

/// How the points of a line are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Cross,
}

/// How a backend looks, everywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) colour: RGBColor,
    /// The same colour for a terminal with 256 colours.
    pub(super) terminal: u8,
    /// Lengths of dash and gap in pixels; `None` for a solid line.
    pub(super) dash: Option<(f64, f64)>,
    pub(super) marker: Marker,
}

const fn look(rgb: (u8, u8, u8), terminal: u8, dash: Option<(f64, f64)>, marker: Marker) -> Look {
    Look { colour: RGBColor(rgb.0, rgb.1, rgb.2), terminal, dash, marker }
}

const GREY: Look = look((0x7A, 0x7F, 0x85), 244, Some((4.0, 10.0)), Marker::Cross);

/// Backends this file knows by name keep their look also when fewer are compared.
const KNOWN: [(&str, Look); 3] = [
    ("blocking", look((0xD5, 0x5E, 0x00), 166, Some((26.0, 12.0)), Marker::Square)),
    ("async", look((0x00, 0x72, 0xB2), 32, None, Marker::Circle)),
    ("long-poll", look((0x00, 0x9E, 0x73), 36, Some((10.0, 10.0)), Marker::Triangle)),
];

/// For backends that somebody added, in the order of their appearance.
const OTHERS: [Look; 3] = [
    look((0xCC, 0x79, 0xA7), 175, Some((34.0, 8.0)), Marker::Square),
    look((0xE6, 0x9F, 0x00), 214, Some((18.0, 8.0)), Marker::Circle),
    look((0x56, 0xB4, 0xE9), 74, Some((6.0, 6.0)), Marker::Triangle),
];

/// How a backend looks; `place` is its place among the backends of the results.
pub(super) fn of(backend: &str, place: usize) -> Look {
    if backend == FLOOR {
        return GREY;
    }
    // A twin has its original's colour, and shows that it is another by dash and marker.
    if let Some(original) = backend.strip_suffix(TWIN) {
        let look = of(original, place);
        return Look { dash: Some((30.0, 14.0)), marker: Marker::Cross, ..look };
    }
    match KNOWN.iter().find(|(name, _)| *name == backend) {
        Some((_, look)) => *look,
        None => OTHERS[place % OTHERS.len()],
    }
}

/// The colours of all backends and of the floor.
pub(super) fn colours() -> Vec<RGBColor> {
    let known = KNOWN.iter().map(|(_, look)| look);
    std::iter::once(&GREY).chain(known).chain(&OTHERS).map(|look| look.colour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twin_has_the_colour_of_its_original_and_another_marker() {
        for name in ["async", "blocking", "new"] {
            let (one, twin) = (of(name, 1), of(&format!("{name}{TWIN}"), 1));
            assert_eq!((one.colour, one.terminal), (twin.colour, twin.terminal));
            assert!(one.marker != twin.marker && one.dash != twin.dash);
        }
    }
}
