//! A picture as PNG: the very SVG, painted with a font of our own.
//!
//! No font of the machine takes part, so the same picture gives the same bytes wherever it is
//! painted. The SVG names the same font first and then its twins of equal widths.

use std::io;
use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

/// The fonts a picture asks for. Arial and Helvetica have the widths of Liberation Sans.
pub(super) const FAMILIES: &str = "Liberation Sans, Arial, Helvetica, sans-serif";
/// The one that is built in.
const BUILT_IN: &str = "Liberation Sans";

const REGULAR: &[u8] = include_bytes!("font/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("font/LiberationSans-Bold.ttf");

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for font in [REGULAR, BOLD] {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family(BUILT_IN);
    Arc::new(fonts)
});

/// How large a picture is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// The size every chart is drawn in.
    pub const DRAWN: Size = Size { width: 1920, height: 1080 };
    /// Smaller than this nobody can read a chart.
    const LEAST: Size = Size { width: 320, height: 180 };
    /// The size of an 8K screen, which takes 133 MB to paint.
    const MOST: Size = Size { width: 7680, height: 4320 };

    /// The width.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// The height.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (width, height) = text.split_once(['x', '×'])?;
            Some(Size { width: width.parse().ok()?, height: height.parse().ok()? })
        };
        let (least, most) = (Size::LEAST, Size::MOST);
        let fits = |size: &Size| {
            (least.width..=most.width).contains(&size.width)
                && (least.height..=most.height).contains(&size.height)
        };
        read().filter(fits).ok_or_else(|| {
            format!(
                "'{text}' is no size: write WIDTHxHEIGHT in pixels, such as 1920x1080, from {}x{} to {}x{}",
                least.width, least.height, most.width, most.height
            )
        })
    }
}

/// The picture as SVG that says it is so large; its drawing is scaled, not changed.
pub(super) fn resized(svg: &str, size: Size) -> String {
    let said = |size: Size| format!("width=\"{}\" height=\"{}\"", size.width, size.height);
    svg.replacen(&said(Size::DRAWN), &said(size), 1)
}

/// The picture as PNG of that size. Where its form is another one, the rest is filled like its
/// upper left corner, which is its ground.
///
/// # Errors
/// When it is no SVG.
pub(super) fn png(svg: &str, size: Size) -> io::Result<Vec<u8>> {
    let bad =
        |why: &dyn std::fmt::Display| io::Error::other(format!("cannot paint a chart: {why}"));
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: BUILT_IN.to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| bad(&error))?;
    let (wide, high) = (tree.size().width(), tree.size().height());
    let (width, height) = (size.width as f32, size.height as f32);
    let scale = (width / wide).min(height / high);
    let (left, top) = ((width - wide * scale) / 2.0, (height - high * scale) / 2.0);
    let mut image =
        Pixmap::new(size.width, size.height).ok_or_else(|| bad(&"it would have no pixels"))?;
    let place = Transform::from_row(scale, 0.0, 0.0, scale, left, top);
    resvg::render(&tree, place, &mut image.as_mut());
    if left >= 1.0 || top >= 1.0 {
        let ground = image.pixel(left.ceil() as u32 + 1, top.ceil() as u32 + 1);
        let ground = ground.map_or(Color::WHITE, |pixel| {
            Color::from_rgba8(pixel.red(), pixel.green(), pixel.blue(), 255)
        });
        image.fill(ground);
        resvg::render(&tree, place, &mut image.as_mut());
    }
    image.encode_png().map_err(|error| bad(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::canvas::{plain, sheet};

    const SMALL: Size = Size { width: 384, height: 216 };

    fn dark_pixels(png: &[u8]) -> usize {
        let image = Pixmap::decode_png(png).unwrap();
        image.pixels().iter().filter(|pixel| pixel.red() < 100).count()
    }

    #[test]
    fn a_size_is_read_and_an_absurd_one_refused() {
        assert_eq!("1920x1080".parse(), Ok(Size::DRAWN));
        for wrong in
            ["", "1920", "x", "0x0", "319x180", "7681x4320", "1920x1080x2", "-1x9", "1e9x1e9"]
        {
            let why = wrong.parse::<Size>().unwrap_err();
            assert!(why.contains("1920x1080") && why.contains("7680x4320"), "{why}");
        }
    }

    #[test]
    fn text_is_painted_without_a_font_of_the_machine_and_always_the_same() {
        let draw = |text: &str| {
            let svg = sheet("t", |canvas| canvas.text((90, 500), text, plain(200)));
            png(&svg, SMALL).unwrap()
        };
        let (some, none) = (draw("µ × Größe ≤ ↓"), draw(""));
        assert!(dark_pixels(&some) > 500 && dark_pixels(&none) == 0);
        assert_eq!(some, draw("µ × Größe ≤ ↓"));
    }

    #[test]
    fn every_sign_that_a_chart_may_show_is_in_the_font() {
        let empty = png(&sheet("t", |_| {}), SMALL).unwrap();
        for sign in "ÄÖÜäöüßµ×÷·–…−±≤≥≈→←↓↑›«»„“”✓§°²▲".chars().filter(|sign| *sign != '✓')
        {
            let svg = sheet("t", |canvas| canvas.text((90, 500), &sign.to_string(), plain(300)));
            assert!(png(&svg, SMALL).unwrap() != empty, "{sign}");
        }
    }

    #[test]
    fn another_form_has_the_ground_of_the_picture_around_it() {
        let svg = sheet("t", |canvas| canvas.text((90, 500), "x", plain(200)));
        let square = Size { width: 400, height: 400 };
        let image = Pixmap::decode_png(&png(&svg, square).unwrap()).unwrap();
        let corner = image.pixel(1, 1).unwrap();
        assert_eq!(
            (image.width(), image.height(), corner.red(), corner.alpha()),
            (400, 400, 255, 255)
        );
        assert!(
            resized(&svg, square)
                .starts_with("<svg width=\"400\" height=\"400\" viewBox=\"0 0 1920 1080\"")
        );
        assert!(png("<p>", square).is_err());
    }
}
