//! Small multiples: one little line a row over the same waves, on the same axis.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Caption, Chart, Frame, Mark, Tone, draw, short, text, ticks};

/// One little line, the last value being the newest.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub label: String,
    /// The newest value as a reader sees it.
    pub now: String,
    /// A step each, from the oldest to the newest; absent where there is none.
    pub steps: Vec<Option<Step>>,
}

/// A value with its interval, and whether it was another than the newest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub low: f64,
    pub value: f64,
    pub high: f64,
    pub mark: Mark,
}

const COLUMNS: usize = 3;
const WIDTH: i32 = 880;
const CELL: (i32, i32) = (WIDTH / COLUMNS as i32, 150);
const LABEL: usize = 18;

/// Draws the trends in rows of three, all on one axis. None without a trend of two steps.
pub fn trends(caption: Caption, trends: &[Trend]) -> Option<Chart> {
    let is_line = |trend: &&Trend| trend.steps.iter().flatten().count() > 1;
    let trends: Vec<&Trend> = trends.iter().filter(is_line).collect();
    let steps = || trends.iter().flat_map(|trend| trend.steps.iter().flatten());
    let bottom = steps().map(|step| step.low).reduce(f64::min)?;
    let top = steps().map(|step| step.high).reduce(f64::max)?;
    let axis = ticks(bottom, top.max(bottom + 1e-6), 4);
    let y = (*axis.first()?, *axis.last()?);
    let last = trends.iter().map(|trend| trend.steps.len()).max()? - 1;
    let x = (0.0, last as f64);
    let height = trends.len().div_ceil(COLUMNS) as i32 * CELL.1;

    draw(caption, (WIDTH as u32, height as u32), |canvas| {
        for (at, trend) in trends.iter().enumerate() {
            let corner = (
                (at % COLUMNS) as i32 * CELL.0,
                (at / COLUMNS) as i32 * CELL.1,
            );
            let frame = Frame {
                left: corner.0 + 14,
                top: corner.1 + 40,
                right: corner.0 + CELL.0 - 84,
                bottom: corner.1 + CELL.1 - 22,
            };
            canvas.draw(&Text::new(
                short(&trend.label, LABEL),
                corner,
                text(Tone::Soft, HPos::Left, VPos::Top),
            ))?;
            let plot = frame.plot(canvas, x, y);
            for end in [y.0, y.1] {
                plot.draw(&PathElement::new(
                    [(x.0, end), (x.1, end)],
                    Tone::Line.line(1),
                ))?;
            }
            let known = trend.steps.iter().enumerate();
            let known: Vec<(f64, Step)> = known
                .filter_map(|(at, step)| Some((at as f64, (*step)?)))
                .collect();
            for (at, step) in &known {
                plot.draw(&PathElement::new(
                    [(*at, step.low), (*at, step.high)],
                    Tone::Edge.line(2),
                ))?;
            }
            let line: Vec<(f64, f64)> = known.iter().map(|(at, step)| (*at, step.value)).collect();
            plot.draw(&PathElement::new(line, Tone::Ink.line(3)))?;
            for (at, step) in &known {
                let fill = match step.mark {
                    Mark::Bad => Tone::Ember,
                    Mark::Good => Tone::Teal,
                    Mark::Open => Tone::Card,
                };
                plot.draw(&Circle::new((*at, step.value), 6, fill.fill()))?;
                if step.mark == Mark::Open {
                    plot.draw(&Circle::new((*at, step.value), 6, Tone::Ink.line(2)))?;
                }
            }
            if let Some((_, newest)) = known.last() {
                let place = (frame.right + 16, frame.y(newest.value, y));
                canvas.draw(&Text::new(
                    trend.now.clone(),
                    place,
                    text(Tone::Ink, HPos::Left, VPos::Center),
                ))?;
            }
        }
        Ok::<(), DrawingAreaErrorKind<std::io::Error>>(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(values: &[Option<f64>]) -> Trend {
        let step = |value: f64| Step {
            low: value - 3.0,
            value,
            high: value + 3.0,
            mark: Mark::Open,
        };
        Trend {
            label: "Test feedback".into(),
            now: "41%".into(),
            steps: values.iter().map(|value| value.map(step)).collect(),
        }
    }

    fn caption() -> Caption {
        Caption {
            id: "t".into(),
            title: "t".into(),
            description: "d".into(),
        }
    }

    #[test]
    fn every_trend_has_its_line_and_its_newest_value() {
        let all = [
            trend(&[Some(50.0), None, Some(44.0), Some(41.0)]),
            trend(&[None, None, None, Some(41.0)]),
            trend(&[Some(40.0), Some(41.0), Some(42.0), Some(41.0)]),
        ];
        let chart = trends(caption(), &all).expect("a chart");
        assert_eq!(chart.svg.matches(">41%<").count(), 2, "a point is no line");
        assert!(!chart.svg.contains("NaN"));
    }

    #[test]
    fn equal_values_are_a_flat_line() {
        let mut flat = trend(&[Some(40.0), Some(40.0)]);
        flat.steps.iter_mut().flatten().for_each(|step| {
            (step.low, step.high) = (step.value, step.value);
        });
        let chart = trends(caption(), &[flat]).expect("a chart");
        assert!(!chart.svg.contains("NaN"));
    }

    #[test]
    fn nothing_is_no_chart() {
        assert_eq!(trends(caption(), &[]), None);
    }
}
