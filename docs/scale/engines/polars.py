"""Polars: the ten questions in its own words, over the lake's files read lazily."""
import polars as pl

NIFTY = pl.col("underlying") == "NIFTY"
AUGUST = pl.col("expiry") == "2025-08-28"
THAT_DAY = pl.col("day") == pl.date(2025, 8, 13)
IS_OPTION = pl.col("kind") != "FUT"


def views(lake, storage_options=None):
    """`candles` and `spot` as the questions ask them."""
    ist = pl.col("time").dt.convert_time_zone("Asia/Kolkata")
    moments = {
        "epoch": pl.col("time").dt.epoch("s"),
        "day": ist.dt.date(),
        "minute": ist.dt.hour().cast(pl.Int64) * 60 + ist.dt.minute(),
    }

    def scan(folder, partitions):
        files = pl.scan_parquet(
            f"{lake}/{folder}/**/*.parquet",
            hive_partitioning=True,
            hive_schema={name: pl.String for name in partitions},
            storage_options=storage_options,
        )
        return files.filter(pl.col("interval") == "1minute").with_columns(**moments)

    return scan("candles", ["exchange", "underlying", "expiry"]), scan("spot", ["exchange", "underlying", "month"])


def sum_of(kind, column):
    return pl.col(column).filter(pl.col("kind") == kind).sum()


def bars_of_a_contract(candles, spot):
    contract = candles.filter(NIFTY & AUGUST & THAT_DAY & (pl.col("kind") == "CE") & (pl.col("strike") == 24500))
    bar = (pl.col("minute") - (pl.col("minute") - 555) % 15).alias("bar")
    return contract.sort("epoch").group_by(bar).agg(
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(),
        pl.col("volume").sum(), pl.col("open_interest").last(),
    ).sort("bar")


def chain_at_a_minute(candles, spot):
    known = candles.filter(NIFTY & AUGUST & THAT_DAY & IS_OPTION & (pl.col("minute") <= 690) & (pl.col("volume") > 0))
    last = known.sort("epoch").group_by("expired_key").last()
    return last.select("strike", "kind", "close", "open_interest").sort("strike", "kind")


def volume_by_strike(candles, spot):
    traded = candles.filter(NIFTY & AUGUST & THAT_DAY & IS_OPTION).group_by("strike")
    return traded.agg(calls=sum_of("CE", "volume"), puts=sum_of("PE", "volume")).sort("strike")


def straddle_at_the_money(candles, spot):
    options = candles.filter(NIFTY & AUGUST & THAT_DAY & IS_OPTION).select("epoch", "strike", "kind", "close")
    calls, puts = (options.filter(pl.col("kind") == kind).drop("kind") for kind in ("CE", "PE"))
    pairs = calls.join(puts, on=["epoch", "strike"], suffix="_put")
    near = pairs.join(spot.filter(NIFTY & THAT_DAY).select("epoch", spot="close"), on="epoch")
    near = near.with_columns(away=(pl.col("strike") - pl.col("spot")).abs()).sort("epoch", "away", "strike")
    nearest = near.group_by("epoch", maintain_order=True).first()
    return nearest.select("epoch", "strike", straddle=pl.col("close") + pl.col("close_put")).sort("epoch")


def put_call_ratio(candles, spot):
    options = candles.filter(NIFTY & AUGUST & IS_OPTION & (pl.col("day") >= pl.date(2025, 8, 1)))
    ends = options.sort("epoch").group_by("expired_key", "day").last()
    sums = ends.group_by("day").agg(puts=sum_of("PE", "open_interest"), calls=sum_of("CE", "open_interest"))
    return sums.with_columns(ratio=pl.col("puts") / pl.col("calls")).sort("day")


def continuous_future(candles, spot):
    futures = candles.filter(NIFTY & (pl.col("kind") == "FUT")).sort("epoch")
    days = futures.group_by("day", "expiry").agg(pl.col("close").last(), pl.col("volume").sum())
    nearest = days.sort("day", "expiry").group_by("day", maintain_order=True).first()
    return nearest.select("day", "expiry", "close", "volume").sort("day")


def ranges_of_expiry_days(candles, spot):
    of_month = pl.col("expiry").is_between(pl.lit("2025-08-01"), pl.lit("2025-09-01"), closed="left")
    expiries = candles.filter(NIFTY & of_month).select("expiry").unique().with_columns(day=pl.col("expiry").str.to_date())
    ranges = spot.filter(NIFTY).group_by("day").agg(pl.col("low").min(), pl.col("high").max())
    of_expiries = expiries.join(ranges, on="day")
    return of_expiries.select("expiry", "low", "high", distance=pl.col("high") - pl.col("low")).sort("expiry")


def missing_minutes(candles, spot):
    contracts = candles.filter(NIFTY & AUGUST & THAT_DAY & IS_OPTION).group_by("expired_key", "strike", "kind")
    counted = contracts.agg(minutes=pl.len(), life=pl.col("minute").max() - pl.col("minute").min() + 1)
    counted = counted.with_columns(missing=pl.col("life") - pl.col("minutes"))
    ranked = counted.sort("missing", "strike", "kind", descending=[True, False, False])
    return ranked.select("strike", "kind", "minutes", "missing").head(20)


def changes_of_open_interest(candles, spot):
    days = [pl.date(2025, 8, 12), pl.date(2025, 8, 13)]
    options = candles.filter(NIFTY & AUGUST & IS_OPTION & ((pl.col("day") == days[0]) | (pl.col("day") == days[1])))
    ends = options.sort("epoch").group_by("expired_key", "strike", "kind", "day").agg(pl.col("open_interest").last())
    before, then = (ends.filter(pl.col("day") == day).drop("day") for day in days)
    both = before.join(then, on=["expired_key", "strike", "kind"], suffix="_then")
    both = both.with_columns(moved=pl.col("open_interest_then") - pl.col("open_interest"))
    ranked = both.with_columns(size=pl.col("moved").abs()).sort("size", "strike", "kind", descending=[True, False, False])
    return ranked.select("strike", "kind", "open_interest", "open_interest_then", "moved").head(10)


def training_set(candles, spot):
    spots = spot.filter(NIFTY & THAT_DAY).select("minute", "close")
    later = spots.select(minute=pl.col("minute") - 5, later="close")
    rows = spots.join(later, on="minute").filter(pl.col("minute") >= 560)
    slots = rows.join(pl.LazyFrame({"slot": [-1, 0, 1]}), how="cross").select(
        "minute", "slot", move=pl.col("later") - pl.col("close"),
        strike=(pl.col("close") / 50 + 0.5).floor() * 50 + pl.col("slot") * 50,
    )
    options = candles.filter(NIFTY & AUGUST & THAT_DAY & IS_OPTION)
    options = options.select("strike", "kind", "minute", price="close", traded_at="minute").sort("minute")
    sides = slots.join(pl.LazyFrame({"kind": ["CE", "PE"]}), how="cross").sort("minute")
    grid = sides.join_asof(options, on="minute", by=["strike", "kind"], check_sortedness=False).filter(pl.col("price").is_not_null())
    aged = grid.with_columns(age=pl.col("minute") - pl.col("traded_at"))
    return aged.select("minute", "slot", "kind", "price", "age", "move").sort("minute", "slot", "kind")


QUESTIONS = [
    bars_of_a_contract, chain_at_a_minute, volume_by_strike, straddle_at_the_money, put_call_ratio,
    continuous_future, ranges_of_expiry_days, missing_minutes, changes_of_open_interest, training_set,
]
