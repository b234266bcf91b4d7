"""Reads an export of the preset "backtrader" and runs through it: python backtrader.py DIR"""

# Its own name is the library's: without the script's folder Python finds the library.
import sys

sys.path.pop(0)

from pathlib import Path

import backtrader


class Candles(backtrader.feeds.GenericCSVData):
    params = dict(
        dtformat="%Y-%m-%d %H:%M:%S",
        datetime=0, open=1, high=2, low=3, close=4, volume=5, openinterest=6,
        timeframe=backtrader.TimeFrame.Minutes,
    )


class Count(backtrader.Strategy):
    rows = volume = 0

    def next(self):
        Count.rows += 1
        Count.volume += int(self.data.volume[0])


files = sorted(Path(sys.argv[1]).glob("candles-*.csv"))
for file in files:
    cerebro = backtrader.Cerebro(stdstats=False)
    cerebro.adddata(Candles(dataname=str(file)))
    cerebro.addstrategy(Count)
    cerebro.run()
print(f"rows={Count.rows} volume={Count.volume} contracts={len(files)}")
