//! A sheet of 1920 × 1080 to draw on: the one file that calls the plotting library.
//!
//! Lines, boxes and texts in pixels; the type is named, not measured, so no font of the machine
//! that draws gets into the picture. Knows nothing of results.

use std::fmt::Debug;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::lang::clip;
use super::raster::FAMILIES;
use super::spots::Spots;
use super::style::{INK, Marker, PAPER};

/// Width of the sheet.
pub(super) const WIDTH: i32 = 1920;
/// Height of the sheet.
pub(super) const HEIGHT: i32 = 1080;

/// A place on the sheet, in pixels from the upper left.
pub(super) type Point = (i32, i32);

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: i32,
    pub(super) bold: bool,
    pub(super) colour: RGBColor,
    pub(super) align: HPos,
}

/// Plain text of that size, from its left end.
pub(super) fn plain(size: i32) -> Type {
    Type { size, bold: false, colour: INK, align: HPos::Left }
}

impl Type {
    pub(super) fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    pub(super) fn colour(self, colour: RGBColor) -> Type {
        Type { colour, ..self }
    }

    pub(super) fn centred(self) -> Type {
        Type { align: HPos::Center, ..self }
    }

    pub(super) fn to_the_right(self) -> Type {
        Type { align: HPos::Right, ..self }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) colour: RGBColor,
    pub(super) width: u32,
    /// Lengths of dash and gap.
    pub(super) dash: Option<(f64, f64)>,
}

/// The sheet while it is drawn on.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// What tells its value when somebody points at it.
    pub(super) spots: Spots,
}

/// Draws a sheet and gives it as SVG with a title for those who cannot see it.
pub(super) fn sheet(title: &str, draw: impl FnOnce(&Canvas<'_>)) -> String {
    let mut svg = String::new();
    let spots = {
        let size = (WIDTH.unsigned_abs(), HEIGHT.unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let canvas = Canvas { area, spots: Spots::default() };
        sure(canvas.area.fill(&PAPER));
        draw(&canvas);
        sure(canvas.area.present());
        canvas.spots
    };
    let spoken = escape(&clip(title, 400));
    let head = format!(" role=\"img\"><title>{spoken}</title>\n");
    spots.on(&svg.replacen(">\n", &head, 1))
}

/// Text for between tags and inside attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Canvas<'_> {
    /// Sets one line of text, centred on the height of `at`.
    pub(super) fn text(&self, at: Point, text: &str, how: Type) {
        let weight = if how.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font: TextStyle<'_> = (FAMILIES, how.size, weight).into_text_style(&self.area);
        let style = font.color(&how.colour).pos(Pos::new(how.align, VPos::Center));
        sure(self.area.draw(&Text::new(clip(text, 200), at, style)));
    }

    /// Sets one line of text on a ground of its own, so that no line behind it strikes it through.
    pub(super) fn label(&self, at: Point, text: &str, how: Type) {
        // The library writes a size as an em of 1 / 1.24, of which digits and small letters are
        // about half as wide. What lies behind should show again right beside the text.
        let width = how.size * i32::try_from(text.chars().count()).unwrap_or(0) / 2;
        let half = how.size * 2 / 5;
        let ground = [(at.0 - 6, at.1 - half), (at.0 + width + 6, at.1 + half)];
        sure(self.area.draw(&Rectangle::new(ground, PAPER.filled())));
        self.text(at, text, how);
    }

    /// Draws a line through points.
    pub(super) fn line(&self, points: &[Point], stroke: Stroke) {
        let style = stroke.colour.stroke_width(stroke.width);
        for part in dashes(points, stroke.dash) {
            sure(self.area.draw(&PathElement::new(part, style)));
        }
    }

    /// Fills a box with a colour of that strength (0 to 1) and draws its outline.
    pub(super) fn bar(&self, from: Point, to: Point, colour: RGBColor, strength: f64) {
        sure(self.area.draw(&Rectangle::new([from, to], colour.mix(strength).filled())));
        sure(self.area.draw(&Rectangle::new([from, to], colour.stroke_width(2))));
    }

    /// Fills the inside of a line with a colour of that strength (0 to 1).
    pub(super) fn area(&self, points: &[Point], colour: RGBColor, strength: f64) {
        if points.len() > 2 {
            sure(self.area.draw(&Polygon::new(points.to_vec(), colour.mix(strength).filled())));
        }
    }

    /// Marks a point.
    pub(super) fn mark(&self, at: Point, marker: Marker, colour: RGBColor) {
        let fill = colour.filled();
        match marker {
            Marker::Circle => sure(self.area.draw(&Circle::new(at, 11, fill))),
            Marker::Triangle => sure(self.area.draw(&TriangleMarker::new(at, 14, fill))),
            Marker::Cross => sure(self.area.draw(&Cross::new(at, 10, colour.stroke_width(4)))),
            Marker::Square => {
                let corners = [(at.0 - 10, at.1 - 10), (at.0 + 10, at.1 + 10)];
                sure(self.area.draw(&Rectangle::new(corners, fill)));
            }
        }
    }
}

/// The line cut into its dashes; a solid line is one dash.
fn dashes(points: &[Point], dash: Option<(f64, f64)>) -> Vec<Vec<Point>> {
    let Some((on, off)) = dash else { return vec![points.to_vec()] };
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (float(pair[0]), float(pair[1]));
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while done < length {
            let at = |way: f64| {
                let share = way / length;
                ((x0 + (x1 - x0) * share).round() as i32, (y0 + (y1 - y0) * share).round() as i32)
            };
            let step = left.min(length - done);
            if drawing {
                if part.is_empty() {
                    part.push(at(done));
                }
                part.push(at(done + step));
            }
            done += step;
            left -= step;
            if left <= 0.0 {
                parts.extend((!part.is_empty()).then(|| std::mem::take(&mut part)));
                drawing = !drawing;
                left = if drawing { on } else { off };
            }
        }
    }
    parts.extend((!part.is_empty()).then_some(part));
    parts
}

fn float((x, y): Point) -> (f64, f64) {
    (f64::from(x), f64::from(y))
}

fn sure<T, E: Debug>(drawn: Result<T, E>) -> T {
    drawn.expect("the SVG goes into a String, which takes everything")
}
