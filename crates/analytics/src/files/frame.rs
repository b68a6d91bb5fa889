//! A Parquet file as rows of text, for tables that anybody may add columns to.

use std::fmt::{Display, Write};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use chrono::{DateTime, NaiveTime, SecondsFormat, Utc};
use polars_arrow::array::{Array, BinaryViewArray, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit};
use polars_arrow::types::NativeType;
use polars_parquet::read::{
    BasicDecompressor, PageReader, RowGroupMetadata, column_iter_to_arrays, infer_schema,
    read_metadata,
};

use super::grid::{Grid, GridBuilder, MOST_CELLS};
use super::table::MOST_COLUMNS;
use super::workbook::write_number;
use super::{Problem, Rejected};

/// Reads a file. Types become the text that a CSV file would have; times with a zone are in UTC.
pub(super) fn read(path: &Path) -> Result<Grid, Rejected> {
    let name = path.display().to_string();
    let whole = |message: String| Rejected::from(Problem::of_file(&name, message));
    let unreadable = |cause: &dyn Display| whole(format!("it can't be read: {cause}"));
    let file = File::open(path).map_err(|cause| unreadable(&cause))?;
    let mut file = BufReader::new(file);
    let metadata = read_metadata(&mut file).map_err(|cause| unreadable(&cause))?;
    let schema = infer_schema(&metadata).map_err(|cause| unreadable(&cause))?;
    let fields: Vec<&Field> = schema.iter_values().collect();
    if fields.len() > MOST_COLUMNS {
        return Err(whole(format!(
            "it has {} columns; at most {MOST_COLUMNS} are read. Is it the right file?",
            fields.len()
        )));
    }
    if metadata.num_rows.saturating_mul(fields.len()) > MOST_CELLS {
        return Err(whole(format!(
            "it has more than {MOST_CELLS} cells; hand it in as CSV"
        )));
    }
    let mut rejected = Rejected::default();
    let mut stored = Vec::with_capacity(fields.len());
    for field in &fields {
        match stored_as(&field.dtype) {
            Some(dtype) => stored.push(Field::new(field.name.clone(), dtype, true)),
            None => rejected.push(Problem {
                column: Some(field.name.to_string()),
                ..Problem::of_file(&name, not_read(&field.dtype))
            }),
        }
    }
    rejected.into_result(())?;

    let header = fields.iter().map(|field| field.name.to_string()).collect();
    let mut builder = GridBuilder::with_header(name.as_str().into(), header);
    let mut line = 0;
    let mut text = String::new();
    for group in &metadata.row_groups {
        let mut columns = Vec::with_capacity(stored.len());
        for field in &stored {
            let column = read_column(&mut file, group, field);
            columns.push(column.map_err(|cause| unreadable(&cause))?);
        }
        for _ in 0..group.num_rows() {
            line += 1;
            for (at, column) in columns.iter_mut().enumerate() {
                text.clear();
                if let Err(message) = column.write_next(&mut text) {
                    builder.complain(line, at, "", message);
                }
                if !text.is_empty() {
                    builder.push(line, at, &text)?;
                }
            }
        }
    }
    builder.finish()
}

/// As which type a column is decoded; none if it has no text.
pub(crate) fn stored_as(dtype: &ArrowDataType) -> Option<ArrowDataType> {
    use ArrowDataType::*;
    match dtype {
        Utf8 | LargeUtf8 | Utf8View => Some(Utf8View),
        // Programs that know no text write it as bytes.
        Binary | LargeBinary | BinaryView => Some(BinaryView),
        Dictionary(_, values, _) => stored_as(values),
        Extension(extension) => stored_as(&extension.inner),
        Null | Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64
        | Float32 | Float64 | Date32 | Date64 | Time32(_) | Time64(_) | Timestamp(..)
        | Decimal(..) => Some(dtype.clone()),
        _ => None,
    }
}

/// What is said of a column of a type that is not read.
pub(crate) fn not_read(dtype: &ArrowDataType) -> String {
    use ArrowDataType::*;
    let name = match dtype {
        List(_) | LargeList(_) | FixedSizeList(..) => "list".to_owned(),
        Struct(_) => "struct".to_owned(),
        Map(..) => "map".to_owned(),
        Duration(_) | Interval(_) => "duration".to_owned(),
        FixedSizeBinary(_) => "binary".to_owned(),
        Decimal(..) => "decimal".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("the column has cells of the type {name}; write them as text, or leave the column out")
}

/// The cells of a column of a row group, read one after the other.
struct Cells {
    /// Empty for a column that has nothing in any row.
    parts: Vec<Box<dyn Array>>,
    part: usize,
    at: usize,
}

fn read_column(
    file: &mut BufReader<File>,
    group: &RowGroupMetadata,
    field: &Field,
) -> Result<Cells, Box<dyn std::error::Error>> {
    let (part, at) = (0, 0);
    if field.dtype == ArrowDataType::Null {
        let parts = Vec::new();
        return Ok(Cells { parts, part, at });
    }
    let mut found = group
        .columns_under_root_iter(&field.name)
        .ok_or("a column is missing")?;
    let column = found.next().ok_or("a column is missing")?;
    let range = column.byte_range();
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::new();
    let length = range.end.saturating_sub(range.start);
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    let bytes = std::io::Cursor::new(polars_buffer::Buffer::from(bytes));
    let pages = PageReader::new(bytes, column, Vec::new(), usize::MAX);
    let pages = BasicDecompressor::new(pages, Vec::new());
    let physical = &column.descriptor().descriptor.primitive_type;
    let (parts, _) = column_iter_to_arrays(vec![pages], vec![physical], field.clone(), None)?;
    Ok(Cells { parts, part, at })
}

impl Cells {
    /// Appends the next cell; nothing for one that is missing.
    fn write_next(&mut self, text: &mut String) -> Result<(), String> {
        while self
            .parts
            .get(self.part)
            .is_some_and(|part| self.at >= part.len())
        {
            (self.part, self.at) = (self.part + 1, 0);
        }
        let Some(part) = self.parts.get(self.part) else {
            return Ok(());
        };
        let at = self.at;
        self.at += 1;
        if part.is_null(at) {
            return Ok(());
        }
        write_cell(part.as_ref(), at, text)
    }
}

fn write_cell(cells: &dyn Array, at: usize, text: &mut String) -> Result<(), String> {
    let written = match cells.dtype() {
        ArrowDataType::Utf8View => {
            let cells: Option<&Utf8ViewArray> = cells.as_any().downcast_ref();
            text.write_str(cells.map_or("", |cells| cells.value(at)))
        }
        ArrowDataType::BinaryView => {
            let cells: Option<&BinaryViewArray> = cells.as_any().downcast_ref();
            let cell = cells.map_or(&[][..], |cells| cells.value(at));
            let cell = std::str::from_utf8(cell);
            text.write_str(
                cell.map_err(|_| "the cell has bytes that are no text in UTF-8".to_owned())?,
            )
        }
        ArrowDataType::Boolean => {
            let cells: Option<&BooleanArray> = cells.as_any().downcast_ref();
            write!(text, "{}", cells.is_some_and(|cells| cells.value(at)))
        }
        ArrowDataType::Int8 => write_whole::<i8>(cells, at, text),
        ArrowDataType::Int16 => write_whole::<i16>(cells, at, text),
        ArrowDataType::Int32 => write_whole::<i32>(cells, at, text),
        ArrowDataType::Int64 => write_whole::<i64>(cells, at, text),
        ArrowDataType::UInt8 => write_whole::<u8>(cells, at, text),
        ArrowDataType::UInt16 => write_whole::<u16>(cells, at, text),
        ArrowDataType::UInt32 => write_whole::<u32>(cells, at, text),
        ArrowDataType::UInt64 => write_whole::<u64>(cells, at, text),
        ArrowDataType::Float32 => match value::<f32>(cells, at) {
            // What pandas writes for a number that is missing.
            number if number.is_nan() => Ok(()),
            0.0 => text.write_char('0'),
            number => write!(text, "{number}"),
        },
        ArrowDataType::Float64 => match value::<f64>(cells, at) {
            number if number.is_nan() => Ok(()),
            number => write_number(number, text),
        },
        ArrowDataType::Decimal(_, scale) => write_decimal(value(cells, at), *scale, text),
        ArrowDataType::Date32 => {
            let seconds = i64::from(value::<i32>(cells, at)) * 86_400;
            let day = DateTime::from_timestamp(seconds, 0).ok_or_else(no_day)?;
            write!(text, "{}", day.date_naive())
        }
        ArrowDataType::Date64 => {
            let day = DateTime::from_timestamp_millis(value(cells, at)).ok_or_else(no_day)?;
            write!(text, "{}", day.date_naive())
        }
        ArrowDataType::Time32(unit) => {
            write_time_of_day(value::<i32>(cells, at).into(), *unit, text)
        }
        ArrowDataType::Time64(unit) => write_time_of_day(value(cells, at), *unit, text),
        ArrowDataType::Timestamp(unit, zone) => {
            let time = instant(value(cells, at), *unit).ok_or_else(no_day)?;
            let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            // Without a zone it is no instant, and gets no `Z`.
            text.write_str(match zone {
                Some(_) => &time,
                None => time.trim_end_matches('Z'),
            })
        }
        _ => Ok(()),
    };
    written.expect("memory takes it");
    Ok(())
}

fn no_day() -> String {
    "the time is outside of the calendar".to_owned()
}

fn value<T: NativeType>(cells: &dyn Array, at: usize) -> T {
    let cells: Option<&PrimitiveArray<T>> = cells.as_any().downcast_ref();
    cells.map_or(T::default(), |cells| cells.value(at))
}

fn write_whole<T: NativeType + Display>(
    cells: &dyn Array,
    at: usize,
    text: &mut String,
) -> std::fmt::Result {
    write!(text, "{}", value::<T>(cells, at))
}

/// A number in units of 10 to the power of minus `scale`, without zeros at its end.
fn write_decimal(unscaled: i128, scale: usize, text: &mut String) -> std::fmt::Result {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    match fraction.trim_end_matches('0') {
        "" => write!(text, "{sign}{whole}"),
        fraction => write!(text, "{sign}{whole}.{fraction}"),
    }
}

fn instant(time: i64, unit: TimeUnit) -> Option<DateTime<Utc>> {
    match unit {
        TimeUnit::Second => DateTime::from_timestamp(time, 0),
        TimeUnit::Millisecond => DateTime::from_timestamp_millis(time),
        TimeUnit::Microsecond => DateTime::from_timestamp_micros(time),
        TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(time)),
    }
}

fn write_time_of_day(time: i64, unit: TimeUnit, text: &mut String) -> std::fmt::Result {
    let time: NaiveTime = instant(time, unit).unwrap_or_default().time();
    write!(text, "{time}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Table, people};

    fn of_pyarrow(name: &str) -> Result<Grid, Rejected> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/parquet");
        read(&Path::new(folder).join(name))
    }

    #[test]
    fn types_become_the_text_of_a_csv_file() {
        let grid = of_pyarrow("people.parquet").unwrap();
        let table = Table::new(&grid, &["email"]).unwrap();
        let columns = table.columns().iter().enumerate().map(|(at, name)| {
            let cells = table
                .rows()
                .map(|row| row.unwrap().cell(Some(at)).to_owned());
            format!("{name}: {}", cells.collect::<Vec<_>>().join(" | "))
        });
        assert_eq!(
            columns.collect::<Vec<_>>(),
            [
                "email: ada@example.org | lin@example.org | sam@example.org",
                "team: Engineering / Payments | Engineering / Payments / Ledger | ",
                "active: true | true | false",
                "level: 3 | 4 | ",
                "since: 2021-03-01 | 2024-11-15 | ",
                "seen: 2026-10-13T07:30:00Z |  | 2026-10-13T07:30:00.250Z",
                "noted: 2026-10-13T09:30:00 |  | ",
                "from: 09:00:00 |  | 08:30:00",
                "share: 0.4 | 1 | 0.30000000000000004",
                "small: 0.4 |  | 2",
                "cost: 85.5 | -0.05 | ",
                "code: 007 | 1e5 | 2026-10",
                "bytes: a | é | ",
                "nothing:  |  | ",
            ]
        );
        let lines: Vec<u64> = table.rows().map(|row| row.unwrap().line).collect();
        assert_eq!(lines, [1, 2, 3]);
        assert_eq!(people::read(&grid).unwrap().rows.len(), 3);
    }

    #[test]
    fn what_has_no_text_is_refused_by_its_column() {
        let refused = of_pyarrow("lists.parquet").err().unwrap().to_string();
        assert!(
            refused.ends_with(
                "lists.parquet: tags: the column has cells of the type list; write them as text, or leave the column out\n"
            ),
            "{refused}"
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "email\na@example.org\n").unwrap();
        let refused = read(file.path()).err().unwrap().to_string();
        assert!(refused.contains(": it can't be read: "), "{refused}");
    }

    #[test]
    fn decimals_lose_the_zeros_at_their_end() {
        let written = |number, scale| {
            let mut text = String::new();
            write_decimal(number, scale, &mut text).unwrap();
            text
        };
        assert_eq!(written(8550, 2), "85.5");
        assert_eq!(written(-5, 2), "-0.05");
        assert_eq!(written(300, 2), "3");
        assert_eq!(written(0, 3), "0");
        assert_eq!(written(42, 0), "42");
    }
}
