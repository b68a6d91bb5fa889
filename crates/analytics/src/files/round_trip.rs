//! What the reports write is read back the same from every format.

use std::path::Path;

use tribometer_findings::Findings;
use tribometer_findings::table::{Column, Table, Values};
use tribometer_reports::files::{CSV, Format};
use tribometer_reports::tables::TABLES;

use super::{File, open_table};
use crate::parquet;

/// The header and the rows of a file.
fn rows(path: &Path, name: &str) -> Vec<Vec<String>> {
    let file: File = open_table(path, name).unwrap();
    let table = super::Table::new(&file, &[]).unwrap();
    let rows = table.rows().map(|row| {
        let row = row.unwrap();
        row.cells().map(str::to_owned).collect()
    });
    [table.columns().to_vec()].into_iter().chain(rows).collect()
}

/// Parquet knows yes and no, for which the other formats have words.
fn in_words(column: &Column, cell: &str) -> String {
    match (&column.values, cell) {
        (Values::Flag(_), "true") => "yes".to_owned(),
        (Values::Flag(_), "false") => "no".to_owned(),
        _ => cell.to_owned(),
    }
}

#[test]
fn tables_are_the_same_from_csv_parquet_and_xlsx() {
    let findings = Findings::sample();
    let folder = tempfile::tempdir().unwrap();
    let workbook = folder.path().join("tribometer.xlsx");
    let (Format::Tables(csv), [_, in_one]) = (CSV, tribometer_reports::files::FORMATS) else {
        panic!("CSV is a format of tables")
    };
    let in_one = tribometer_reports::files::File::all(&[in_one]);
    std::fs::write(&workbook, in_one[0].render(&findings)).unwrap();
    for definition in &TABLES {
        let table: Table = definition.table(&findings);
        let name = definition.name;
        let write = |ending: &str, bytes: Vec<u8>| {
            let path = folder.path().join(format!("{name}.{ending}"));
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let expected = rows(&write("csv", (csv.write)(&table)), name);
        assert_eq!(rows(&workbook, name), expected, "{name}.xlsx");
        let mut found = rows(&write("parquet", parquet::write(&table)), name);
        for row in &mut found[1..] {
            for (column, cell) in table.columns.iter().zip(row) {
                *cell = in_words(column, cell);
            }
        }
        assert_eq!(found, expected, "{name}.parquet");
    }
}
