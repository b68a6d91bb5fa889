//! Plain tables: columns of equal width, two blanks between them.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

/// The table as text, one line a row below the headings.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(headings)
        .add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = [
            vec!["a".to_owned(), "é longer".to_owned(), "1".to_owned()],
            vec!["second".to_owned(), String::new(), "2".to_owned()],
            vec!["日本".to_owned(), String::new(), String::new()],
        ];
        assert_eq!(
            table(&["name", "what", "count"], &rows),
            "name    what      count\n\
             a       é longer  1\n\
             second            2\n\
             日本\n"
        );
    }
}
