//! Parquet, in and out: tables that people take away, and records of systems.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use foldhash::fast::RandomState;
use polars::prelude::*;
use polars_arrow::datatypes::ArrowDataType;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::ParquetWriter;
use rayon::prelude::*;
use tribometer_findings::table::{Table, Values};
use tribometer_surveys::file::{Problem, Rejected, shorten};
use tribometer_surveys::telemetry::columns::{Column as Declared, Kind};
use tribometer_surveys::telemetry::metrics::Source;

use crate::files::frame::{not_read, stored_as};
use crate::files::records::{self, FEWER_NAMES, Records, dtype, one_of};

/// A table as a Parquet file.
pub fn write(table: &Table<'_>) -> Vec<u8> {
    let columns = table.columns.iter().map(|column| {
        let name = PlSmallStr::from_static(column.name);
        match &column.values {
            Values::Text(cells) => {
                let cells: Vec<Option<&str>> = cells.iter().map(Option::as_deref).collect();
                Column::new(name, cells)
            }
            Values::Whole(cells) => Column::new(name, cells),
            Values::Number(cells) | Values::Share(cells) | Values::Probability(cells) => {
                Column::new(name, cells)
            }
            Values::Date(cells) => {
                let cells = DateChunked::from_naive_date_options(name, cells.iter().copied());
                cells.into_column()
            }
            Values::Flag(cells) => Column::new(name, cells),
        }
    });
    let frame = DataFrame::new(table.rows(), columns.collect());
    let mut frame = frame.expect("a table has columns of one length and different names");
    let mut bytes = Vec::new();
    let written = ParquetWriter::new(&mut bytes).finish(&mut frame);
    written.expect("memory takes everything");
    bytes
}

/// Reads a Parquet file of records: only the columns that its source declares, each checked as the
/// cells of a CSV file are. Problems name the row, counted from 1.
pub fn read(path: &Path, source: Source) -> Result<Records, Rejected> {
    let file_name = path.display().to_string();
    let whole = |message: String| Rejected::from(Problem::of_file(&file_name, message));
    let Some(shape) = source.shape() else {
        return Ok(Records::default());
    };
    let unreadable = |cause: &dyn std::fmt::Display| whole(format!("it can't be read: {cause}"));
    let file = File::open(path).map_err(|cause| unreadable(&cause))?;
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema().map_err(|cause| unreadable(&cause))?;
    let in_file: Vec<&str> = schema.iter_names().map(PlSmallStr::as_str).collect();
    let mut rejected = Rejected::default();
    let mut declared: Vec<(&str, &Declared)> = Vec::new();
    for column in shape.columns {
        let same = |name: &&&str| name.eq_ignore_ascii_case(column.name);
        match in_file.iter().filter(same).collect::<Vec<_>>()[..] {
            [name] => {
                let given = schema.get(name).map(|field| &field.dtype);
                match given.filter(|given| !is_series(given)) {
                    None => declared.push((name, column)),
                    Some(given) => rejected.push(Problem {
                        column: Some(column.name.to_owned()),
                        ..Problem::of_file(&file_name, not_read(given))
                    }),
                }
            }
            [first, second, ..] => {
                let message = format!("it has both `{first}` and `{second}`; keep one");
                rejected.push(Problem::of_file(&file_name, message));
            }
            [] if column.required => {
                let columns: Vec<String> = in_file
                    .iter()
                    .take(20)
                    .map(|name| format!("`{}`", shorten(name)))
                    .collect();
                let message = format!(
                    "there is no column `{}`; the columns are {}",
                    column.name,
                    columns.join(", ")
                );
                rejected.push(Problem::of_file(&file_name, message));
            }
            [] => {}
        }
    }
    rejected.into_result(())?;
    let is_declared = |name: &&&str| declared.iter().any(|(declared, _)| declared == *name);
    let warnings = in_file
        .iter()
        .filter(|name| !is_declared(name))
        .map(|unknown| {
            let unknown = shorten(unknown);
            format!("{file_name}: the column `{unknown}` is not known and is left out")
        });
    let warnings = warnings.collect();
    let metadata = reader.get_metadata().map_err(|cause| unreadable(&cause))?;
    // Column by column: what a file has as text takes many times the room of its codes.
    let columns = declared.par_iter().map(|(in_file, column)| {
        let mut reader = ParquetReader::new(File::open(path).map_err(|cause| unreadable(&cause))?);
        reader.set_metadata(metadata.clone());
        let frame = reader.with_columns(Some(vec![(*in_file).to_owned()]));
        let frame = frame.finish().map_err(|cause| unreadable(&cause))?;
        checked(&file_name, &frame.columns()[0], column)
    });
    let columns: Vec<Result<Column, Rejected>> = columns.collect();
    let mut rejected = Rejected::default();
    let mut sound = Vec::with_capacity(columns.len());
    for column in columns {
        match column {
            Ok(column) => sound.push(column),
            Err(problems) => rejected.append(problems),
        }
    }
    rejected.into_result(())?;
    let frame = DataFrame::new(metadata.num_rows, sound).map_err(|cause| unreadable(&cause))?;
    Ok(Records { frame, warnings })
}

/// Whether a column of this type becomes a series; a type that polars is not built for here is an
/// error to it, or a panic.
fn is_series(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{Decimal, UInt16};
    !matches!(dtype, Decimal(..) | UInt16) && stored_as(dtype).is_some()
}

/// A column of a file as its source declares it, or all that is wrong with it.
fn checked(file: &str, column: &Column, declared: &Declared) -> Result<Column, Rejected> {
    let mut rejected = Rejected::default();
    let mut complain = |row: usize, message: String| {
        let value = column.get(row).map(|value| value.str_value().into_owned());
        let value = value
            .ok()
            .filter(|_| !column.is_null().get(row).unwrap_or(true));
        let line = row as u64 + 1;
        let value = value.unwrap_or_default();
        rejected.push(Problem::of_cell(file, line, declared.name, &value, message));
    };
    match cast(column, declared, &mut complain) {
        Ok(cast) => rejected.into_result(cast.with_name(declared.name.into()).rechunk()),
        Err(message) => Err(Rejected::from(Problem {
            column: Some(declared.name.to_owned()),
            ..Problem::of_file(file, message)
        })),
    }
}

/// A column as its source declares it; `complain` hears of bad cells, and an error is about the
/// type of all of them.
fn cast(
    column: &Column,
    declared: &Declared,
    complain: &mut dyn FnMut(usize, String),
) -> Result<Column, String> {
    let expected = declared.expected.to_owned();
    let no_cast = |_: PolarsError| expected.clone();
    let checked = match (declared.kind, column.dtype()) {
        (_, DataType::Null) => {
            Column::full_null(PlSmallStr::EMPTY, column.len(), &dtype(declared.kind))
        }
        (Kind::Time, DataType::Datetime(_, Some(_))) => {
            let micros = column.cast(&DataType::Datetime(TimeUnit::Microseconds, None));
            micros
                .and_then(|micros| micros.cast(&DataType::Int64))
                .map_err(no_cast)?
        }
        (Kind::Time, DataType::Datetime(_, None)) => {
            return Err("its times have no time zone; write them as instants in UTC".to_owned());
        }
        (Kind::Time, DataType::String) => {
            let cells = column.str().map_err(no_cast)?;
            let read = cells.iter().enumerate().map(|(row, cell)| {
                let cell = cell.map(str::trim).filter(|cell| !cell.is_empty())?;
                let micros = crate::files::micros(cell.as_bytes());
                if micros.is_none() {
                    complain(row, expected.clone());
                }
                micros
            });
            read.collect::<Int64Chunked>().into_column()
        }
        (Kind::Number | Kind::Id, given) if given.is_integer() => {
            let numbers = column.cast(&DataType::Int64).map_err(no_cast)?;
            let largest = match declared.kind {
                Kind::Id => i64::MAX,
                _ => i64::from(i32::MAX),
            };
            let cells = numbers.i64().map_err(no_cast)?;
            for (row, cell) in cells.iter().enumerate() {
                if cell.is_some_and(|cell| !(0..=largest).contains(&cell)) {
                    complain(row, expected.clone());
                }
            }
            numbers.cast(&dtype(declared.kind)).map_err(no_cast)?
        }
        (Kind::Text, given)
            if given.is_string() || given.is_categorical() || given.is_integer() =>
        {
            let texts = column.cast(&DataType::String).map_err(no_cast)?;
            let cells = texts.str().map_err(no_cast)?;
            let is_plain = |cell: &str| !cell.is_empty() && cell.trim().len() == cell.len();
            if cells.iter().flatten().all(is_plain) {
                texts.clone()
            } else {
                let trimmed = cells
                    .iter()
                    .map(|cell| cell.map(str::trim).filter(|cell| !cell.is_empty()));
                trimmed.collect::<StringChunked>().into_column()
            }
        }
        (Kind::Name, given)
            if given.is_string() || given.is_categorical() || given.is_integer() =>
        {
            coded(column, declared.kind, complain).map_err(no_cast)?
        }
        (Kind::Flag, DataType::Boolean) => {
            // `true` and `false` are among the words for yes and no.
            let words = column.cast(&DataType::String).map_err(no_cast)?;
            coded(&words, declared.kind, complain).map_err(no_cast)?
        }
        (Kind::Word(_) | Kind::Team | Kind::Flag, given)
            if given.is_string() || given.is_categorical() =>
        {
            coded(column, declared.kind, complain).map_err(no_cast)?
        }
        (Kind::Time, given) => {
            return Err(format!(
                "expected instants in UTC or times as text; the column is of {given}"
            ));
        }
        (Kind::Number | Kind::Id, given) => {
            return Err(format!("expected whole numbers; the column is of {given}"));
        }
        (_, given) => return Err(format!("expected text; the column is of {given}")),
    };
    if declared.required && checked.null_count() > 0 {
        let missing = checked.is_null();
        for (row, _) in missing
            .iter()
            .enumerate()
            .filter(|(_, is)| *is == Some(true))
        {
            // What is there and bad has been complained of.
            let is_blank = |cell: AnyValue<'_>| match cell.get_str() {
                Some(text) => text.trim().is_empty(),
                None => cell.is_null(),
            };
            if column.get(row).is_ok_and(is_blank) {
                let message = match declared.kind {
                    Kind::Word(words) => one_of(words),
                    _ => expected.clone(),
                };
                complain(row, message);
            }
        }
    }
    Ok(checked)
}

/// A column of names as codes. Each text is read once, however many cells have it.
fn coded(
    column: &Column,
    kind: Kind,
    complain: &mut dyn FnMut(usize, String),
) -> PolarsResult<Column> {
    /// So many texts are remembered; a file that has more rather has each of them once.
    const MOST: usize = 1 << 20;
    let dtype = dtype(kind);
    let names = dtype.cat_mapping()?;
    let texts = column.cast(&DataType::String)?;
    let mut codes = PrimitiveChunkedBuilder::<UInt32Type>::new(PlSmallStr::EMPTY, column.len());
    // By the view of a text: a short one itself, or where in the chunk a longer one lies.
    let mut read: HashMap<(usize, u128), Result<Option<u32>, String>, RandomState> =
        HashMap::default();
    let mut row = 0;
    for (chunk, texts) in texts.str()?.downcast_iter().enumerate() {
        for (text, view) in texts.iter().zip(texts.views().iter()) {
            row += 1;
            let Some(text) = text else {
                codes.append_null();
                continue;
            };
            if read.len() == MOST {
                read.clear();
            }
            let chunk = if view.is_inline() { usize::MAX } else { chunk };
            let code = read.entry((chunk, view.as_u128())).or_insert_with(|| {
                if text.trim().is_empty() {
                    return Ok(None);
                }
                let name = records::name(text, kind)?;
                Ok(Some(names.insert_cat(&name).expect(FEWER_NAMES)))
            });
            match code {
                Ok(code) => codes.append_option(*code),
                Err(message) => {
                    complain(row - 1, message.clone());
                    codes.append_null();
                }
            }
        }
    }
    let codes = codes.finish();
    Ok(Categorical32Chunked::from_cats_and_dtype(codes, dtype.clone()).into_column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(frame: DataFrame) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        ParquetWriter::new(file.as_file_mut())
            .finish(&mut frame.clone())
            .unwrap();
        file
    }

    fn runs() -> DataFrame {
        df!(
            "repository" => ["r", "r"],
            "commit" => ["a", "b"],
            "workflow" => ["ci", "ci"],
            "started_at" => ["2026-09-21T14:13:20Z", "2026-09-21T14:14:20Z"],
            "verdict" => ["success", "failure"],
            "attempt" => [1i64, 2],
        )
        .unwrap()
    }

    /// A file that pandas wrote.
    fn of_pandas(name: &str) -> std::path::PathBuf {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/parquet");
        Path::new(folder).join(name)
    }

    #[test]
    fn a_type_that_is_not_read_is_refused_by_its_column() {
        let refused = read(&of_pandas("types.parquet"), Source::PullRequests);
        let refused = refused.unwrap_err().to_string();
        for wrong in [
            "number: the column has cells of the type uint16",
            "additions: the column has cells of the type decimal",
            "commits: the column has cells of the type struct",
        ] {
            assert!(refused.contains(wrong), "{refused}");
        }
        assert!(!refused.contains("labels"), "{refused}");
    }

    #[test]
    fn declared_columns_are_read_as_those_of_a_csv_file_are() {
        let records = read(&of_pandas("ci_runs.parquet"), Source::CiRuns).unwrap();
        let csv = "repository,commit,workflow,started_at,verdict,attempt\n\
            r,a,ci,2026-09-21T14:13:20Z,success,1\nr,b,ci,2026-09-21T14:14:20Z,FAILURE,2\n";
        let text = tribometer_surveys::file::Text::new("c.csv", csv.into()).unwrap();
        let expected = records::read(&text, Source::CiRuns).unwrap();
        assert!(
            records.frame.equals_missing(&expected.frame),
            "{:?}",
            records.frame
        );
        assert_eq!(records.warnings.len(), 1);
        assert!(records.warnings[0].ends_with("the column `mood` is not known and is left out"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_row_and_column() {
        let refused = |change: fn(&mut DataFrame)| {
            let mut frame = runs();
            change(&mut frame);
            let file = file(frame);
            read(file.path(), Source::CiRuns).unwrap_err().to_string()
        };
        let verdict = refused(|frame| {
            frame
                .with_column(Column::new("verdict".into(), ["success", "red"]))
                .unwrap();
        });
        let expected = ":2: verdict: `red`: expected one of: success, failure, cancelled\n";
        assert!(verdict.ends_with(expected), "{verdict}");
        let attempt = refused(|frame| {
            frame
                .with_column(Column::new("attempt".into(), [-1i64, 1]))
                .unwrap();
        });
        assert!(
            attempt.ends_with(":1: attempt: `-1`: expected a whole number from 0\n"),
            "{attempt}"
        );
        let commit = refused(|frame| {
            frame
                .with_column(Column::new("commit".into(), [Some("a"), None]))
                .unwrap();
        });
        assert!(
            commit.ends_with(":2: commit: expected a name; the cell is empty\n"),
            "{commit}"
        );
        let missing = refused(|frame| drop(frame.drop_in_place("workflow")));
        assert!(
            missing.contains("there is no column `workflow`; the columns are"),
            "{missing}"
        );
        let day = refused(|frame| {
            frame
                .with_column(Column::new("started_at".into(), ["yesterday", ""]))
                .unwrap();
        });
        let lines: Vec<&str> = day.lines().collect();
        assert!(
            lines[0].contains(":1: started_at: `yesterday`: expected a time with"),
            "{day}"
        );
        assert!(
            lines[1].contains(":2: started_at: expected a time with an offset"),
            "{day}"
        );
        let naive = read(&of_pandas("ci_runs_without_zone.parquet"), Source::CiRuns);
        let naive = naive.unwrap_err().to_string();
        assert!(
            naive.contains("started_at: its times have no time zone"),
            "{naive}"
        );
        let fractions = refused(|frame| {
            frame
                .with_column(Column::new("attempt".into(), [1.5, 2.0]))
                .unwrap();
        });
        assert!(fractions.contains("expected whole numbers"), "{fractions}");
    }

    #[test]
    fn what_is_no_parquet_file_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "repository,commit\n").unwrap();
        let refused = read(file.path(), Source::CiRuns).unwrap_err().to_string();
        assert!(refused.contains("it can't be read: "), "{refused}");
    }
}
