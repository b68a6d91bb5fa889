//! Rows of dot and whisker: a value with its interval, one row a category, the first one on top.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Caption, Chart, Frame, Tone, draw, short, text, text_width, ticks};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Whisker {
    pub label: String,
    pub low: f64,
    pub value: f64,
    pub high: f64,
    /// A second value to compare with, drawn as a hollow dot.
    pub beside: Option<f64>,
}

const ROW: i32 = 44;
const LABEL: usize = 26;

/// Draws the rows on an axis from zero. `unit` follows each axis value (`%`). None without rows.
pub fn whiskers(caption: Caption, rows: &[Whisker], unit: &str) -> Option<Chart> {
    let finite = |row: &&Whisker| {
        [row.low, row.value, row.high]
            .iter()
            .all(|value| value.is_finite())
    };
    let rows: Vec<&Whisker> = rows.iter().filter(finite).collect();
    let top = rows
        .iter()
        .map(|row| row.high.max(row.beside.unwrap_or(0.0)))
        .reduce(f64::max)?;
    let axis = ticks(0.0, top.max(1e-6), 5);
    let range = (0.0, *axis.last()?);
    let labels: Vec<String> = rows.iter().map(|row| short(&row.label, LABEL)).collect();
    let margin = labels.iter().map(|label| text_width(label)).max()? + 18;
    let height = rows.len() as i32 * ROW + 54;
    let frame = Frame {
        left: margin,
        top: 8,
        right: 880 - 34,
        bottom: height - 46,
    };
    // Coordinates grow upward, so the rows are placed in reverse: the first one lands on top.
    let place = |row: usize| (rows.len() - 1 - row) as f64 + 0.5;
    let vertical = (0.0, rows.len() as f64);

    draw(caption, (880, height as u32), |canvas| {
        let plot = frame.plot(canvas, range, vertical);
        for tick in &axis {
            plot.draw(&PathElement::new(
                [(*tick, vertical.0), (*tick, vertical.1)],
                Tone::Line.line(1),
            ))?;
            let label = format!("{tick}{unit}");
            canvas.draw(&Text::new(
                label,
                (frame.x(*tick, range), frame.bottom + 12),
                text(Tone::Soft, HPos::Center, VPos::Top),
            ))?;
        }
        for (i, (row, label)) in rows.iter().zip(labels).enumerate() {
            let at = place(i);
            let middle = frame.y(at, vertical);
            canvas.draw(&Text::new(
                label,
                (margin - 16, middle),
                text(Tone::Ink, HPos::Right, VPos::Center),
            ))?;
            plot.draw(&PathElement::new(
                [(row.low, at), (row.high, at)],
                Tone::Ink.line(3),
            ))?;
            for end in [row.low, row.high] {
                let x = frame.x(end, range);
                canvas.draw(&PathElement::new(
                    [(x, middle - 7), (x, middle + 7)],
                    Tone::Ink.line(3),
                ))?;
            }
            if let Some(beside) = row.beside.filter(|value| value.is_finite()) {
                plot.draw(&Circle::new((beside, at), 8, Tone::Soft.line(3)))?;
            }
            plot.draw(&Circle::new((row.value, at), 9, Tone::Ember.fill()))?;
        }
        Ok::<(), DrawingAreaErrorKind<std::io::Error>>(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption() -> Caption {
        Caption {
            id: "w".into(),
            title: "t".into(),
            description: "d".into(),
        }
    }

    fn row(label: &str, value: f64) -> Whisker {
        Whisker {
            label: label.into(),
            low: value - 2.0,
            value,
            high: value + 2.0,
            beside: None,
        }
    }

    #[test]
    fn the_first_row_stands_on_top() {
        let chart =
            whiskers(caption(), &[row("First", 30.0), row("Second", 20.0)], "%").expect("a chart");
        let height_of = |label: &str| -> i32 {
            let line = chart
                .svg
                .lines()
                .find(|line| line.contains(&format!(">{label}<")))
                .expect("its label");
            line.split(" y=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .and_then(|y| y.parse().ok())
                .expect("a height")
        };
        assert!(height_of("First") < height_of("Second"));
    }

    #[test]
    fn without_rows_there_is_no_chart() {
        assert_eq!(whiskers(caption(), &[], "%"), None);
        assert_eq!(whiskers(caption(), &[row("Odd", f64::NAN)], "%"), None);
    }
}
