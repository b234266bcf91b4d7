-- What was paid on a day, so that a ladder need not read candles: of the candles with a trade alone, because the price of
-- a minute without one is nobody's. In the units of the series; NULL: nothing was traded.
ALTER TABLE series_day ADD COLUMN traded_high INTEGER;
ALTER TABLE series_day ADD COLUMN traded_low  INTEGER;
ALTER TABLE series_day ADD COLUMN traded_last INTEGER;   -- the close of the day's last candle with a trade

-- In the order of both keys: each candle is read once, and the last one of a day again.
UPDATE series_day SET
    (traded_high, traded_low) = (
        SELECT max(k.high), min(k.low) FROM candle k
        WHERE k.series_id = series_day.series_id AND k.ts BETWEEN series_day.first_ts AND series_day.last_ts
          AND k.volume > 0),
    traded_last = (
        SELECT k.close FROM candle k
        WHERE k.series_id = series_day.series_id AND k.ts BETWEEN series_day.first_ts AND series_day.last_ts
          AND k.volume > 0
        ORDER BY k.ts DESC LIMIT 1);
