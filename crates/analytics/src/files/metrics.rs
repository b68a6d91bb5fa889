//! metrics.csv: numbers that somebody else aggregated, one row a metric, team and period.

use chrono::{DateTime, NaiveDate, Utc};
use tribometer_surveys::tables::METRICS;
use tribometer_surveys::telemetry::metrics::{self, Aggregate, Metric};

use super::cells::Cells;
use super::{Rejected, Rows, Table, time};
use crate::groups::Tree;
use crate::input::ReportedMetric;

/// Reads the rows; every metric is in the catalog or among `declared`. With them come warnings of
/// columns that are not known, and of teams that the tree lacks.
pub fn read<'a>(
    rows: impl Into<Rows<'a>>,
    declared: &[Metric],
    tree: &Tree,
) -> Result<(Vec<ReportedMetric>, Vec<String>), Rejected> {
    let table = Table::new(rows, &METRICS.required())?;
    let mut warnings = table.unknown_columns(&METRICS.names());
    let mut rejected = Rejected::default();
    let mut reported = Vec::new();
    for row in table.rows() {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                rejected.push(problem);
                continue;
            }
        };
        let mut cells = Cells::new(&table, &row, &mut rejected);
        let id = cells.required("metric");
        let metric = metrics::find(&id).or_else(|| declared.iter().find(|own| own.id == id));
        if metric.is_none() && !id.is_empty() {
            cells.complain(
                "metric",
                "is not in the catalog; declare it in a file for --metric-definitions",
            );
        }
        let team = cells.team();
        if tree.find(&team).is_none() {
            warnings.push(format!(
                "{}: nobody is in the team `{team}`; the row is left out",
                table.name().line(row.line)
            ));
        }
        let (start, end) = (
            instant(&mut cells, "period_start"),
            instant(&mut cells, "period_end"),
        );
        let value: Option<f64> = cells.text("value").parse().ok();
        let value = value.filter(|value| value.is_finite());
        let is_share = metric.is_some_and(|metric| metric.aggregate == Aggregate::Share);
        if value.is_none_or(|value| is_share && !(0.0..=1.0).contains(&value)) {
            let expected = if is_share {
                "expected a share from 0 to 1"
            } else {
                "expected a number"
            };
            cells.complain("value", expected);
        }
        let n: Option<u32> = cells.text("n").parse().ok();
        if n.is_none() {
            cells.complain(
                "n",
                "expected how many observations the value stands on, a whole number from 0",
            );
        }
        if start.zip(end).is_some_and(|(start, end)| end <= start) {
            cells.complain("period_end", "the period ends before it begins");
        }
        if let (Some(metric), Some(period_start), Some(period_end), Some(value), Some(n)) =
            (metric, start, end, value, n)
        {
            reported.push(ReportedMetric {
                metric: metric.id.clone(),
                team,
                period_start,
                period_end,
                value,
                n,
            });
        }
    }
    rejected.into_result((reported, warnings))
}

/// A day, which begins at midnight UTC, or a time with an offset.
fn instant(cells: &mut Cells<'_>, column: &str) -> Option<DateTime<Utc>> {
    let cell = cells.text(column);
    let day: Option<NaiveDate> = cell.parse().ok();
    let instant = match day.and_then(|day| day.and_hms_opt(0, 0, 0)) {
        Some(midnight) => Some(midnight.and_utc()),
        None => time::read(cell.as_bytes()),
    };
    if instant.is_none() {
        cells.complain(
            column,
            "expected a day such as `2026-10-01`, or a time with an offset",
        );
    }
    instant
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::files::Text;

    fn read_text(text: &str) -> Result<Vec<ReportedMetric>, String> {
        let text =
            Text::new("metrics.csv", text.into()).map_err(|rejected| rejected.to_string())?;
        let tree = Tree::new(["E", "E / X"]);
        let read = read(&text, &[], &tree).map_err(|rejected| rejected.to_string());
        read.map(|(rows, _)| rows)
    }

    #[test]
    fn rows_are_read_and_bad_ones_named() {
        let read = read_text(
            "metric,team,period_start,period_end,value,n\n\
             ai.active_share,E / X,2026-07-01,2026-10-01,0.4,12\n\
             focus.block_hours,,2026-07-01T02:00:00+02:00,2026-10-01,9.5,40\n",
        )
        .unwrap();
        assert_eq!((read.len(), read[0].value, read[1].n), (2, 0.4, 40));
        assert_eq!(read[0].period_start, read[1].period_start);
        let complaint = read_text(
            "metric,team,period_start,period_end,value,n\n\
             ai.active_share,E / X,2026-07-01,2026-10-01,40,12\n\
             own.metric,E / X,2026-07-01,2026-06-01,x,-1\n\
             pr.size,E // X,July,2026-10-01,3,1\n",
        )
        .unwrap_err();
        let lines: Vec<&str> = complaint.lines().collect();
        assert_eq!(
            lines[0],
            "metrics.csv:2: value: `40`: expected a share from 0 to 1"
        );
        assert_eq!(
            lines[1],
            "metrics.csv:3: metric: `own.metric`: is not in the catalog; declare it in a file for \
             --metric-definitions"
        );
        assert_eq!(lines[2], "metrics.csv:3: value: `x`: expected a number");
        assert_eq!(lines.len(), 7, "{complaint}");
    }

    #[test]
    fn teams_and_columns_that_nobody_knows_are_warned_of() {
        let text = "metric,team,period_start,period_end,value,n,mood\n\
            ai.active_share,E / X,2026-07-01,2026-10-01,0.4,12,\n\
            ai.active_share,E / Old,2026-07-01,2026-10-01,0.4,12,\n";
        let text = Text::new("m.csv", text.into()).unwrap();
        let (rows, warnings) = read(&text, &[], &Tree::new(["E", "E / X"])).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            warnings,
            [
                "m.csv: the column `mood` is not known and is left out",
                "m.csv:3: nobody is in the team `E / Old`; the row is left out",
            ]
        );
    }

    proptest! {
        #[test]
        fn no_cell_brings_the_reader_down(cells in proptest::collection::vec("[-0-9a-z./: ]{0,12}", 6)) {
            let _ = read_text(&format!("metric,team,period_start,period_end,value,n\n{}\n", cells.join(",")));
        }
    }
}
