"""Reads an export of the preset "openalgo" into frames as OpenAlgo's history gives them: python openalgo.py DIR"""

import sys
from pathlib import Path

import pandas

frames = {}
for file in sorted(Path(sys.argv[1]).glob("candles-*.csv")):
    candles = pandas.read_csv(file)
    candles["timestamp"] = pandas.to_datetime(candles["timestamp"], unit="s", utc=True).dt.tz_convert("Asia/Kolkata")
    for symbol, of_symbol in candles.groupby("symbol"):
        frames[symbol] = of_symbol.drop(columns="symbol").set_index("timestamp")
rows = sum(len(frame) for frame in frames.values())
volume = sum(int(frame["volume"].sum()) for frame in frames.values())
print(f"rows={rows} volume={volume} contracts={len(frames)}")
print("for example", next(iter(frames)))
