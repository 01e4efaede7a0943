//! Charts in the dark: the same pictures, in which a page puts other colours by a rule per colour.
//!
//! So every chart is in a page once and not once per theme. A colour that this file does not know
//! stays as it is, which a test does not allow.

use plotters::style::RGBColor;

use super::theme;

/// The page's own colours in the dark.
const DARK: &str = "--paper: #0d1116; --card: #151b22; --ink: #e6eaee; --quiet: #a9b4bf; \
                    --line: #33404c; --mark: #6cb9f0; color-scheme: dark;";

/// The rules that a page needs so that its charts follow it.
pub(super) fn style() -> String {
    let mut rules = String::new();
    let mut dark = DARK.to_owned();
    for (light, other) in theme::pairs() {
        let code = hex(light);
        let name = code.to_lowercase();
        for paint in ["fill", "stroke"] {
            rules.push_str(&format!(
                "[{paint}=\"#{code}\"] {{ {paint}: var(--c{name}, #{code}); }}\n"
            ));
        }
        dark.push_str(&format!(" --c{name}: #{};", hex(other)));
    }
    format!(
        "{rules}@media screen {{\n  :root[data-theme=dark] {{ {dark} }}\n  \
         @media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{ {dark} }} }}\n}}\n"
    )
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::complete;
    use crate::show::{Lang, charts};

    #[test]
    fn every_colour_of_every_chart_has_a_counterpart_in_the_dark() {
        let style = style();
        for chart in charts(&complete(), Lang::En) {
            for paint in ["fill", "stroke"] {
                for part in chart.svg.split(&format!("{paint}=\"#")).skip(1) {
                    let rule = format!("[{paint}=\"#{}\"]", &part[..6]);
                    assert!(style.contains(&rule), "{}: {rule}", chart.name);
                }
            }
        }
    }
}
