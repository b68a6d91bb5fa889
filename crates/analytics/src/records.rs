//! Records between frames and the rows that a server keeps.

use chrono::{DateTime, NaiveDate};
use polars::prelude::*;
use tribometer_surveys::records::{Cell, Record};
use tribometer_surveys::telemetry::columns::Column as Declared;

use crate::files::records::Cells;
use crate::input::{Action, ReportedMetric, Start};

/// One column of a frame.
enum Given<'a> {
    Nothing,
    Text(&'a StringChunked),
    Names(&'a Categorical32Chunked),
    Long(&'a Int64Chunked),
    Number(&'a UInt32Chunked),
}

impl<'a> Given<'a> {
    fn new(frame: &'a DataFrame, name: &str) -> PolarsResult<Self> {
        let Ok(column) = frame.column(name) else {
            return Ok(Self::Nothing);
        };
        Ok(match column.dtype() {
            DataType::String => Self::Text(column.str()?),
            DataType::Int64 => Self::Long(column.i64()?),
            DataType::UInt32 => Self::Number(column.u32()?),
            _ => Self::Names(column.cat32()?),
        })
    }

    fn cell(&self, row: usize) -> Cell {
        let text = |text: &str| Cell::Text(text.to_owned());
        let cell = match self {
            Self::Nothing => None,
            Self::Text(texts) => texts.get(row).map(text),
            Self::Names(names) => {
                let code = names.physical().get(row);
                code.and_then(|code| names.get_mapping().cat_to_str(code))
                    .map(text)
            }
            Self::Long(longs) => longs.get(row).map(Cell::Whole),
            Self::Number(numbers) => numbers.get(row).map(|number| Cell::Whole(number.into())),
        };
        cell.unwrap_or(Cell::Nothing)
    }
}

/// The rows of a frame that a file was read into, a cell for each declared column.
pub fn rows<'a>(
    frame: &'a DataFrame,
    columns: &[Declared],
) -> PolarsResult<impl Iterator<Item = Vec<Cell>> + use<'a>> {
    let given = columns.iter().map(|column| Given::new(frame, column.name));
    let given = given.collect::<PolarsResult<Vec<_>>>()?;
    let cells = move |row| given.iter().map(|column| column.cell(row)).collect();
    Ok((0..frame.height()).map(cells))
}

/// Stored records that become a frame as their files would: in the order of imports and, within
/// one, of rows, without columns that no record has anything in.
pub struct RecordRows {
    columns: &'static [Declared],
    cells: Vec<Cells>,
    order: Vec<(i64, i64)>,
}

impl RecordRows {
    /// No records yet.
    pub fn new(columns: &'static [Declared]) -> Self {
        Self {
            columns,
            cells: columns.iter().map(|column| Cells::new(column, 0)).collect(),
            order: Vec::new(),
        }
    }

    /// Adds a record of an import, or says what can't be read of it.
    pub fn push(&mut self, import: i64, record: &Record) -> Result<(), String> {
        self.order.push((import, record.position));
        for ((column, cells), cell) in self.columns.iter().zip(&mut self.cells).zip(&record.cells) {
            let pushed = cells.push_cell(cell, column.kind);
            pushed.map_err(|message| format!("{}: {message}", column.name))?;
        }
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The frame.
    pub fn finish(self) -> PolarsResult<DataFrame> {
        let rows = self.order.len();
        let columns = self.cells.into_iter().map(Cells::finish);
        let columns = columns.filter(|column| column.null_count() < rows);
        let frame = DataFrame::new(rows, columns.collect())?;
        let mut order: Vec<IdxSize> = (0..rows as IdxSize).collect();
        order.sort_by_key(|row| self.order[*row as usize]);
        frame.take(&IdxCa::from_vec(PlSmallStr::EMPTY, order))
    }
}

/// The cells of a reported metric, in the order of its columns.
pub fn of_metric(metric: &ReportedMetric) -> Vec<Cell> {
    vec![
        Cell::Text(metric.metric.clone()),
        Cell::Text(metric.team.clone()),
        Cell::Whole(metric.period_start.timestamp_micros()),
        Cell::Whole(metric.period_end.timestamp_micros()),
        Cell::Value(metric.value),
        Cell::Whole(metric.n.into()),
    ]
}

/// The reported metric of such cells.
pub fn metric(cells: &[Cell]) -> Option<ReportedMetric> {
    let [
        Cell::Text(metric),
        team,
        Cell::Whole(start),
        Cell::Whole(end),
        Cell::Value(value),
        Cell::Whole(n),
    ] = cells
    else {
        return None;
    };
    Some(ReportedMetric {
        metric: metric.clone(),
        team: text(team),
        period_start: DateTime::from_timestamp_micros(*start)?,
        period_end: DateTime::from_timestamp_micros(*end)?,
        value: *value,
        n: u32::try_from(*n).ok()?,
    })
}

/// The cells of an action, a row for each of its teams, in the order of its columns.
pub fn of_action(action: &Action) -> Vec<Vec<Cell>> {
    let start = match &action.start {
        Start::Day(day) => day.to_string(),
        Start::Wave(label) => label.clone(),
    };
    let row = |team: &String| {
        let cells = [&action.pillar, team, &start, &action.title];
        cells.map(|text| Cell::Text(text.clone())).to_vec()
    };
    action.teams.iter().map(row).collect()
}

/// The actions of such rows.
pub fn actions<'a>(rows: impl IntoIterator<Item = &'a Vec<Cell>>) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    for cells in rows {
        let [pillar, team, start, title] =
            [0, 1, 2, 3].map(|at| cells.get(at).map_or_else(String::new, text));
        let start = match start.parse::<NaiveDate>() {
            Ok(day) => Start::Day(day),
            Err(_) => Start::Wave(start),
        };
        let action = Action {
            title,
            pillar,
            teams: vec![team],
            start,
        };
        action.add_to(&mut actions);
    }
    actions
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        _ => String::new(),
    }
}
