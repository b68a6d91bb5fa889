//! Points of two numbers, with lines at both medians: four quarters to read the teams by.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Caption, Chart, Frame, Mark, Tone, axis_value, draw, short, text, text_width, ticks};

/// One point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub label: String,
    pub x: f64,
    pub y: f64,
    /// Open ones are hollow and are named last.
    pub mark: Mark,
}

const SIZE: (u32, u32) = (880, 600);
/// How many points carry their name: those that are not open, the farthest to the right.
const NAMED: usize = 4;
/// With more points than this, dots are small.
const MANY: usize = 150;

/// Draws the points. `across` and `up` name the axes with their units; `y` runs over `span`. None
/// under two points.
pub fn scatter(
    caption: Caption,
    points: &[Point],
    across: &str,
    up: &str,
    span: (f64, f64),
) -> Option<Chart> {
    let mut points: Vec<&Point> = points
        .iter()
        .filter(|point| point.x.is_finite() && point.y.is_finite())
        .collect();
    let is_open = |point: &Point| point.mark == Mark::Open;
    points.sort_by(|a, b| {
        (is_open(a).cmp(&is_open(b)))
            .then(b.x.total_cmp(&a.x))
            .then_with(|| a.label.cmp(&b.label))
    });
    points.get(1)?;
    let across_all = || points.iter().map(|point| point.x);
    let (most, least) = (
        across_all().reduce(f64::max)?,
        across_all().reduce(f64::min)?,
    );
    let columns = ticks(least.min(0.0), most.max(1e-6), 6);
    let rows = ticks(span.0, span.1, 4);
    let x = (*columns.first()?, *columns.last()?);
    let y = (*rows.first()?, *rows.last()?);
    let frame = Frame {
        left: 64,
        top: 50,
        right: SIZE.0 as i32 - 34,
        bottom: SIZE.1 as i32 - 92,
    };
    let middle = (
        median(points.iter().map(|point| point.x)),
        median(points.iter().map(|point| point.y)),
    );

    draw(caption, SIZE, |canvas| {
        let plot = frame.plot(canvas, x, y);
        canvas.draw(&Text::new(
            up.to_owned(),
            (0, 6),
            text(Tone::Soft, HPos::Left, VPos::Top),
        ))?;
        canvas.draw(&Text::new(
            across.to_owned(),
            ((frame.left + frame.right) / 2, frame.bottom + 56),
            text(Tone::Soft, HPos::Center, VPos::Top),
        ))?;
        for tick in &rows {
            plot.draw(&PathElement::new(
                [(x.0, *tick), (x.1, *tick)],
                Tone::Line.line(1),
            ))?;
            let place = (frame.left - 14, frame.y(*tick, y));
            canvas.draw(&Text::new(
                axis_value(*tick),
                place,
                text(Tone::Soft, HPos::Right, VPos::Center),
            ))?;
        }
        for tick in &columns {
            let place = (frame.x(*tick, x), frame.bottom + 14);
            canvas.draw(&Text::new(
                axis_value(*tick),
                place,
                text(Tone::Soft, HPos::Center, VPos::Top),
            ))?;
        }
        plot.draw(&PathElement::new(
            [(middle.0, y.0), (middle.0, y.1)],
            Tone::Edge.line(1),
        ))?;
        plot.draw(&PathElement::new(
            [(x.0, middle.1), (x.1, middle.1)],
            Tone::Edge.line(1),
        ))?;
        let size = if points.len() > MANY { 4 } else { 8 };
        for point in points.iter().rev() {
            let at = (point.x, point.y);
            match point.mark {
                Mark::Bad => plot.draw(&Circle::new(at, size, Tone::Ember.fill()))?,
                Mark::Good => plot.draw(&Circle::new(at, size, Tone::Teal.fill()))?,
                Mark::Open => plot.draw(&Circle::new(at, size - 1, Tone::Ink.line(2)))?,
            }
        }
        for (name, place, side) in names(&points, frame, x, y) {
            canvas.draw(&Text::new(name, place, text(Tone::Ink, side, VPos::Center)))?;
        }
        Ok::<(), DrawingAreaErrorKind<std::io::Error>>(())
    })
}

/// Labels for the points farthest to the right, each at the first side where it covers no point, no
/// other label and no border.
fn names(
    points: &[&Point],
    frame: Frame,
    x: (f64, f64),
    y: (f64, f64),
) -> Vec<(String, (i32, i32), HPos)> {
    let dots: Vec<(i32, i32)> = points
        .iter()
        .map(|point| (frame.x(point.x, x), frame.y(point.y, y)))
        .collect();
    let mut taken: Vec<(i32, i32, i32)> = Vec::new();
    let mut labels = Vec::new();
    for (point, (across, up)) in points.iter().zip(&dots).take(NAMED) {
        let name = short(&point.label, 24);
        let width = text_width(&name);
        let sides = [
            (across + 18, *up, HPos::Left, across + 18),
            (across - 18, *up, HPos::Right, across - 18 - width),
            (*across, up - 28, HPos::Center, across - width / 2),
            (*across, up + 28, HPos::Center, across - width / 2),
        ];
        let free = sides.into_iter().find(|(_, height, _, left)| {
            let right = left + width;
            let crosses = |l: i32, r: i32, h: i32, reach: i32| {
                l < right && r > *left && (h - height).abs() < reach
            };
            *left >= frame.left
                && right <= frame.right
                && !dots
                    .iter()
                    .any(|(dot, h)| crosses(dot - 9, dot + 9, *h, 20))
                && !taken.iter().any(|(l, r, h)| crosses(*l, *r, *h, 34))
        });
        if let Some((place, height, side, left)) = free {
            taken.push((left, left + width, height));
            labels.push((name, (place, height), side));
        }
    }
    labels
}

/// Where a line of the middle stands; zero for no values.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption() -> Caption {
        Caption {
            id: "s".into(),
            title: "t".into(),
            description: "d".into(),
        }
    }

    #[test]
    fn every_point_is_drawn_and_the_slowest_named() {
        let points: Vec<Point> = (0..9)
            .map(|i| Point {
                label: format!("Team {i}"),
                x: f64::from(i) * 5.0,
                y: 4.0 - f64::from(i) * 0.3,
                mark: Mark::Bad,
            })
            .collect();
        let chart = scatter(caption(), &points, "hours", "rating", (1.0, 5.0)).expect("a chart");
        assert_eq!(chart.svg.matches("<circle").count(), 9);
        assert!(chart.svg.contains(">Team 8<") && !chart.svg.contains(">Team 0<"));
    }

    #[test]
    fn what_is_marked_is_named_before_what_is_farther_to_the_right() {
        let point = |label: &str, x: f64, mark: Mark| Point {
            label: label.into(),
            x,
            y: x / 2.0,
            mark,
        };
        let mut points: Vec<Point> = (0..4)
            .map(|at| point(&format!("Marked {at}"), f64::from(at) * 4.0, Mark::Bad))
            .collect();
        points.push(point("Open", 30.0, Mark::Open));
        let chart = scatter(caption(), &points, "hours", "rating", (0.0, 20.0)).expect("a chart");
        assert!(chart.svg.contains(">Marked 3<") && !chart.svg.contains(">Open<"));
    }

    #[test]
    fn one_point_is_no_chart() {
        let point = Point {
            label: "Only".into(),
            x: 3.0,
            y: 3.0,
            mark: Mark::Bad,
        };
        assert_eq!(scatter(caption(), &[point], "h", "r", (1.0, 5.0)), None);
    }
}
