"""Reads an export of the preset "amibroker" as its .format file tells AmiBroker to: python amibroker.py DIR

In AmiBroker: copy expirytrack.format into the folder Formats, then File, Import ASCII, and choose it as the type of
the files candles-*.csv. The time frame of the database must be 1-minute.
"""

import csv
import sys
from datetime import datetime
from pathlib import Path

folder = Path(sys.argv[1])
lines = [line.split(" ", 1) for line in (folder / "expirytrack.format").read_text().splitlines()]
told = {line[0]: line[1] for line in lines if line[0].startswith("$")}
names = [name.lower() for name in told["$FORMAT"].split(",")]

rows = volume = 0
tickers = set()
for file in sorted(folder.glob("candles-*.csv")):
    with open(file, newline="") as text:
        reader = csv.reader(text, delimiter=told["$SEPARATOR"])
        for _ in range(int(told["$SKIPLINES"])):
            next(reader)
        for fields in reader:
            row = dict(zip(names, fields, strict=True))
            datetime.strptime(row["date_ymd"] + " " + row["time"], "%Y-%m-%d %H:%M:%S")
            rows += 1
            volume += int(row["volume"])
            tickers.add(row["ticker"])
print(f"rows={rows} volume={volume} contracts={len(tickers)}")
