//! Light and dark: the same picture in other colours.
//!
//! A picture is drawn once, in the light colours. Each of them has one counterpart on a dark ground,
//! and a picture in the other theme is the same picture with every colour exchanged: nothing can
//! be drawn in one theme that is not in the other.

use plotters::style::RGBColor;

use super::style::{GRID, INK, PAPER, QUIET, looks};

/// On which ground a picture is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white: for paper and bright rooms.
    #[default]
    Light,
    /// Bright on nearly black: for dark slides.
    Dark,
}

/// How a colour stands in a picture.
const MARK: &str = "=\"#";

/// The picture in that theme.
pub(super) fn in_theme(svg: &str, theme: Theme) -> String {
    if theme == Theme::Light {
        return svg.to_owned();
    }
    let pairs: Vec<(String, String)> =
        pairs().into_iter().map(|(light, dark)| (code(light), code(dark))).collect();
    let mut parts = svg.split(MARK);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let dark = pairs.iter().find(|(light, _)| part.starts_with(light.as_str()));
        out.push_str(MARK);
        match dark {
            Some((light, dark)) => {
                out.push_str(dark);
                out.push_str(&part[light.len()..]);
            }
            None => out.push_str(part),
        }
    }
    out
}

/// Every colour there is and its counterpart.
pub(super) fn pairs() -> Vec<(RGBColor, RGBColor)> {
    let grounds = [
        (PAPER, RGBColor(0x12, 0x16, 0x1B)),
        (INK, RGBColor(0xF2, 0xF4, 0xF6)),
        (QUIET, RGBColor(0xAA, 0xB4, 0xBE)),
        (GRID, RGBColor(0x33, 0x3B, 0x44)),
    ];
    grounds.into_iter().chain(looks().map(|look| (look.colour, look.dark))).collect()
}

fn code(RGBColor(red, green, blue): RGBColor) -> String {
    format!("{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::complete;
    use crate::show::{Lang, charts};

    /// Linear light of a colour's channels.
    fn linear(RGBColor(red, green, blue): RGBColor) -> [f64; 3] {
        [red, green, blue].map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn luminance(colour: RGBColor) -> f64 {
        let [red, green, blue] = linear(colour);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of two colours as WCAG defines it.
    fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// What people without one of the three kinds of cones see of a colour, in linear light:
    /// red, green and blue (Machado, Oliveira and Fernandes 2009).
    const BLIND: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    /// A colour in CIE Lab, where distances are as people see them.
    fn lab(rgb: [f64; 3]) -> [f64; 3] {
        let [r, g, b] = rgb.map(|channel| channel.clamp(0.0, 1.0));
        let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505;
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089;
        let root = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let [x, y, z] = [x, y, z].map(root);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn seen(colour: RGBColor, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
        let light = linear(colour);
        lab(eyes.map(|row| row.iter().zip(light).map(|(weight, part)| weight * part).sum()))
    }

    #[test]
    fn everything_that_is_written_or_drawn_stands_out_from_its_ground() {
        let pairs = pairs();
        for pick in [(|pair| pair.0) as fn((RGBColor, RGBColor)) -> RGBColor, |pair| pair.1] {
            let paper = pick(pairs[0]);
            // Every colour is that of some text; the grid is decoration and stays behind.
            for pair in pairs[1..].iter().filter(|pair| pair.0 != GRID) {
                let found = contrast(pick(*pair), paper);
                assert!(found >= 4.5, "{:?}: {found}", pick(*pair));
            }
        }
    }

    #[test]
    fn the_backends_can_be_told_apart_by_any_eyes() {
        let all: Vec<_> = ["blocking", "async", "long-poll", "floor"]
            .map(|name| super::super::style::of(name, 0))
            .to_vec();
        for (place, one) in all.iter().enumerate() {
            for other in &all[..place] {
                assert!(one.dash != other.dash && one.marker != other.marker);
                for eyes in &BLIND {
                    for (a, b) in [(one.colour, other.colour), (one.dark, other.dark)] {
                        let (a, b) = (seen(a, eyes), seen(b, eyes));
                        let apart: f64 =
                            a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                        assert!(apart > 10.0, "{one:?} {other:?}: {apart}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_dark_picture_has_no_light_colour_left_and_the_same_everything_else() {
        for chart in charts(&complete(), Lang::De) {
            let dark = in_theme(&chart.svg, Theme::Dark);
            assert_eq!(in_theme(&chart.svg, Theme::Light), chart.svg);
            let colours = |svg: &str| -> Vec<String> {
                svg.split(MARK).skip(1).map(|part| part[..6].to_owned()).collect()
            };
            let (before, after) = (colours(&chart.svg), colours(&dark));
            for (light, dark) in before.iter().zip(&after) {
                let known =
                    pairs().iter().any(|pair| code(pair.0) == *light && code(pair.1) == *dark);
                assert!(known, "{}: {light} became {dark}", chart.name);
            }
            let without = |svg: &str, colours: &[String]| {
                colours
                    .iter()
                    .fold(svg.to_owned(), |svg, colour| svg.replacen(&format!("#{colour}"), "", 1))
            };
            assert_eq!(without(&chart.svg, &before), without(&dark, &after));
        }
    }

    #[test]
    fn a_text_that_looks_like_a_colour_stays_a_text() {
        let text = super::super::canvas::sheet("=\"#FFFFFF", |canvas| {
            canvas.text((9, 9), "=\"#1E262E", super::super::canvas::plain(30));
        });
        let dark = in_theme(&text, Theme::Dark);
        assert!(dark.contains("#FFFFFF") && dark.contains("#1E262E"), "{dark}");
    }
}
