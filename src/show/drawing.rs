//! The set-up of an experiment as boxes and lines: a small picture from a list of places.

use super::canvas::escape;
use super::lang::{Lang, wrap};
use crate::results::{Drawing, Link, Node};

/// How wide and high a box is.
const BOX: (i32, i32) = (250, 76);
/// From one box to the next.
const PITCH: (i32, i32) = (450, 130);
/// Around everything.
const MARGIN: i32 = 14;
/// So many characters fit into a box.
const FITS: usize = 24;
/// So many characters fit between two boxes.
const BETWEEN: usize = 20;

/// The drawing as SVG.
pub(super) fn draw(drawing: &Drawing, lang: Lang) -> String {
    let columns = drawing.nodes.iter().map(|node| node.place.0).max().unwrap_or(0);
    let rows = drawing.nodes.iter().map(|node| node.place.1).max().unwrap_or(0);
    let (right, bottom) = corner((columns, rows));
    let (width, height) = (right + BOX.0 + MARGIN, bottom + BOX.1 + MARGIN);
    let links: String =
        drawing.links.iter().filter_map(|link| tie(link, &drawing.nodes, lang)).collect();
    let nodes: String = drawing.nodes.iter().map(|node| frame(node, lang)).collect();
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         style=\"max-width: {width}px\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\">\n\
         {links}{nodes}</svg>\n"
    )
}

/// The upper left corner of the box at that place.
fn corner((column, row): (u32, u32)) -> (i32, i32) {
    // A drawing has a handful of boxes; one that claims more is cut off.
    let at = |place: u32| i32::try_from(place.min(20)).unwrap_or(0);
    (MARGIN + at(column) * PITCH.0, MARGIN + at(row) * PITCH.1)
}

fn frame(node: &Node, lang: Lang) -> String {
    let (x, y) = corner(node.place);
    let (width, height) = BOX;
    let words = text((x + width / 2, y + height / 2), lang.of(&node.label), FITS, "#1E262E");
    format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#FFFFFF\" \
         stroke=\"#1E262E\" stroke-width=\"2\"/>\n{words}"
    )
}

/// A line between the near sides of two boxes, with what goes over it above.
fn tie(link: &Link, nodes: &[Node], lang: Lang) -> Option<String> {
    let (from, to) = (nodes.get(link.ends.0)?, nodes.get(link.ends.1)?);
    let ((x1, y1), (x2, y2)) = (corner(from.place), corner(to.place));
    let middle = (BOX.0 / 2, BOX.1 / 2);
    // Beside each other they are joined at their sides, otherwise from below to above.
    let ((a, b), (c, d)) = if from.place.0 < to.place.0 {
        ((x1 + BOX.0, y1 + middle.1), (x2, y2 + middle.1))
    } else {
        ((x1 + middle.0, y1 + BOX.1), (x2 + middle.0, y2))
    };
    let line = format!(
        "<line x1=\"{a}\" y1=\"{b}\" x2=\"{c}\" y2=\"{d}\" stroke=\"#55606B\" stroke-width=\"3\"/>\n"
    );
    let label = lang.of(&link.label);
    let above = ((a + c) / 2, (b + d) / 2 - if b == d { 26 } else { 0 });
    let words =
        if label.is_empty() { String::new() } else { text(above, label, BETWEEN, "#55606B") };
    Some(line + &words)
}

/// Text around a point, over as many lines as it takes.
fn text((x, y): (i32, i32), words: &str, fits: usize, colour: &str) -> String {
    let lines = wrap(words, fits);
    let half = (lines.len() as i32 - 1) * 12;
    let line = |(place, words): (i32, &String)| {
        let at = y - half + place * 24;
        format!(
            "<text x=\"{x}\" y=\"{at}\" text-anchor=\"middle\" dominant-baseline=\"central\" \
             font-family=\"sans-serif\" font-size=\"20\" fill=\"{colour}\">{}</text>\n",
            escape(words)
        )
    };
    (0..).zip(&lines).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Text;

    fn both(text: &str) -> Text {
        Text { en: text.to_owned(), de: format!("{text} de") }
    }

    #[test]
    fn boxes_and_lines_are_drawn_in_both_languages_and_nonsense_is_left_out() {
        let node = |place, text| Node { place, label: both(text) };
        let link = |ends| Link { ends, label: both("a < b") };
        let drawing = Drawing {
            nodes: vec![node((0, 0), "client"), node((1, 1), "server")],
            links: vec![link((0, 1)), link((0, 7))],
        };
        for (lang, label) in [(Lang::En, ">server<"), (Lang::De, ">server de<")] {
            let svg = draw(&drawing, lang);
            assert_eq!(svg.matches("<rect").count(), 2);
            assert_eq!(svg.matches("<line").count(), 1);
            assert!(svg.contains(label) && svg.contains("a &lt; b"), "{svg}");
        }
    }
}
