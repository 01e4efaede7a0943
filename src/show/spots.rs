//! The places of a picture that tell their value when somebody points at them.
//!
//! They are boxes without colour that carry a title, which every browser shows by itself; the page
//! of a report makes them reachable by keyboard, too.

use std::cell::RefCell;

use super::canvas::{Point, escape};
use super::lang::clip;

/// How far around a point one may point.
const REACH: i32 = 22;

/// The places of one picture, in the order they were drawn.
#[derive(Debug, Default)]
pub(super) struct Spots(RefCell<String>);

impl Spots {
    /// A point and its value.
    pub(super) fn point(&self, (x, y): Point, text: &str) {
        self.area((x - REACH, y - REACH), (x + REACH, y + REACH), text);
    }

    /// A box, from any corner to the opposite one, and its value.
    pub(super) fn area(&self, from: Point, to: Point, text: &str) {
        let (x, y) = (from.0.min(to.0), from.1.min(to.1));
        let (width, height) = ((to.0 - from.0).abs().max(1), (to.1 - from.1).abs().max(1));
        let text = escape(&clip(text, 200));
        self.0.borrow_mut().push_str(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"><title>{text}</title></rect>\n"
        ));
    }

    /// The picture with its places on top.
    pub(super) fn on(&self, svg: &str) -> String {
        let spots = self.0.borrow();
        match svg.rfind("</svg>") {
            Some(end) if !spots.is_empty() => {
                let open = "<g class=\"spots\" fill=\"none\" pointer-events=\"all\">";
                format!("{}{open}\n{spots}</g>\n{}", &svg[..end], &svg[end..])
            }
            _ => svg.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_box_with_a_title_in_which_markup_is_text() {
        let spots = Spots::default();
        assert_eq!(spots.on("<svg></svg>"), "<svg></svg>");
        spots.area((9, 8), (4, 2), "<b> 1 ms");
        let svg = spots.on("<svg></svg>");
        let expected =
            "<rect x=\"4\" y=\"2\" width=\"5\" height=\"6\"><title>&lt;b&gt; 1 ms</title></rect>";
        assert!(svg.contains(expected) && svg.ends_with("</g>\n</svg>"), "{svg}");
    }
}
