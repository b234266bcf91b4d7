"""What others make of the same rows: pandas writing CSV, DuckDB and Polars writing and scanning Parquet.

Given the folder of an export in Parquet, it prints a JSON object: seconds and bytes of each. It holds all rows in memory
before the clock starts, which is to the others' advantage: ExpiryTrack reads its database meanwhile.
"""

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import duckdb
import pandas
import polars
import pyarrow.parquet

folder = Path(sys.argv[1])
ours = str(folder / "candles-*.parquet")
rows = pyarrow.parquet.read_table(sorted(folder.glob("candles-*.parquet")), partitioning=None)
told = {"rows": rows.num_rows}


def timed(name, work, file=None):
    began = perf_counter()
    work()
    told[name] = {"seconds": perf_counter() - began, "bytes": file.stat().st_size if file else 0}
    if file:
        file.unlink()


with tempfile.TemporaryDirectory() as there:
    csv, parquet = Path(there, "peer.csv"), Path(there, "peer.parquet")

    frame = rows.to_pandas()
    frame["time"] = frame["time"].dt.tz_convert("Asia/Kolkata")
    timed("pandas_csv", lambda: frame.to_csv(csv, index=False, date_format="%Y-%m-%d %H:%M:%S"), csv)
    del frame

    connection = duckdb.connect()
    connection.register("candles", rows)
    write = f"COPY candles TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)"
    timed("duckdb_parquet", lambda: connection.execute(write), parquet)
    scan = f"SELECT kind, strike, max(high), min(low), sum(volume) FROM read_parquet('{ours}') GROUP BY ALL"
    timed("duckdb_scan", lambda: connection.execute(scan).fetchall())

    frame = polars.from_arrow(rows)
    timed("polars_parquet", lambda: frame.write_parquet(parquet, compression="zstd"), parquet)
    scan = polars.scan_parquet(ours).group_by("kind", "strike")
    of = [polars.col("high").max(), polars.col("low").min(), polars.col("volume").sum()]
    timed("polars_scan", lambda: scan.agg(of).collect())

print(json.dumps(told))
