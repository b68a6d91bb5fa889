//! Charts as SVG that can stand inside a page: drawn by plotters, finished by [`finish`].
//!
//! A chart here knows shapes (rows with whiskers, points, months), not what they mean. Its title
//! states a finding, its description says the same in a sentence for somebody who does not see it,
//! and whoever places it puts a table of the numbers beside it. Canvas units are half pixels: a
//! chart 880 wide is made to be read at about 440 pixels.

mod finish;
mod months;
mod scatter;
mod trends;
mod whiskers;

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub use months::{Month, months};
pub use scatter::{Point, median, scatter};
pub use trends::{Step, Trend, trends};
pub use whiskers::{Mark, Whisker, whiskers};

/// What a chart says in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// Prefix of the ids inside the SVG; unique on its page.
    pub id: String,
    /// The finding.
    pub title: String,
    /// How to read it and what it shows, for a screen reader.
    pub description: String,
}

/// A drawn chart: the caption to print above it, and an `<svg>` element without fixed fonts, fixed
/// colors or inline styles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub title: String,
    pub svg: String,
}

/// Colors by their job. Drawn as marker colors, which [`finish`] replaces by the style sheet's
/// custom properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Ink,
    Soft,
    Line,
    Edge,
    Teal,
    TealGround,
    Ember,
    Card,
}

impl Tone {
    const ALL: [Tone; 8] = [
        Tone::Ink,
        Tone::Soft,
        Tone::Line,
        Tone::Edge,
        Tone::Teal,
        Tone::TealGround,
        Tone::Ember,
        Tone::Card,
    ];

    fn marker(self) -> RGBColor {
        RGBColor(0, 0xC0, self as u8)
    }

    /// The style sheet's name for it.
    fn property(self) -> &'static str {
        match self {
            Tone::Ink => "var(--ink)",
            Tone::Soft => "var(--soft)",
            Tone::Line => "var(--line)",
            Tone::Edge => "var(--edge)",
            Tone::Teal => "var(--teal)",
            Tone::TealGround => "var(--teal-ground)",
            Tone::Ember => "var(--ember-fill)",
            Tone::Card => "var(--card)",
        }
    }

    /// Whether an SVG's color is its marker.
    fn is_marked(self, color: &str) -> bool {
        let RGBColor(red, green, blue) = self.marker();
        color == format!("#{red:02X}{green:02X}{blue:02X}")
    }

    fn line(self, width: u32) -> ShapeStyle {
        self.marker().stroke_width(width)
    }

    fn fill(self) -> ShapeStyle {
        self.marker().filled()
    }
}

/// Size of labels, in canvas units.
const TEXT: f64 = 24.0;

/// A color and a place of the anchor, as text style. plotters divides the size by 1.24 when it
/// writes SVG.
fn text(tone: Tone, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    ("sans-serif", TEXT * 1.24)
        .into_font()
        .color(&tone.marker())
        .pos(Pos::new(horizontal, vertical))
}

/// Width that a label will take, in canvas units: characters at 0.6 em, for plotters counts bytes.
/// Letters are 0.54 em wide on average; the rest is room for the larger type that the style sheet
/// sets on a phone.
fn text_width(label: &str) -> i32 {
    (label.chars().count() as f64 * TEXT * 0.6).ceil() as i32
}

/// A label cut to at most `most` characters.
fn short(label: &str, most: usize) -> String {
    if label.chars().count() <= most {
        return label.to_owned();
    }
    let mut text: String = label.chars().take(most.saturating_sub(1)).collect();
    text.truncate(text.trim_end().len());
    text.push('…');
    text
}

/// Round axis values that cover `low..=high` in about `count` steps of 1, 2 or 5 times a power of
/// ten.
fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let rough = (high - low).max(f64::MIN_POSITIVE) / count.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(power * 10.0);
    let first = (low / step).floor() as i64;
    let last = (high / step - 1e-9).ceil() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// An axis value as short as it is exact: `0`, `0.5`, `−10`.
fn axis_value(value: f64) -> String {
    let text = format!("{}", (value * 1e6).round() / 1e6);
    if text == "-0" {
        "0".to_owned()
    } else {
        text.replace('-', "−")
    }
}

/// The area inside the axes, in canvas units.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Frame {
    /// The area with coordinates: `x` grows to the right, `y` upward.
    fn plot<'a>(self, canvas: &Canvas<'a>, x: (f64, f64), y: (f64, f64)) -> Plot<'a> {
        canvas.apply_coord_spec(Cartesian2d::new(
            x.0..x.1,
            y.0..y.1,
            (self.left..self.right, self.bottom..self.top),
        ))
    }

    /// Horizontal place of a value of `range`.
    fn x(self, value: f64, range: (f64, f64)) -> i32 {
        RangedCoordf64::from(range.0..range.1).map(&value, (self.left, self.right))
    }

    /// Vertical place of a value of `range`.
    fn y(self, value: f64, range: (f64, f64)) -> i32 {
        RangedCoordf64::from(range.0..range.1).map(&value, (self.bottom, self.top))
    }
}

/// Draws on a fresh canvas and finishes the SVG.
fn draw<E: Display>(
    caption: Caption,
    (width, height): (u32, u32),
    drawing: impl FnOnce(&Canvas) -> Result<(), E>,
) -> Option<Chart> {
    let mut svg = String::new();
    {
        let canvas = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        // Writing into a string cannot fail; if plotters refuses the shape anyway, the table beside
        // the chart still has every number.
        drawing(&canvas).ok()?;
        canvas.present().ok()?;
    }
    let svg = finish::finish(&svg, &caption, (width, height)).ok()?;
    Some(Chart {
        title: caption.title,
        svg,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn axis_values_are_round() {
        assert_eq!(ticks(0.0, 38.0, 4), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(ticks(0.0, 1.7, 4), [0.0, 0.5, 1.0, 1.5, 2.0]);
    }

    #[test]
    fn long_labels_are_cut_by_characters_not_bytes() {
        assert_eq!(short("Übergröße", 9), "Übergröße");
        assert_eq!(short("Engineering platform", 12), "Engineering…");
    }

    proptest! {
        #[test]
        fn axis_values_cover_the_data(low in -1e4..1e4_f64, width in 0.01..1e5_f64, count in 2..8_usize) {
            let axis = ticks(low, low + width, count);
            prop_assert!(axis[0] <= low + 1e-6 && axis[axis.len() - 1] >= low + width - 1e-6 * width);
            prop_assert!(axis.len() <= count + 3);
        }
    }
}
