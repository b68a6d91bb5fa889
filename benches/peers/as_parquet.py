"""Writes every CSV file of a folder as Parquet beside it: python as_parquet.py FOLDER"""

import pathlib
import sys

import duckdb

db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.csv")):
    times = db.execute(f"SELECT * FROM read_csv('{file}', all_varchar = true) LIMIT 0").description
    times = {name[0]: "TIMESTAMPTZ" for name in times if name[0].endswith("_at")}
    # Everything else as DuckDB finds it: numbers in columns of numbers, text elsewhere.
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in times.items())
    db.execute(
        f"COPY (FROM read_csv('{file}', types = {{{types}}}, sample_size = -1)) "
        f"TO '{file.with_suffix('.parquet')}' (FORMAT parquet, COMPRESSION zstd)"
    )
    print(file.with_suffix(".parquet"))
