"""Reads an export of the preset "nautilus_trader" into its bars: python nautilus_trader.py DIR"""

# Its own name is the library's: without the script's folder Python finds the library.
import sys

sys.path.pop(0)

from pathlib import Path

import pandas
from nautilus_trader.model.data import BarType
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider

# An instrument with two decimals of price; a real run defines its option contracts here.
instrument = TestInstrumentProvider.equity("NIFTY", "NSE")
wrangler = BarDataWrangler(BarType.from_str("NIFTY.NSE-1-MINUTE-LAST-EXTERNAL"), instrument)
rows = volume = 0
files = sorted(Path(sys.argv[1]).glob("candles-*.parquet"))
for file in files:
    candles = pandas.read_parquet(file).set_index("time")
    bars = wrangler.process(candles[["open", "high", "low", "close", "volume"]].dropna())
    rows += len(bars)
    volume += sum(int(bar.volume) for bar in bars)
print(f"rows={rows} volume={volume} contracts={len(files)}")
