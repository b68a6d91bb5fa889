use std::io::Write;

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::files::{File as Table, Table as Rows};
use crate::files::{Text, metrics, open_table, people};
use crate::groups::Tree;

/// A folder with a file in it.
fn folder(name: &str, bytes: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

fn open(name: &str, bytes: &[u8]) -> Result<Table, String> {
    let folder = folder(name, bytes);
    let opened = open_table(&folder.path().join(name), "people");
    let place = format!("{}/", folder.path().display());
    opened.map_err(|rejected| {
        rejected
            .to_string()
            .replace(&place, "")
            .trim_end()
            .to_owned()
    })
}

/// Names of columns, and rows with their lines.
fn rows(file: &Table) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
    let table = Rows::new(file, &[]).unwrap();
    let rows = table.rows().map(|row| {
        let row = row.unwrap();
        (row.line, row.cells().map(str::to_owned).collect())
    });
    (table.columns().to_vec(), rows.collect())
}

fn save(mut sheets: Vec<Worksheet>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for sheet in sheets.drain(..) {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer().unwrap()
}

/// A sheet of texts.
fn sheet(name: &str, rows: &[&[&str]]) -> Worksheet {
    let mut sheet = Worksheet::new();
    sheet.set_name(name).unwrap();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            if !cell.is_empty() {
                sheet
                    .write_string(row as u32, column as u16, *cell)
                    .unwrap();
            }
        }
    }
    sheet
}

/// A workbook whose only sheet has this XML; `extra` are more parts of it.
fn raw(sheet: &str, properties: &str, extra: &[(&str, &str)]) -> Vec<u8> {
    let workbook = format!(
        r#"<workbook xmlns:r="r"><workbookPr {properties}/><sheets><sheet name="one" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let sheet = format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>");
    let styles = r#"<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    let relations = r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>"#;
    let package = r#"<Relationships><Relationship Id="rId1" Target="xl/workbook.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>"#;
    let parts = [
        ("_rels/.rels", package),
        ("xl/workbook.xml", workbook.as_str()),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/styles.xml", styles),
        ("xl/_rels/workbook.xml.rels", relations),
    ];
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts.iter().chain(extra) {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn cells_are_what_a_csv_file_would_have() {
    let mut sheet = Worksheet::new();
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let minute = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let hour = Format::new().set_num_format("hh:mm");
    let duration = Format::new().set_num_format("[h]:mm");
    let share = Format::new().set_num_format("0%");
    let moment = ExcelDateTime::from_ymd(2026, 10, 13).unwrap();
    sheet.write_string(0, 0, "what").unwrap();
    sheet.write_string(0, 1, "cell").unwrap();
    for (row, text) in ["007", "1e5", "2026-10", "TRUE", "_x0041_", "=1+1", " a\nb "]
        .iter()
        .enumerate()
    {
        sheet.write_string(row as u32 + 1, 1, *text).unwrap();
    }
    sheet.write_number(8, 1, 3).unwrap();
    sheet.write_number(9, 1, 0.1 + 0.2).unwrap();
    sheet.write_number(10, 1, 123_456_789_012_345.0).unwrap();
    sheet.write_number_with_format(11, 1, 0.4, &share).unwrap();
    sheet.write_boolean(12, 1, true).unwrap();
    sheet
        .write_datetime_with_format(13, 1, &moment, &day)
        .unwrap();
    let moment = moment.and_hms(9, 30, 0.0).unwrap();
    sheet
        .write_datetime_with_format(14, 1, &moment, &minute)
        .unwrap();
    let moment = moment.and_hms(9, 30, 5.25).unwrap();
    sheet
        .write_datetime_with_format(15, 1, &moment, &minute)
        .unwrap();
    sheet.write_number_with_format(16, 1, 0.75, &hour).unwrap();
    sheet
        .write_number_with_format(17, 1, 1.5, &duration)
        .unwrap();
    let formula = Formula::new("=1+2").set_result("3");
    sheet.write_formula(18, 1, formula).unwrap();
    let formula = Formula::new("=\"a\"&\"b\"").set_result("ab");
    sheet.write_formula(19, 1, formula).unwrap();
    let file = open("one.xlsx", &save(vec![sheet])).unwrap();
    let (_, rows) = rows(&file);
    let cells: Vec<&str> = rows.iter().map(|(_, row)| row[1].as_str()).collect();
    let expected = [
        "007",
        "1e5",
        "2026-10",
        "TRUE",
        "_x0041_",
        "=1+1",
        " a\nb ",
        "3",
        "0.30000000000000004",
        "123456789012345",
        "0.4",
        "true",
        "2026-10-13",
        "2026-10-13T09:30:00",
        "2026-10-13T09:30:05.250",
        "18:00:00",
        "36:00:00",
        "3",
        "ab",
    ];
    assert_eq!(cells, expected);
}

#[test]
fn days_count_from_the_epoch_that_the_workbook_names() {
    let cell = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>day</t></is></c></row>
        <row r="2"><c r="A2" s="1"><v>44846</v></c></row>"#;
    for (properties, day) in [("", "2022-10-12"), (r#"date1904="1""#, "2026-10-13")] {
        let file = open("one.xlsx", &raw(cell, properties, &[])).unwrap();
        assert_eq!(rows(&file).1, [(2, vec![day.to_owned()])], "{properties}");
    }
    let negative = cell.replace("44846", "-1");
    let refused = open("one.xlsx", &raw(&negative, "", &[])).err();
    let expected =
        "one.xlsx, sheet `one`, row 2: day: `-1`: the number is formatted as a date, and is none";
    assert_eq!(refused.as_deref(), Some(expected));
}

#[test]
fn the_sheet_named_like_the_input_is_read_else_the_first_with_something_in_it() {
    let read = |sheets| rows(&open("one.xlsx", &save(sheets)).unwrap()).1;
    let contents = || sheet("Contents", &[&["What this is"], &["x"]]);
    let of_people = || sheet("People", &[&["email"], &["a@example.org"]]);
    let expected = [(2, vec!["a@example.org".to_owned()])];
    assert_eq!(read(vec![contents(), of_people()]), expected);
    let mut hidden = contents();
    hidden.set_hidden(true);
    let other = sheet("Tabelle1", &[&["email"], &["a@example.org"]]);
    assert_eq!(read(vec![sheet("Empty", &[]), hidden, other]), expected);
    let refused = open("one.xlsx", &save(vec![sheet("a", &[]), sheet("b", &[])])).err();
    assert_eq!(
        refused.as_deref(),
        Some("one.xlsx: no sheet has anything in it")
    );
}

#[test]
fn problems_name_the_sheet_and_the_row_that_it_shows() {
    let mut people = sheet(
        "people",
        &[
            &[],
            &["", "email", "", "team"],
            &["", "ada@example.org", "", "E"],
            &[],
            &["", "lin", "", "E // X"],
            &["", " "],
        ],
    );
    let gray = Format::new().set_bold();
    people.write_blank(900, 7, &gray).unwrap();
    people.set_row_hidden(4).unwrap();
    let file = open("people.xlsx", &save(vec![people])).unwrap();
    let refused = people::read(&file).unwrap_err();
    let problems: Vec<String> = (refused.problems.iter())
        .map(|problem| {
            format!(
                "{:?} {:?} {:?}",
                problem.sheet, problem.line, problem.column
            )
        })
        .collect();
    assert_eq!(
        problems,
        [
            r#"Some("people") Some(5) Some("email")"#,
            r#"Some("people") Some(5) Some("team")"#,
        ]
    );
    let said = refused.to_string();
    assert!(
        said.contains("people.xlsx, sheet `people`, row 5: email: `lin`: expected an e-mail"),
        "{said}"
    );
    let missing = sheet("people", &[&[], &["name"], &["Ada"]]);
    let file = open("people.xlsx", &save(vec![missing])).unwrap();
    let refused = people::read(&file).unwrap_err().to_string();
    assert!(
        refused.ends_with(
            "people.xlsx, sheet `people`, row 2: there is no column `email`; the columns are `name`\n"
        ),
        "{refused}"
    );
    let nameless = sheet("people", &[&["email", "", "team"], &["a", "b", "c"]]);
    let file = open("people.xlsx", &save(vec![nameless])).unwrap();
    let refused = people::read(&file).unwrap_err().to_string();
    assert!(refused.contains("column B has no name"), "{refused}");
}

#[test]
fn errors_and_merged_cells_are_refused_with_their_place() {
    let mut people = sheet("people", &[&["email", "team"]]);
    people.write_string(1, 0, "a@example.org").unwrap();
    let formula = Formula::new("=#REF!").set_result("#REF!");
    people.write_formula(1, 1, formula).unwrap();
    people.write_string(2, 0, "b@example.org").unwrap();
    let plain = Format::new();
    people.merge_range(2, 1, 4, 1, "E", &plain).unwrap();
    // Nothing is lost by merging empty cells.
    people.merge_range(6, 0, 7, 1, "", &plain).unwrap();
    let refused = open("people.xlsx", &save(vec![people])).err().unwrap();
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(
        lines,
        [
            "people.xlsx, sheet `people`, row 2: team: `#REF!`: the cell is an error; mend its formula, or clear it",
            "people.xlsx, sheet `people`, row 3: team: `E`: the cells B3 to B5 are merged, so only the first has the value; unmerge them and fill in each",
        ]
    );
}

#[test]
fn what_is_no_workbook_says_what_to_do() {
    let refused = |name: &str, bytes: &[u8]| open(name, bytes).err().unwrap();
    let people = save(vec![sheet("people", &[&["email"]])]);
    for (name, bytes, expected) in [
        (
            "a.xls",
            OLD,
            "a.xls: files that end in .xls are not read; save it as .xlsx, or export it as CSV",
        ),
        (
            "a.XLSM",
            &people,
            "a.XLSM: files that end in .xlsm are not read; save it as .xlsx, or export it as CSV",
        ),
        (
            "a.xlsx",
            OLD,
            "a.xlsx: it is protected by a password, or in the format of Excel 97; save it as .xlsx, without a password",
        ),
        (
            "a.csv",
            OLD,
            "a.csv: it is a workbook in an old format, not CSV; save it as .xlsx",
        ),
        (
            "a.csv",
            &people,
            "a.csv: it is a workbook or another zip archive, not CSV; a workbook's name ends in .xlsx",
        ),
        (
            "a.csv",
            b"PAR1\0",
            "a.csv: it is a Parquet file, not CSV; name it .parquet",
        ),
        (
            "a.xlsx",
            b"email\na\n",
            "a.xlsx: it is no workbook; a CSV file's name ends in .csv",
        ),
    ] {
        assert_eq!(refused(name, bytes), expected);
    }
    let ods = raw(
        "",
        "",
        &[("mimetype", "application/vnd.oasis.opendocument.spreadsheet")],
    );
    assert_eq!(
        refused("a.xlsx", &ods),
        "a.xlsx: it is an OpenDocument file (.ods); save it as .xlsx"
    );
    let cut = &people[..people.len() / 2];
    assert!(refused("a.xlsx", cut).contains("a damaged one"));
}

const OLD: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

#[test]
fn a_small_file_cannot_become_a_large_one() {
    let refused = |bytes: &[u8]| open("a.xlsx", bytes).err().unwrap();
    let long = format!(
        r#"<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>"#,
        "x".repeat(2 << 20)
    );
    let said = refused(&raw(&long, "", &[]));
    assert!(
        said.starts_with("a.xlsx: its part xl/worksheets/sheet1.xml is too large to be held"),
        "{said}"
    );
    let announced = r#"<sst uniqueCount="999999999999"></sst>"#;
    let said = refused(&raw("", "", &[("xl/sharedStrings.xml", announced)]));
    assert!(said.contains("xl/sharedstrings.xml is too large"), "{said}");
    let wide = r#"<row r="1"><c r="XFD1"><v>1</v></c></row>"#;
    assert_eq!(
        refused(&raw(wide, "", &[])),
        "a.xlsx, sheet `one`, row 1: there is something in column XFD; at most 1000 columns are read. Is it the right file?"
    );
    let limits = Limits {
        bytes: 1 << 20,
        tags: 1000,
        piece: 1 << 16,
    };
    let part = |text: &str, times| check_part(&mut text.repeat(times).as_bytes(), &limits);
    assert!(matches!(part("<si/>", 1000), Ok(false)));
    assert!(matches!(part("<si/>", 1001), Err(Fault::TooMuch)));
    assert!(matches!(part("x", 1 << 16), Ok(false)));
    assert!(matches!(part("x", (1 << 16) + 1), Err(Fault::TooMuch)));
    let spaced = format!("<si>{}", "x".repeat((1 << 14) - 4));
    assert!(matches!(part(&spaced, 64), Ok(false)));
    assert!(matches!(part(&spaced, 65), Err(Fault::TooMuch)));
    assert!(matches!(
        check_part(&mut &b"<mergeCell ref"[..], &limits),
        Ok(true)
    ));
}

/// A workbook that another program wrote.
fn of_others(name: &str, input: &str) -> Table {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/workbooks");
    open_table(&Path::new(folder).join(name), input).unwrap()
}

#[test]
fn workbooks_of_other_programs_are_read() {
    let (columns, rows_of_people) = rows(&of_others("people.xlsx", "people"));
    let names = ["email", "team", "active", "level", "since", "share", "code"];
    assert_eq!(columns, names);
    let cells: Vec<String> = (rows_of_people.iter())
        .map(|(line, cells)| format!("{line}: {}", cells.join(" | ")))
        .collect();
    assert_eq!(
        cells,
        [
            "2: ada@example.org | Engineering / Payments | true | 3 | 2021-03-01 | 0.4 | 007",
            "3: lin@example.org | Engineering / Payments / Ledger | true | 4 | 2024-11-15T09:30:00 | 1 | 1e5",
            "4: sam@example.org |  | false |  |  | 0.3 | 2026-10",
        ]
    );
    let metrics = of_others("metrics.xlsx", "metrics");
    let tree = Tree::new(["Engineering / Payments"]);
    let csv = "metric,team,period_start,period_end,value,n\n\
        ai.active_share,Engineering / Payments,2026-07-01,2026-10-01,0.4,12\n\
        focus.block_hours,,2026-07-01,2026-10-01,9.5,40\n";
    let text = Text::new("metrics.csv", csv.into()).unwrap();
    let expected = metrics::read(&text, &[], &tree).unwrap();
    assert_eq!(metrics::read(&metrics, &[], &tree).unwrap(), expected);
}

/// Texts that a cell may hold: XML knows no other control characters.
fn texts() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        "[ -~]{0,8}",
        "[a-zé🙂\n\t,;\"'<&>_x0-9]{0,8}",
        Just("_x005F_".to_owned()),
        Just("2026-10-13".to_owned()),
    ];
    proptest::collection::vec(proptest::collection::vec(cell, 3), 0..20)
}

proptest! {
    #[test]
    fn a_workbook_is_read_as_its_csv_file_is(cells in texts()) {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let mut sheet = sheet("people", &[&["one", "two", "three"]]);
        csv.write_record(["one", "two", "three"]).unwrap();
        for (row, texts) in cells.iter().enumerate() {
            csv.write_record(texts).unwrap();
            for (column, text) in texts.iter().enumerate() {
                sheet.write_string(row as u32 + 1, column as u16, text).unwrap();
            }
        }
        let text = Text::new("a.csv", csv.into_inner().unwrap()).unwrap();
        let plain = |file: &Table| {
            let rows = rows(file).1.into_iter();
            let trimmed = |cells: Vec<String>| cells.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
            rows.map(|(_, cells)| trimmed(cells)).collect::<Vec<_>>()
        };
        let workbook = open("a.xlsx", &save(vec![sheet])).unwrap();
        prop_assert_eq!(plain(&workbook), plain(&Table::Csv(text)));
    }

    #[test]
    fn no_sheet_brings_the_reader_down(xml in "(<(row|c|v|f|is|t)( r=\"[A-Z]{0,3}[0-9]{0,8}\")?( t=\"(s|b|e|n|d|str|inlineStr)\")?( s=\"[0-9]\")?>|</(row|c|v|is|t)>|[0-9.eE-]{1,6}|#REF!|&amp;|&#0;){0,40}") {
        let _ = open("a.xlsx", &raw(&xml, "", &[]));
    }
}
