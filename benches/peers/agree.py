"""Whether the tables agree: python agree.py FIRST.csv OTHER.csv …, each with team, item, n, favorable, cycle_time."""

import csv
import sys


def read(path):
    with open(path, newline="") as file:
        return {(row["team"], row["item"]): row for row in csv.DictReader(file)}


first = read(sys.argv[1])
for path in sys.argv[2:]:
    other = read(path)
    if first.keys() != other.keys():
        sys.exit(f"{path} has other teams or items: {len(other)} rows instead of {len(first)}")
    for key, row in first.items():
        for column in ["n", "favorable", "cycle_time"]:
            a, b = float(row[column]), float(other[key][column])
            if abs(a - b) > 1e-6 * max(1, abs(a)):
                sys.exit(f"{path}, {key}: {column} is {b} instead of {a}")
print(f"all agree on {len(first)} rows")
