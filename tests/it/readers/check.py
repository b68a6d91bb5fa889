"""Opens the tables of folders as their readers do, and compares every cell with expected.json.

usage: check.py FOLDER…
"""

import datetime
import json
import math
import pathlib
import sys

import duckdb
import openpyxl
import pandas
import polars

TEXT = ("text", "flag")


def in_csv(kind, cell):
    """A text that a spreadsheet would take for a formula has an apostrophe in front."""
    if kind == "text" and cell and cell[0] in "=+-@\t\r":
        return "'" + cell
    return cell


def plain(cell):
    """One spelling of what readers call absent, a day or a number."""
    if cell is None or cell is pandas.NaT or cell == "":
        return None
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return cell


def compare(reader, table, expected, columns, cell_of=lambda kind, cell: cell):
    names = [column["name"] for column in expected]
    assert list(columns) == names, f"{reader}: {table}: {list(columns)} instead of {names}"
    for column in expected:
        name, kind = column["name"], column["kind"]
        wanted = [plain(cell_of(kind, cell)) for cell in column["cells"]]
        found = [plain(cell) for cell in columns[name]]
        assert len(found) == len(wanted), f"{reader}: {table}: {len(found)} rows"
        for row, (one, other) in enumerate(zip(found, wanted), start=1):
            same = one == other and isinstance(one, str) == isinstance(other, str)
            assert same, f"{reader}: {table}.{name}, row {row}: {one!r} instead of {other!r}"


def by_pandas(path, expected):
    texts = {column["name"]: str for column in expected if column["kind"] in TEXT}
    frame = pandas.read_csv(
        path, dtype=texts, keep_default_na=False, na_values=[""], float_precision="round_trip"
    )
    return {name: frame[name].astype(object).tolist() for name in frame}


def by_duckdb(path, expected):
    texts = {column["name"]: "VARCHAR" for column in expected if column["kind"] in TEXT}
    found = duckdb.read_csv(str(path), header=True, sample_size=-1, dtype=texts)
    rows = found.fetchall()
    return {name: [row[at] for row in rows] for at, name in enumerate(found.columns)}


def by_polars(path, expected):
    texts = {column["name"]: polars.String for column in expected if column["kind"] in TEXT}
    frame = polars.read_csv(
        path, schema_overrides=texts, infer_schema_length=None, try_parse_dates=True
    )
    return {name: frame[name].to_list() for name in frame.columns}


def in_parquet(kind, cell):
    return cell == "yes" if kind == "flag" and cell is not None else cell


def parquet_by_pandas(path):
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    return {name: frame[name].array._pa_array.to_pylist() for name in frame}


def parquet_by_duckdb(path):
    found = duckdb.read_parquet(str(path))
    rows = found.fetchall()
    return {name: [row[at] for row in rows] for at, name in enumerate(found.columns)}


def parquet_by_polars(path):
    frame = polars.read_parquet(path)
    return {name: frame[name].to_list() for name in frame.columns}


def by_openpyxl(sheet):
    header, *rows = sheet.iter_rows(values_only=True)
    return {name: [row[at] for row in rows] for at, name in enumerate(header)}


def main(folder):
    tables = json.loads((folder / "expected.json").read_text())
    tables = {table["name"]: table["columns"] for table in tables}
    for table, expected in tables.items():
        path = folder / f"{table}.csv"
        for reader in (by_pandas, by_duckdb, by_polars):
            compare(reader.__name__, table, expected, reader(path, expected), in_csv)
        path = folder / f"{table}.parquet"
        for reader in (parquet_by_pandas, parquet_by_duckdb, parquet_by_polars):
            compare(reader.__name__, table, expected, reader(path), in_parquet)
    workbook = openpyxl.load_workbook(folder / "tribometer.xlsx")
    assert workbook.sheetnames == ["Contents", *tables], workbook.sheetnames
    frames = pandas.read_excel(
        folder / "tribometer.xlsx", sheet_name=None, keep_default_na=False, na_values=[""]
    )
    for table, expected in tables.items():
        sheet = workbook[table]
        compare("openpyxl", table, expected, by_openpyxl(sheet))
        assert list(frames[table]) == [column["name"] for column in expected]
        assert len(frames[table]) == len(expected[0]["cells"])
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref, f"{table}: its header"
        formulas = [cell for row in sheet for cell in row if cell.data_type == "f"]
        assert not formulas, f"{table}: {formulas}"
        for at, column in enumerate(expected, start=1):
            shown = sheet.cell(2, at).number_format
            is_percent = column["kind"] == "share" and column["cells"][:1] not in ([], [None])
            assert not is_percent or shown == "0.0%", f"{table}.{column['name']}: {shown}"


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        main(pathlib.Path(folder))
