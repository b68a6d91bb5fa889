//! A sheet of an XLSX workbook as rows of text.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use memchr::memmem;
use tribometer_surveys::file::FileName;
use zip::ZipArchive;

use super::file::OLD_WORKBOOK;
use super::grid::{Grid, GridBuilder, address};
use super::table::LONGEST_CELL;
use super::{Problem, Rejected};

/// How much a part of a workbook may unpack to: a small file must not take all memory.
struct Limits {
    bytes: u64,
    /// XML tags, each of which may become an object.
    tags: u64,
    /// Bytes from one tag to the next, which are held in memory together.
    piece: usize,
}

/// A sheet is read piece by piece.
const SHEET: Limits = Limits {
    bytes: 2 << 30,
    tags: u64::MAX,
    piece: LONGEST_CELL,
};
/// The texts of all cells are held in memory, each once.
const TEXTS: Limits = Limits {
    bytes: 512 << 20,
    tags: 24_000_000,
    piece: LONGEST_CELL,
};
/// Everything else: styles, names of sheets, images.
const OTHER: Limits = Limits {
    bytes: 32 << 20,
    tags: 1_000_000,
    piece: usize::MAX,
};
/// The most texts that a workbook may announce.
const MOST_TEXTS: u64 = 16_000_000;
/// The most parts of a workbook.
const MOST_PARTS: usize = 10_000;
/// How much of what was read before is looked at again, for words that are cut in two.
const OVERLAP: usize = 48;

/// The first day after those that a spreadsheet knows, 10000-01-01.
const DAYS: f64 = 2_958_466.0;

/// Reads the sheet named like the `input`, such as `people`, else the first visible one that has
/// something in it.
pub(super) fn read(path: &Path, input: &str) -> Result<Grid, Rejected> {
    let name = path.display().to_string();
    let whole = |message: String| Rejected::from(Problem::of_file(&name, message));
    let unreadable = |cause: &dyn std::fmt::Display| whole(format!("it can't be read: {cause}"));
    let file = File::open(path).map_err(|cause| unreadable(&cause))?;
    let mut start = [0; 4];
    let count = (&file).take(4).read(&mut start);
    match &start[..count.map_err(|cause| unreadable(&cause))?] {
        b"PK\x03\x04" => {}
        OLD_WORKBOOK => {
            let message = "it is protected by a password, or in the format of Excel 97; save it as \
                           .xlsx, without a password";
            return Err(whole(message.to_owned()));
        }
        _ => {
            let message = "it is no workbook; a CSV file's name ends in .csv";
            return Err(whole(message.to_owned()));
        }
    }
    let has_merged_cells = check(&file).map_err(whole)?;
    let workbook = Xlsx::new(BufReader::new(&file));
    let mut workbook = workbook.map_err(|cause| unreadable(&cause))?;
    let sheets = workbook.sheets_metadata().iter();
    let sheets = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let sheets: Vec<(String, SheetVisible)> = sheets
        .map(|sheet| (sheet.name.clone(), sheet.visible))
        .collect();
    if let Some((sheet, _)) = sheets.iter().find(|(sheet, _)| is_called(sheet, input)) {
        return read_sheet(&mut workbook, &name, sheet, has_merged_cells);
    }
    for (sheet, visible) in &sheets {
        if *visible == SheetVisible::Visible {
            let grid = read_sheet(&mut workbook, &name, sheet, has_merged_cells)?;
            if !grid.columns().is_empty() {
                return Ok(grid);
            }
        }
    }
    Err(whole("no sheet has anything in it".to_owned()))
}

/// `Pull requests` and `pull-requests` are called `pull_requests`.
fn is_called(sheet: &str, input: &str) -> bool {
    let plain = sheet.trim().replace([' ', '-'], "_");
    plain.eq_ignore_ascii_case(input)
}

fn read_sheet<R: Read + std::io::Seek>(
    workbook: &mut Xlsx<R>,
    file: &str,
    sheet: &str,
    has_merged_cells: bool,
) -> Result<Grid, Rejected> {
    let name = FileName::of_sheet(file, sheet);
    let unreadable = |cause: XlsxError| {
        Rejected::from(Problem::of_file(
            &name,
            format!("it can't be read: {cause}"),
        ))
    };
    let merged = if has_merged_cells {
        workbook.merge_cells_by_sheet_name(sheet).map(Some)
    } else {
        Ok(None)
    };
    let merged = merged.map_err(unreadable)?.unwrap_or_default();
    let merged: Vec<_> = merged
        .into_iter()
        .filter(|region| region.start != region.end)
        .collect();
    let corners: HashSet<(u32, u32)> = merged.iter().map(|region| region.start).collect();

    let mut builder = GridBuilder::new(name.clone());
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let mut text = String::new();
    let mut last = None;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        if last.is_some_and(|last| (row, column) <= last) {
            let message = format!(
                "the cell {} is out of order; save the workbook anew",
                address(row + 1, column as usize)
            );
            return Err(Problem::of_file(&name, message).into());
        }
        last = Some((row, column));
        let (line, column) = (row + 1, column as usize);
        text.clear();
        if let Err(message) = write_cell(cell.get_value(), &mut text) {
            builder.complain(line, column, &text, message);
            continue;
        }
        if text.is_empty() {
            continue;
        }
        builder.push(line, column, &text)?;
        if corners.contains(&cell.get_position())
            && let Some(region) = merged
                .iter()
                .find(|region| region.start == cell.get_position())
        {
            let (end_row, end_column) = region.end;
            let message = format!(
                "the cells {} to {} are merged, so only the first has the value; unmerge them and \
                 fill in each",
                address(line, column),
                address(end_row + 1, end_column as usize)
            );
            builder.complain(line, column, &text, message);
        }
    }
    builder.finish()
}

/// What a CSV file would have in a cell; an error says what to do about it.
fn write_cell(cell: &DataRef<'_>, text: &mut String) -> Result<(), String> {
    let written = match cell {
        DataRef::Empty => Ok(()),
        DataRef::String(cell) => text.write_str(cell),
        DataRef::SharedString(cell) => text.write_str(cell),
        DataRef::Bool(cell) => write!(text, "{cell}"),
        DataRef::Int(number) => write!(text, "{number}"),
        DataRef::Float(number) => write_number(*number, text),
        DataRef::DateTime(time) => return write_time(time, text),
        DataRef::DateTimeIso(time) => {
            let day = time
                .split_once('T')
                .filter(|(_, time)| time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.')));
            text.write_str(day.map_or(time, |(day, _)| day))
        }
        DataRef::DurationIso(time) => text.write_str(time),
        DataRef::Error(error) => {
            let written = write!(text, "{error}");
            written.expect("memory takes it");
            return Err("the cell is an error; mend its formula, or clear it".to_owned());
        }
    };
    written.expect("memory takes it");
    Ok(())
}

/// The shortest digits that make the number again, and whole numbers without a fraction.
pub(super) fn write_number(number: f64, text: &mut String) -> std::fmt::Result {
    match number {
        0.0 => text.write_char('0'),
        number => write!(text, "{number}"),
    }
}

/// A day, a time of day, both, or a duration: a spreadsheet has days since its epoch, and shows them
/// by the cell's format. It knows no time zone.
fn write_time(time: &ExcelDateTime, text: &mut String) -> Result<(), String> {
    let days = time.as_f64();
    let written = if time.is_duration() && days.abs() < DAYS {
        let millis = (days.abs() * 86_400_000.0).round() as u64;
        let sign = if days < 0.0 { "-" } else { "" };
        let (seconds, millis) = (millis / 1000, millis % 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let written = write!(text, "{sign}{hours:02}:{minutes:02}:{:02}", seconds % 60);
        written.and_then(|()| write_millis(millis as u16, text))
    } else if (0.0..DAYS).contains(&days) {
        let (year, month, day, hour, minute, second, millis) = time.to_ymd_hms_milli();
        let is_midnight = (hour, minute, second, millis) == (0, 0, 0, 0);
        let day = (days >= 1.0).then(|| write!(text, "{year:04}-{month:02}-{day:02}"));
        if is_midnight && day.is_some() {
            Ok(())
        } else {
            let separator = if day.is_some() { "T" } else { "" };
            let written = write!(text, "{separator}{hour:02}:{minute:02}:{second:02}");
            written.and_then(|()| write_millis(millis, text))
        }
    } else {
        let written = write_number(days, text);
        written.expect("memory takes it");
        return Err("the number is formatted as a date, and is none".to_owned());
    };
    written.expect("memory takes it");
    Ok(())
}

fn write_millis(millis: u16, text: &mut String) -> std::fmt::Result {
    match millis {
        0 => Ok(()),
        millis => write!(text, ".{millis:03}"),
    }
}

/// Unpacks everything once and keeps nothing, to see that it fits into memory. Returns whether there
/// are merged cells somewhere.
fn check(file: &File) -> Result<bool, String> {
    let damaged = |cause: &dyn std::fmt::Display| {
        format!("it is no workbook, or a damaged one ({cause}); save it as .xlsx anew")
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|cause| damaged(&cause))?;
    if archive.len() > MOST_PARTS {
        return Err(format!(
            "it has {} parts; at most {MOST_PARTS} are read. Is it a workbook?",
            archive.len()
        ));
    }
    let has = |archive: &ZipArchive<_>, part: &str| archive.index_for_name(part).is_some();
    if has(&archive, "xl/workbook.bin") {
        return Err("it is a binary workbook (.xlsb); save it as .xlsx".to_owned());
    }
    if has(&archive, "mimetype") {
        return Err("it is an OpenDocument file (.ods); save it as .xlsx".to_owned());
    }
    if !archive
        .file_names()
        .flatten()
        .any(|name| name.starts_with("xl/"))
    {
        return Err(
            "it is another zip archive than a workbook; save the table as .xlsx".to_owned(),
        );
    }
    let mut has_merged_cells = false;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|cause| damaged(&cause))?;
        let name = part.name().map_err(|cause| damaged(&cause))?;
        let name = name.to_ascii_lowercase();
        let limits = if name.contains("worksheets/") {
            SHEET
        } else if name.ends_with("sharedstrings.xml") {
            TEXTS
        } else {
            OTHER
        };
        has_merged_cells |= check_part(&mut part, &limits).map_err(|fault| match fault {
            Fault::TooMuch => format!(
                "its part {name} is too large to be held in memory; hand the table in as CSV or \
                 Parquet"
            ),
            Fault::Damaged(cause) => damaged(&cause),
        })?;
    }
    Ok(has_merged_cells)
}

enum Fault {
    TooMuch,
    Damaged(std::io::Error),
}

fn check_part(part: &mut impl Read, limits: &Limits) -> Result<bool, Fault> {
    const SIZE: usize = 1 << 16;
    let mut buffer = vec![0; OVERLAP + SIZE];
    let (mut bytes, mut tags, mut piece, mut kept) = (0, 0, 0, 0);
    let mut has_merged_cells = false;
    loop {
        let count = part.read(&mut buffer[kept..kept + SIZE]);
        let count = count.map_err(Fault::Damaged)?;
        if count == 0 {
            return Ok(has_merged_cells);
        }
        let new = &buffer[kept..kept + count];
        let mut start = 0;
        let mut longest = 0;
        for tag in memchr::memchr_iter(b'<', new) {
            longest = longest.max(piece + tag - start);
            (piece, start) = (0, tag);
            tags += 1;
        }
        piece += count - start;
        bytes += count as u64;
        let seen = &buffer[..kept + count];
        if bytes > limits.bytes
            || tags > limits.tags
            || longest.max(piece) > limits.piece
            || announced(seen) > MOST_TEXTS
        {
            return Err(Fault::TooMuch);
        }
        has_merged_cells |= memmem::find(seen, b"mergeCell ").is_some();
        let end = kept + count;
        let begin = end.saturating_sub(OVERLAP);
        buffer.copy_within(begin..end, 0);
        kept = end - begin;
    }
}

/// The most texts that an attribute speaks of, for which memory is set aside before one is read.
fn announced(xml: &[u8]) -> u64 {
    const ATTRIBUTE: &[u8] = b"uniqueCount";
    let counts = memmem::find_iter(xml, ATTRIBUTE).map(|at| {
        let rest = &xml[at + ATTRIBUTE.len()..];
        let digits = rest.iter().skip_while(|byte| !byte.is_ascii_digit());
        let digits = digits.take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    });
    counts.max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
