//! All tables as one workbook, for people with a spreadsheet program: a sheet a table, and a first
//! sheet that says what is in them.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook,
    Worksheet, XlsxError,
};
use tribometer_findings::Findings;
use tribometer_findings::table::{Cell, Table, Values};

use crate::tables::TABLES;

/// Rows that fit on a sheet below its header.
const MOST_ROWS: usize = 1_048_575;

/// Longer tables go through a temporary file, where there may be one, instead of hundreds of
/// megabytes of memory. They are therefore written row by row.
const MANY_ROWS: usize = 10_000;

/// What fits into a cell, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;

/// Columns are as wide as their longest text, up to so many characters.
const WIDEST: usize = 60;

/// What the first sheet is called.
const CONTENTS: &str = "Contents";

/// The bytes of the workbook.
pub fn write(findings: &Findings) -> Vec<u8> {
    workbook(findings, MOST_ROWS)
        .expect("writing to memory, within what a sheet holds, does not fail")
}

fn workbook(findings: &Findings, most_rows: usize) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new();
    let mut workbook = Workbook::new();
    // Two workbooks of the same findings are the same, so neither says when it was made.
    let never = ExcelDateTime::from_ymd(1980, 1, 1)?;
    let title = format!("{} · {}", findings.survey.title, findings.wave);
    let properties = DocProperties::new();
    workbook.set_properties(&properties.set_title(&title).set_creation_datetime(&never));
    workbook.add_worksheet().set_name(CONTENTS)?;
    let mut listed = Vec::new();
    for definition in &TABLES {
        let table = definition.table(findings);
        let entry = Entry {
            name: table.name,
            title: table.title,
            row: table.row,
            rows: table.rows(),
            fits: table.rows() <= most_rows,
        };
        if entry.fits {
            let mut sheet = if entry.rows > MANY_ROWS {
                workbook.new_worksheet_with_low_memory()
            } else {
                Ok(Worksheet::new())
            }
            .unwrap_or_default();
            sheet.set_name(table.name)?;
            fill(&mut sheet, &table, &styles)?;
            workbook.push_worksheet(sheet);
        }
        listed.push(entry);
    }
    let contents = workbook.worksheet_from_name(CONTENTS)?;
    write_contents(contents, &title, findings, &listed, &styles)?;
    workbook.save_to_buffer()
}

struct Styles {
    title: Format,
    header: Format,
    strong: Format,
    wrapped: Format,
    text: Format,
    whole: Format,
    number: Format,
    share: Format,
    probability: Format,
    date: Format,
}

impl Styles {
    fn new() -> Self {
        let number = |format| Format::new().set_num_format(format);
        let strong = Format::new().set_bold();
        Styles {
            title: strong.clone().set_font_size(16),
            header: strong.clone().set_border_bottom(FormatBorder::Thin),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            // As text, so that a cell that somebody edits does not become a number or a date.
            text: number("@"),
            whole: number("#,##0"),
            number: number("#,##0.00"),
            share: number("0.0%"),
            probability: number("0.0000"),
            date: number("yyyy-mm-dd"),
            strong,
        }
    }

    fn of(&self, values: &Values) -> &Format {
        match values {
            Values::Text(_) | Values::Flag(_) => &self.text,
            Values::Whole(_) => &self.whole,
            Values::Number(_) => &self.number,
            Values::Share(_) => &self.share,
            Values::Probability(_) => &self.probability,
            Values::Date(_) => &self.date,
        }
    }
}

/// A table's line on the first sheet.
struct Entry {
    name: &'static str,
    title: &'static str,
    row: &'static str,
    rows: usize,
    fits: bool,
}

/// A table: its header stays in sight and has filters.
fn fill(sheet: &mut Worksheet, table: &Table, styles: &Styles) -> Result<(), XlsxError> {
    let rows = table.rows() as u32;
    for (at, column) in table.columns.iter().enumerate() {
        let at = at as u16;
        sheet.write_string_with_format(0, at, column.name, &styles.header)?;
        sheet.set_column_width(at, width(column.name, &column.values))?;
    }
    for row in 0..rows {
        for (at, column) in table.columns.iter().enumerate() {
            let cell = column.values.cell(row as usize);
            write_cell(sheet, row + 1, at as u16, cell, styles.of(&column.values))?;
        }
    }
    let last = table.columns.len().saturating_sub(1) as u16;
    sheet.set_freeze_panes(1, 0)?.autofilter(0, 0, rows, last)?;
    // Text that looks like a number is meant: no green corners.
    sheet.ignore_error_range(0, 0, rows, last, IgnoreError::NumberStoredAsText)?;
    sheet.set_repeat_rows(0, 0)?.set_landscape();
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell,
    style: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Absent | Cell::Text("") => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, fitting(text), style)?;
        }
        Cell::Whole(number) => {
            sheet.write_number_with_format(row, column, number, style)?;
        }
        Cell::Number(number) | Cell::Share(number) | Cell::Probability(number) => {
            sheet.write_number_with_format(row, column, number, style)?;
        }
        Cell::Date(date) => {
            let days = (date - SERIAL_ZERO).num_days() as f64;
            sheet.write_number_with_format(row, column, days, style)?;
        }
        Cell::Flag(flag) => {
            let word = if flag { "yes" } else { "no" };
            sheet.write_string_with_format(row, column, word, style)?;
        }
    }
    Ok(())
}

/// Spreadsheets count days from here.
const SERIAL_ZERO: chrono::NaiveDate = match chrono::NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => chrono::NaiveDate::MIN,
};

/// The text, or as much of it as fits into a cell.
fn fitting(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= LONGEST_TEXT || text.encode_utf16().count() <= LONGEST_TEXT {
        return text.into();
    }
    let mut units = 0;
    let kept = text.chars().take_while(|char| {
        units += char.len_utf16();
        units < LONGEST_TEXT
    });
    kept.chain(['…']).collect::<String>().into()
}

/// In characters: of the header with its filter button, or of the longest text.
fn width(name: &str, values: &Values) -> f64 {
    let longest = match values {
        Values::Text(cells) => {
            let texts = cells.iter().flatten();
            texts.map(|text| text.chars().count()).max().unwrap_or(0)
        }
        Values::Date(_) => "2026-10-13".len(),
        _ => "1,234,567".len(),
    };
    longest.max(name.len() + 3).min(WIDEST) as f64 + 1.0
}

/// What is in the workbook, and how to read it.
fn write_contents(
    sheet: &mut Worksheet,
    title: &str,
    findings: &Findings,
    listed: &[Entry],
    styles: &Styles,
) -> Result<(), XlsxError> {
    for (column, width) in [20.0, 22.0, 90.0, 12.0].into_iter().enumerate() {
        sheet.set_column_width(column as u16, width)?;
    }
    sheet.write_string_with_format(0, 0, title, &styles.title)?;
    let mut row = 2;
    for (name, value) in facts(findings) {
        sheet.write_string_with_format(row, 0, name, &styles.strong)?;
        sheet.write_string(row, 1, fitting(&value))?;
        row += 1;
    }
    row += 1;
    for (column, name) in ["Sheet", "Title", "A row is", "Rows"].iter().enumerate() {
        sheet.write_string_with_format(row, column as u16, *name, &styles.header)?;
    }
    for Entry {
        name,
        title,
        row: what,
        rows,
        fits,
    } in listed
    {
        row += 1;
        let what = if *fits {
            let address = format!("internal:'{name}'!A1");
            sheet.write_url_with_text(row, 0, address.as_str(), *name)?;
            what.replace('`', "")
        } else {
            sheet.write_string(row, 0, *name)?;
            format!(
                "{}. More rows than a sheet can hold: take {name}.parquet or {name}.csv instead.",
                what.replace('`', "")
            )
        };
        sheet.write_string(row, 1, *title)?;
        sheet.write_number_with_format(row, 3, *rows as f64, &styles.whole)?;
        sheet.write_string_with_format(row, 2, what, &styles.wrapped)?;
    }
    row += 2;
    sheet.write_string_with_format(row, 0, "How to read it", &styles.strong)?;
    for sentence in how_to_read(findings) {
        row += 1;
        sheet.merge_range(row, 0, row, 3, &sentence, &styles.wrapped)?;
        let lines = sentence.chars().count().div_ceil(165).max(1);
        sheet.set_row_height(row, 15 * lines as u32)?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

fn facts(findings: &Findings) -> Vec<(&'static str, String)> {
    let survey = &findings.survey;
    let mut facts = vec![
        ("Wave", findings.wave.clone()),
        ("Survey", format!("{} ({})", survey.title, survey.id)),
    ];
    if let Some(previous) = &findings.previous {
        facts.push(("Compared with", previous.clone()));
    }
    facts.push((
        "Answered",
        match findings.invited {
            Some(invited) => format!("{} of {invited}", findings.responded),
            None => findings.responded.to_string(),
        },
    ));
    facts.push(("Minimum group", findings.minimum_group.to_string()));
    let months = || findings.metrics.iter().map(|row| row.period_start);
    if let (Some(first), Some(last)) = (months().min(), months().max()) {
        let month = |day: chrono::NaiveDate| day.format("%Y-%m").to_string();
        let months = if first == last {
            month(first)
        } else {
            format!("{} to {}", month(first), month(last))
        };
        facts.push(("Months of metrics", months));
    }
    facts
}

fn how_to_read(findings: &Findings) -> [String; 7] {
    let minimum = findings.minimum_group;
    [
        "Columns called low and high, or ending in _low and _high, are the ends of a 95% interval \
         of the number before them: values that the data do not rule out."
            .to_owned(),
        "Pillars whose ranges from rank_low to rank_high overlap are too close to call.".to_owned(),
        "Shares are shown as percentages. The cells hold 0 to 1, like the CSV files.".to_owned(),
        "p is a p value. q is the false discovery rate within the table.".to_owned(),
        format!(
            "A cell without a value is empty. Numbers of groups with fewer than {minimum} answers \
             are not shown, nor are those that would reveal another group. The column hidden says \
             why."
        ),
        "Text cells are text, whatever they look like. There are no formulas in this workbook."
            .to_owned(),
        "How each number is made: “Methods” at the end of report.html, and docs/methods.md. \
         The columns: docs/file-formats.md."
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_findings_make_the_same_workbook() {
        let findings = Findings::sample();
        assert!(write(&findings) == write(&findings));
    }

    #[test]
    fn a_table_that_is_longer_than_a_sheet_is_left_out() {
        let findings = Findings::sample();
        let whole = write(&findings);
        let short = workbook(&findings, 10).expect("a workbook");
        assert!(short.len() < whole.len());
        // Sheets are files of the archive, whose names stand in it as they are.
        let has = |bytes: &[u8], name: &str| {
            let mut windows = bytes.windows(name.len());
            windows.any(|window| window == name.as_bytes())
        };
        assert!(has(&whole, "xl/worksheets/sheet10.xml"));
        assert!(!has(&short, "xl/worksheets/sheet10.xml"));
    }

    #[test]
    fn a_text_is_cut_where_a_cell_ends() {
        assert_eq!(fitting("short"), "short");
        let long = "🙂".repeat(20_000);
        let cut = fitting(&long);
        assert!(cut.encode_utf16().count() <= LONGEST_TEXT && cut.ends_with("🙂…"));
        let whole = "x".repeat(LONGEST_TEXT);
        assert_eq!(fitting(&whole), whole);
    }
}
