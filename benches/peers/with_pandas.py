"""The same table as crates/analytics/examples/peer.rs, by pandas: python with_pandas.py FOLDER > table.csv"""

import sys

import pandas as pd

folder = sys.argv[1]
responses = pd.read_csv(f"{folder}/responses.csv", dtype=str, keep_default_na=False)
columns = list(responses.columns)
items = columns[columns.index("location") + 1 : columns.index("priorities")]
ratings = responses[items].apply(pd.to_numeric, errors="coerce")
by_team = responses["team"]
n = ratings.notna().groupby(by_team).sum()
favorable = (ratings >= 4).groupby(by_team).sum()
scores = pd.DataFrame({"n": n.stack(), "favorable": (favorable / n).stack()})
scores = scores[scores["n"] > 0].rename_axis(["team", "item"]).reset_index()

people = pd.read_csv(f"{folder}/people.csv", usecols=["team", "github"])
stamps = ["first_commit_at", "created_at", "merged_at"]
pulls = pd.read_csv(f"{folder}/pull_requests.csv", usecols=["author", *stamps])
for stamp in stamps:
    pulls[stamp] = pd.to_datetime(pulls[stamp], format="ISO8601", utc=True)
pulls = pulls.dropna(subset=["merged_at"]).merge(people, left_on="author", right_on="github")
begun = pulls[["first_commit_at", "created_at"]].min(axis=1)
pulls["cycle_time"] = (pulls["merged_at"] - begun).dt.total_seconds() / 3600
times = pulls[pulls["cycle_time"] >= 0].groupby("team")["cycle_time"].median().reset_index()
scores.merge(times, on="team").to_csv(sys.stdout, index=False)
