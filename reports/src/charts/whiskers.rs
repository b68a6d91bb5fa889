//! Rows of dot and whisker: a value with its interval, one row a category, the first one on top.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Caption, Chart, Frame, Tone, axis_value, draw, short, text, text_width, ticks};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Whisker {
    pub label: String,
    pub low: f64,
    pub value: f64,
    pub high: f64,
    pub mark: Mark,
}

/// What a dot says beside its place: the color repeats what the title and the table say in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Bad,
    Good,
    /// Neither: nothing that chance could not explain, or not a matter of good and bad; drawn
    /// hollow.
    Open,
}

impl Whisker {
    /// A row of friction.
    pub fn new(label: &str, low: f64, value: f64, high: f64) -> Whisker {
        Whisker {
            label: label.to_owned(),
            low,
            value,
            high,
            mark: Mark::Bad,
        }
    }
}

const ROW: i32 = 44;
const LABEL: usize = 26;

/// Draws the rows on one axis that includes zero. `unit` stands under it. None without rows.
pub fn whiskers(caption: Caption, rows: &[Whisker], unit: &str) -> Option<Chart> {
    let finite = |row: &&Whisker| {
        [row.low, row.value, row.high]
            .iter()
            .all(|value| value.is_finite())
    };
    let rows: Vec<&Whisker> = rows.iter().filter(finite).collect();
    let bottom = rows.iter().map(|row| row.low).reduce(f64::min)?;
    let top = rows.iter().map(|row| row.high).reduce(f64::max)?;
    let axis = ticks(bottom.min(0.0), top.max(1e-6), 6);
    let range = (*axis.first()?, *axis.last()?);
    let labels: Vec<String> = rows.iter().map(|row| short(&row.label, LABEL)).collect();
    let margin = labels.iter().map(|label| text_width(label)).max()? + 18;
    let height = rows.len() as i32 * ROW + 92;
    let frame = Frame {
        left: margin,
        top: 8,
        right: 880 - 34,
        bottom: height - 84,
    };
    // Coordinates grow upward, so the rows are placed in reverse: the first one lands on top.
    let place = |row: usize| (rows.len() - 1 - row) as f64 + 0.5;
    let vertical = (0.0, rows.len() as f64);

    draw(caption, (880, height as u32), |canvas| {
        let plot = frame.plot(canvas, range, vertical);
        for tick in &axis {
            let tone = if *tick == 0.0 && range.0 < 0.0 {
                Tone::Edge
            } else {
                Tone::Line
            };
            plot.draw(&PathElement::new(
                [(*tick, vertical.0), (*tick, vertical.1)],
                tone.line(1),
            ))?;
            let place = (frame.x(*tick, range), frame.bottom + 12);
            canvas.draw(&Text::new(
                axis_value(*tick),
                place,
                text(Tone::Soft, HPos::Center, VPos::Top),
            ))?;
        }
        let middle = ((frame.left + frame.right) / 2, frame.bottom + 50);
        canvas.draw(&Text::new(
            unit.to_owned(),
            middle,
            text(Tone::Soft, HPos::Center, VPos::Top),
        ))?;
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
                Tone::Ink.line(2),
            ))?;
            for end in [row.low, row.high] {
                let x = frame.x(end, range);
                canvas.draw(&PathElement::new(
                    [(x, middle - 7), (x, middle + 7)],
                    Tone::Ink.line(2),
                ))?;
            }
            let (fill, ring) = match row.mark {
                Mark::Bad => (Tone::Ember, Tone::Ember),
                Mark::Good => (Tone::Teal, Tone::Teal),
                Mark::Open => (Tone::Card, Tone::Ink),
            };
            plot.draw(&Circle::new((row.value, at), 9, fill.fill()))?;
            plot.draw(&Circle::new((row.value, at), 9, ring.line(3)))?;
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
        Whisker::new(label, value - 2.0, value, value + 2.0)
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
