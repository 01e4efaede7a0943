//! One look for every chart and table: which backend has which colour, dash and marker.
//!
//! The colours are close to Okabe and Ito's, which people with any kind of colour vision can tell
//! apart, as dark or as bright as text has to be; dash and marker tell the same in a black-and-white
//! print. Knows names only.

use plotters::style::RGBColor;

use crate::results::{FLOOR, TWIN};

/// The ground of a picture.
pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
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
    /// Its counterpart on a dark ground.
    pub(super) dark: RGBColor,
    /// The same colour for a terminal with 256 colours.
    pub(super) terminal: u8,
    /// Lengths of dash and gap in pixels; `None` for a solid line.
    pub(super) dash: Option<(f64, f64)>,
    pub(super) marker: Marker,
}

/// A colour as it is written: 0xRRGGBB.
const fn rgb(code: u32) -> RGBColor {
    RGBColor((code >> 16) as u8, (code >> 8) as u8, code as u8)
}

const fn look(
    (light, dark): (u32, u32),
    terminal: u8,
    dash: Option<(f64, f64)>,
    marker: Marker,
) -> Look {
    Look { colour: rgb(light), dark: rgb(dark), terminal, dash, marker }
}

const GREY: Look = look((0x63_69_70, 0xA7_AF_B8), 244, Some((4.0, 10.0)), Marker::Cross);

/// Backends this file knows by name keep their look also when fewer are compared.
const KNOWN: [(&str, Look); 3] = [
    ("blocking", look((0xB8_4A_00, 0xF2_8B_3C), 166, Some((26.0, 12.0)), Marker::Square)),
    ("async", look((0x00_68_B0, 0x56_B4_E9), 32, None, Marker::Circle)),
    ("long-poll", look((0x00_7D_5C, 0x35_C9_9B), 36, Some((10.0, 10.0)), Marker::Triangle)),
];

/// For backends that somebody added, in the order of their appearance.
const OTHERS: [Look; 3] = [
    look((0xA3_48_7D, 0xE3_9A_C8), 175, Some((34.0, 8.0)), Marker::Square),
    look((0x8A_61_00, 0xE6_B0_40), 214, Some((18.0, 8.0)), Marker::Circle),
    look((0x1B_7A_A6, 0x8C_CB_F0), 74, Some((6.0, 6.0)), Marker::Triangle),
];

/// Every look there is.
pub(super) fn looks() -> impl Iterator<Item = Look> {
    std::iter::once(GREY).chain(KNOWN.map(|(_, look)| look)).chain(OTHERS)
}

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
