"""Reads an export of the preset "pandas": python pandas.py DIR"""

# Its own name is the library's: without the script's folder Python finds the library.
import sys

sys.path.pop(0)

from pathlib import Path

import pandas

files = sorted(Path(sys.argv[1]).glob("candles-*.parquet"))
candles = pandas.concat([pandas.read_parquet(file) for file in files], ignore_index=True)
candles["time"] = candles["time"].dt.tz_convert("Asia/Kolkata")
closes = candles.pivot_table(index="time", columns=["kind", "strike"], values="close", dropna=False)
print(f"rows={len(candles)} volume={candles['volume'].sum()} contracts={candles['expired_key'].nunique()}")
print(f"{closes.shape[0]} minutes of {closes.shape[1]} options and futures")
