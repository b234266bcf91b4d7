"""Reads an export of the preset "excel", as Excel does without a script: python excel.py DIR"""

import sys
from pathlib import Path

from openpyxl import load_workbook

rows = volume = 0
files = sorted(Path(sys.argv[1]).glob("candles-*.xlsx"))
for file in files:
    sheet = load_workbook(file, read_only=True).worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    names = next(lines)
    for line in lines:
        row = dict(zip(names, line))
        assert row["timestamp"].year > 2000
        rows += 1
        volume += row["volume"]
print(f"rows={rows} volume={volume} contracts={len(files)}")
