"""Writes 5,000,000 pull requests and 20,000,000 CI runs of the people of FOLDER/people.csv, whose logins are dev0, dev1, …, to
FOLDER/many_pull_requests.parquet and FOLDER/many_ci_runs.parquet: python records.py FOLDER [THOUSANDTHS]

The same arguments give the same files. With THOUSANDTHS, such a share of both."""

import sys

import duckdb

folder, share = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
pull_requests, ci_runs, commits = (count * share // 1000 for count in (5_000_000, 20_000_000, 12_000_000))
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
people = db.execute(f"SELECT count(*) FROM read_csv('{folder}/people.csv', all_varchar = true)").fetchone()[0]
db.execute(
    # A number from 0 below `n` that belongs to a row and a purpose.
    "CREATE MACRO pick(row, purpose, n) AS (hash(row * 64 + purpose) % n)::BIGINT"
)
db.execute(
    "CREATE MACRO after(since, row, purpose, minutes) AS since + to_seconds(pick(row, purpose, 60 * minutes))"
)
start = "TIMESTAMPTZ '2026-01-01 00:00:00+00'"
db.execute(
    f"""
    COPY (
        WITH begun AS (
            SELECT range AS i, after({start}, range, 0, 60 * 24 * 270) AS first_commit_at
            FROM range({pull_requests})
        ),
        created AS (SELECT *, after(first_commit_at, i, 1, 1440) AS created_at FROM begun),
        reviewed AS (SELECT *, after(created_at, i, 2, 600) AS first_review_at FROM created),
        merged AS (SELECT *, after(first_review_at, i, 3, 2880) AS merged_at FROM reviewed)
        SELECT 'org/repository-' || pick(i, 4, 2000) AS repository, i AS number, 'dev' || pick(i, 5, {people}) AS author,
               first_commit_at, created_at, first_review_at,
               CASE WHEN pick(i, 6, 20) > 0 THEN merged_at END AS merged_at,
               CASE WHEN pick(i, 6, 20) > 5 THEN after(merged_at, i, 7, 720) END AS deployed_at,
               pick(i, 8, 500) AS additions, pick(i, 9, 300) AS deletions, pick(i, 10, 4) AS review_rounds
        FROM merged
    ) TO '{folder}/many_pull_requests.parquet' (FORMAT parquet, COMPRESSION zstd)
    """
)
db.execute(
    f"""
    COPY (
        WITH runs AS (
            SELECT range AS i, range % {commits} AS made,
                   after({start}, range, 20, 60 * 24 * 270) AS started_at
            FROM range({ci_runs})
        )
        SELECT 'org/repository-' || pick(made, 21, 2000) AS repository, sha1(made::VARCHAR) AS commit,
               ['build', 'test', 'lint', 'release'][1 + pick(i, 22, 4)] AS workflow, started_at,
               ['success', 'success', 'success', 'success', 'failure', 'cancelled'][1 + pick(i, 23, 6)] AS verdict,
               after(started_at, i, 24, 40) AS finished_at, 1 + pick(i, 25, 2) AS attempt,
               CASE WHEN pick(i, 26, 3) = 0 THEN 'main' ELSE 'branch-' || pick(made, 27, 50) END AS branch,
               'dev' || pick(made, 28, {people}) AS author
        FROM runs
    ) TO '{folder}/many_ci_runs.parquet' (FORMAT parquet, COMPRESSION zstd)
    """
)
