"""Reads an export of the preset "polars": python polars.py DIR"""

# Its own name is the library's: without the script's folder Python finds the library.
import sys

sys.path.pop(0)

from pathlib import Path

import polars

candles = polars.scan_parquet(Path(sys.argv[1]) / "candles-*.parquet").with_columns(
    polars.col("time").dt.convert_time_zone("Asia/Kolkata")
)
total = candles.select(
    rows=polars.len(), volume=polars.col("volume").sum(), contracts=polars.col("expired_key").n_unique()
).collect()
rows, volume, contracts = total.row(0)
print(f"rows={rows} volume={volume} contracts={contracts}")
by_day = candles.group_by(polars.col("time").dt.date()).agg(polars.col("volume").sum()).sort("time")
print(by_day.tail(5).collect())
