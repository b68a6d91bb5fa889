//! A line over months with a band around it.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::{Caption, Chart, Frame, Tone, axis_value, draw, text, ticks};

/// One month: the line's value and the band's bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Month {
    /// As the axis shows it: `Jan`, `Jan 2026`.
    pub label: String,
    pub low: f64,
    pub value: f64,
    pub high: f64,
}

const SIZE: (u32, u32) = (880, 600);

/// Draws the months in the given order on an axis from zero. `up` names the axis with its unit.
/// None under two months.
pub fn months(caption: Caption, months: &[Month], up: &str) -> Option<Chart> {
    let finite = |month: &&Month| {
        [month.low, month.value, month.high]
            .iter()
            .all(|value| value.is_finite())
    };
    let months: Vec<&Month> = months.iter().filter(finite).collect();
    let last = months.len().checked_sub(1).filter(|last| *last > 0)?;
    let top = months
        .iter()
        .map(|month| month.high.max(month.value))
        .reduce(f64::max)?;
    let rows = ticks(0.0, top.max(1e-6), 4);
    let x = (0.0, last as f64);
    let y = (0.0, *rows.last()?);
    let frame = Frame {
        left: 64,
        top: 50,
        right: SIZE.0 as i32 - 70,
        bottom: SIZE.1 as i32 - 56,
    };
    // At most seven labels, so that they never touch.
    let every = last.div_ceil(6).max(1);

    draw(caption, SIZE, |canvas| {
        let plot = frame.plot(canvas, x, y);
        canvas.draw(&Text::new(
            up.to_owned(),
            (0, 6),
            text(Tone::Soft, HPos::Left, VPos::Top),
        ))?;
        let band: Vec<(f64, f64)> = (months
            .iter()
            .enumerate()
            .map(|(i, month)| (i as f64, month.high)))
        .chain(
            months
                .iter()
                .enumerate()
                .rev()
                .map(|(i, month)| (i as f64, month.low)),
        )
        .collect();
        plot.draw(&Polygon::new(band, Tone::TealGround.fill()))?;
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
        for (i, month) in months
            .iter()
            .enumerate()
            .filter(|(i, _)| (last - i).is_multiple_of(every))
        {
            let place = (frame.x(i as f64, x), frame.bottom + 16);
            canvas.draw(&Text::new(
                month.label.clone(),
                place,
                text(Tone::Soft, HPos::Center, VPos::Top),
            ))?;
        }
        let line: Vec<(f64, f64)> = months
            .iter()
            .enumerate()
            .map(|(i, month)| (i as f64, month.value))
            .collect();
        plot.draw(&PathElement::new(line.clone(), Tone::Teal.line(4)))?;
        for point in line {
            plot.draw(&Circle::new(point, 7, Tone::Teal.fill()))?;
        }
        Ok::<(), DrawingAreaErrorKind<std::io::Error>>(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption() -> Caption {
        Caption {
            id: "m".into(),
            title: "t".into(),
            description: "d".into(),
        }
    }

    fn month(label: String) -> Month {
        Month {
            label,
            low: 20.0,
            value: 30.0,
            high: 50.0,
        }
    }

    #[test]
    fn the_last_month_is_always_labelled_and_labels_never_crowd() {
        let year: Vec<Month> = (1..=14).map(|i| month(format!("M{i}"))).collect();
        let chart = months(caption(), &year, "hours").expect("a chart");
        assert!(chart.svg.contains(">M14<"));
        assert!(chart.svg.matches(">M").count() <= 7);
        assert_eq!(chart.svg.matches("<circle").count(), 14);
    }

    #[test]
    fn one_month_is_no_chart() {
        assert_eq!(months(caption(), &[month("Jan".into())], "hours"), None);
    }
}
