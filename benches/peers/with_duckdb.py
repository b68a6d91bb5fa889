"""The same table as crates/analytics/examples/peer.rs, by DuckDB: python with_duckdb.py FOLDER > table.csv"""

import sys

import duckdb

folder = sys.argv[1]
db = duckdb.connect()
header = db.execute(f"SELECT * FROM read_csv('{folder}/responses.csv', all_varchar = true) LIMIT 0").description
columns = [column[0] for column in header]
first, last = columns.index("location") + 1, columns.index("priorities")
items = ", ".join(f'"{column}"' for column in columns[first:last])
db.execute(
    f"""
    COPY (
        WITH people AS (SELECT team, github FROM read_csv('{folder}/people.csv', all_varchar = true)),
        ratings AS (
            UNPIVOT (SELECT team, {items} FROM read_csv('{folder}/responses.csv', all_varchar = true))
            ON {items} INTO NAME item VALUE rating
        ),
        scores AS (
            SELECT team, item, count(*) AS n, avg(CASE WHEN rating IN ('4', '5') THEN 1.0 ELSE 0.0 END) AS favorable
            FROM ratings WHERE rating IN ('1', '2', '3', '4', '5') GROUP BY team, item
        ),
        hours AS (
            SELECT people.team,
                   epoch(merged_at - least(created_at, coalesce(first_commit_at, created_at))) / 3600 AS hours
            FROM read_csv('{folder}/pull_requests.csv', types = {{
                'first_commit_at': 'TIMESTAMPTZ', 'created_at': 'TIMESTAMPTZ', 'merged_at': 'TIMESTAMPTZ'
            }}) AS pull_requests
            JOIN people ON people.github = pull_requests.author
            WHERE merged_at IS NOT NULL
        ),
        times AS (SELECT team, quantile_cont(hours, 0.5) AS cycle_time FROM hours WHERE hours >= 0 GROUP BY team)
        SELECT team, item, n, favorable, cycle_time FROM scores JOIN times USING (team)
    ) TO '/dev/stdout' (FORMAT csv, HEADER)
    """
)
