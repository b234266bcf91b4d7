"""Asks every engine the ten questions of this folder, of one lake, and holds their answers against each other and against
SQLite. Exits with 1 where two of them differ. `cargo xtask engines` makes the lake and calls this.

    python docs/scale/run.py --lake target/engines/lake --database target/engines/data/expirytrack.db
"""
import argparse
import datetime
import importlib.util
import json
import math
import os
import pathlib
import platform
import sqlite3
import sys
import time

HERE = pathlib.Path(__file__).parent
QUESTIONS = sorted(HERE.glob("questions/*.sql"))
# A sum of prices may differ in its last bits with the order in which it was made.
TOLERANCE = 1e-9


def prelude(engine, lake):
    text = (HERE / "engines" / f"{engine}.sql").read_text()
    text = "\n".join(line for line in text.replace("lake/", f"{lake}/").splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in text.split(";") if statement.strip()]


class Sqlite:
    name, version = "SQLite", sqlite3.sqlite_version

    def __init__(self, at):
        self.connection = sqlite3.connect(f"file:{at.database}?mode=ro", uri=True)
        for statement in prelude("sqlite", at.lake):
            self.connection.execute(statement)

    def ask(self, number):
        return self.connection.execute(QUESTIONS[number].read_text()).fetchall()


class DuckDB:
    name = "DuckDB"

    def __init__(self, at):
        import duckdb

        self.version = duckdb.__version__
        self.connection = duckdb.connect()
        if at.s3:
            # The extension comes from a server of its makers; where that cannot be reached, fsspec reads the store.
            import fsspec

            self.connection.register_filesystem(fsspec.filesystem("s3", **at.s3.fsspec()))
        for statement in prelude("duckdb", at.lake):
            self.connection.execute(statement)

    def ask(self, number):
        return self.connection.execute(QUESTIONS[number].read_text()).fetchall()


class Polars:
    name = "Polars"

    def __init__(self, at):
        import polars

        spec = importlib.util.spec_from_file_location("polars_questions", HERE / "engines" / "polars.py")
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.version = polars.__version__
        self.candles, self.spot = self.module.views(at.lake, at.s3 and at.s3.object_store())

    def ask(self, number):
        return self.module.QUESTIONS[number](self.candles, self.spot).collect().rows()


class DataFusion:
    name = "DataFusion"

    def __init__(self, at):
        import datafusion

        self.version = datafusion.__version__
        self.context = datafusion.SessionContext()
        if at.s3:
            from datafusion.object_store import AmazonS3

            store = AmazonS3(at.s3.bucket, region="us-east-1", access_key_id=at.s3.key, secret_access_key=at.s3.secret,
                             endpoint=at.s3.endpoint, allow_http=True)
            self.context.register_object_store("s3://", store, at.s3.bucket)
        for statement in prelude("datafusion", at.lake):
            self.context.sql(statement).collect()

    def ask(self, number):
        batches = self.context.sql(QUESTIONS[number].read_text()).collect()
        return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


class ClickHouse:
    name = "ClickHouse"

    def __init__(self, at):
        import chdb.session

        self.session = chdb.session.Session()
        self.version = str(self.session.query("SELECT version()", "TSVRaw")).strip()
        self.session.query("SET use_hive_partitioning = 1")
        self.session.query("CREATE DATABASE IF NOT EXISTS lake_of_test")
        self.session.query("USE lake_of_test")
        for statement in prelude("clickhouse", at.lake):
            if at.s3:
                statement = at.s3.for_clickhouse(statement, at.lake)
            self.session.query(statement)

    def ask(self, number):
        answer = json.loads(str(self.session.query(QUESTIONS[number].read_text(), "JSONCompact")) or "{}")
        types = [column["type"] for column in answer["meta"]]
        return [tuple(self.value(kind, value) for kind, value in zip(types, row)) for row in answer["data"]]

    @staticmethod
    def value(kind, value):
        return int(value) if "Int64" in kind and value is not None else value


class Spark:
    name = "Spark"

    def __init__(self, at):
        import pyspark
        from pyspark.sql import SparkSession

        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        self.version = pyspark.__version__
        settings = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "4",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        }
        builder = SparkSession.builder.master("local[2]").appName("expirytrack")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        for statement in prelude("spark", at.lake):
            self.session.sql(statement)

    def ask(self, number):
        return [tuple(row) for row in self.session.sql(QUESTIONS[number].read_text()).collect()]


ENGINES = {"sqlite": Sqlite, "duckdb": DuckDB, "polars": Polars, "datafusion": DataFusion, "clickhouse": ClickHouse,
           "spark": Spark}


class S3:
    """A store that speaks S3, and each engine's way of being told of it."""

    def __init__(self, endpoint, lake):
        self.endpoint, self.bucket = endpoint, lake.removeprefix("s3://").split("/")[0]
        self.key = os.environ.get("AWS_ACCESS_KEY_ID", "test")
        self.secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "test")

    def fsspec(self):
        return {"key": self.key, "secret": self.secret, "client_kwargs": {"endpoint_url": self.endpoint}}

    def object_store(self):
        return {"aws_access_key_id": self.key, "aws_secret_access_key": self.secret, "aws_region": "us-east-1",
                "aws_endpoint_url": self.endpoint, "aws_allow_http": "true"}

    def for_clickhouse(self, statement, lake):
        path = lake.removeprefix("s3://")
        statement = statement.replace(f"file('{lake}/", f"s3('{self.endpoint}/{path}/")
        return statement.replace(", Parquet)", f", '{self.key}', '{self.secret}', 'Parquet')")


def plain(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()[:10]
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


def same(left, right):
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return left == right


def difference(first, second):
    """The first place where two answers differ, in words; nothing where they are the same."""
    if len(first) != len(second):
        return f"{len(first)} rows and {len(second)}"
    for at, (left, right) in enumerate(zip(first, second)):
        if len(left) != len(right) or not all(map(same, left, right)):
            return f"row {at + 1}: {left} and {right}"
    return None


def timed(engine, number):
    began = time.perf_counter()
    rows = [tuple(map(plain, row)) for row in engine.ask(number)]
    return rows, (time.perf_counter() - began) * 1000


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--lake", required=True, help="a folder or s3://BUCKET/PREFIX")
    arguments.add_argument("--database", required=True, help="the expirytrack.db that the lake was published of")
    arguments.add_argument("--endpoint", help="where the S3 store answers, e.g. http://127.0.0.1:5555")
    arguments.add_argument("--engines", default=",".join(ENGINES), help="which, by commas")
    arguments.add_argument("--write", type=pathlib.Path, help="a Markdown file for the table of times")
    at = arguments.parse_args()
    at.lake = at.lake.rstrip("/")
    at.s3 = S3(at.endpoint, at.lake) if at.lake.startswith("s3://") else None

    columns, answers, failures = [], {}, []
    for key in at.engines.split(","):
        try:
            engine = ENGINES[key](at)
        except ImportError as error:
            print(f"{key}: not here ({error})")
            continue
        except Exception as error:  # An engine that fails is told, and the others are asked all the same.
            failures.append(f"{key} does not start: {type(error).__name__}: {str(error)[:400]}")
            continue
        columns.append(f"{engine.name} {engine.version}")
        for number, question in enumerate(QUESTIONS):
            try:
                rows, first = timed(engine, number)
                _, warm = timed(engine, number)
            except Exception as error:
                failures.append(f"{engine.name}, {question.stem}: {type(error).__name__}: {str(error)[:400]}")
                continue
            answers.setdefault(number, []).append((engine.name, rows, min(first, warm)))
            print(f"{engine.name:12} {question.stem:30} {len(rows):6} rows {first:9.1f} ms, again {warm:9.1f} ms", flush=True)
    for number, of_engines in answers.items():
        name, rows, _ = of_engines[0]
        if not rows:
            failures.append(f"{QUESTIONS[number].stem}: {name} has no row to compare")
        for other, others, _ in of_engines[1:]:
            if found := difference(rows, others):
                failures.append(f"{QUESTIONS[number].stem}: {name} and {other} differ: {found}")
    if at.write:
        at.write.write_text(table(columns, answers, at))
    for failure in failures:
        print(f"FAILED {failure}")
    compared = sum(len(of_engines) for of_engines in answers.values())
    print(f"{compared} answers of {len(columns)} engines, {len(failures)} failures")
    return 1 if failures else 0


def table(columns, answers, at):
    where = "S3 on loopback" if at.s3 else "local files"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    lines = [f"Milliseconds, the better of two, {where}; {machine}.", ""]
    lines += ["| question | rows | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for number, of_engines in sorted(answers.items()):
        times = {name: took for name, _, took in of_engines}
        cells = [f"{times[column.split(' ')[0]]:.0f}" if column.split(" ")[0] in times else "failed" for column in columns]
        lines.append(f"| {QUESTIONS[number].stem} | {len(of_engines[0][1])} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
