"""Reads an export of the preset "vectorbt" and tries moving averages on it: python vectorbt.py DIR"""

# Its own name is the library's: without the script's folder Python finds the library.
import sys

sys.path.pop(0)

from pathlib import Path

import pandas
import vectorbt

files = sorted(Path(sys.argv[1]).glob("candles-*.parquet"))
frames = {file.stem: pandas.read_parquet(file).set_index("time") for file in files}
rows = sum(len(frame) for frame in frames.values())
volume = sum(int(frame["volume"].sum()) for frame in frames.values())
longest = max(frames.values(), key=len)
close = longest["close"].dropna()
fast, slow = vectorbt.MA.run(close, 10), vectorbt.MA.run(close, 50)
portfolio = vectorbt.Portfolio.from_signals(
    close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow), freq="1min"
)
print(f"rows={rows} volume={volume} contracts={len(frames)}")
print(f"return {portfolio.total_return():.4f}")
