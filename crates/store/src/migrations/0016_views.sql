-- The documented views answer a lookup by a key and a range of time as fast as the tables do. A timestamp is text that
-- is made of each row, so no condition on it finds a row: beside it stands the minute itself, in epoch seconds, which is
-- the table's own column. In each of them `candle` goes by its name, so that the plan of a query tells it.

CREATE INDEX contract_by_trading_symbol ON contract (trading_symbol);
CREATE INDEX job_unit_listing_of_expiry ON job_unit (expiry_id) WHERE contract_id IS NULL AND month IS NULL;

DROP VIEW historical_data;
CREATE VIEW historical_data AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       datetime(candle.ts + 19800, 'unixepoch') AS timestamp,
       candle.open * 1.0 / s.price_scale AS open, candle.high * 1.0 / s.price_scale AS high,
       candle.low * 1.0 / s.price_scale AS low, candle.close * 1.0 / s.price_scale AS close,
       candle.volume, candle.open_interest, candle.ts AS epoch, c.trading_symbol
FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
     JOIN candle ON candle.series_id = s.id;

DROP VIEW historical_data_all;
CREATE VIEW historical_data_all AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       s.interval, datetime(candle.ts + 19800, 'unixepoch') AS timestamp,
       candle.open * 1.0 / s.price_scale AS open, candle.high * 1.0 / s.price_scale AS high,
       candle.low * 1.0 / s.price_scale AS low, candle.close * 1.0 / s.price_scale AS close,
       candle.volume, candle.open_interest, candle.ts AS epoch, c.trading_symbol
FROM contract c JOIN series s ON s.contract_id = c.id JOIN candle ON candle.series_id = s.id;

DROP VIEW underlying_data;
CREATE VIEW underlying_data AS
SELECT u.key AS instrument_key, s.interval, datetime(candle.ts + 19800, 'unixepoch') AS timestamp,
       candle.open * 1.0 / s.price_scale AS open, candle.high * 1.0 / s.price_scale AS high,
       candle.low * 1.0 / s.price_scale AS low, candle.close * 1.0 / s.price_scale AS close,
       candle.volume, candle.open_interest, candle.ts AS epoch, u.symbol
FROM underlying u JOIN series s ON s.underlying_id = u.id JOIN candle ON candle.series_id = s.id;

-- Whether data are fetched is said from the totals (migrations/0009), as pages say it: of every contract, each day that
-- can be asked for is answered for good.
DROP VIEW expiries;
CREATE VIEW expiries AS
SELECT e.id, u.key AS instrument_key, e.date AS expiry_date, e.weekly AS is_weekly,
       (e.options_listed IS NOT NULL OR e.futures_listed IS NOT NULL) AS contracts_fetched,
       (e.options_listed IS NOT NULL AND e.futures_listed IS NOT NULL
        AND (SELECT coalesce(sum(t.contracts), 0) FROM expiry_contracts t WHERE t.expiry_id = e.id) BETWEEN 1 AND
            (SELECT coalesce(sum(t.series), 0) FROM expiry_series t
             WHERE t.expiry_id = e.id AND t.interval = '1minute'
               AND t.reach >= julianday(e.date) - julianday(
                   max(date(e.date, CASE WHEN e.weekly = 1 THEN '-63 days' ELSE '-90 days' END), '2024-10-01'))))
           AS data_fetched,
       datetime(e.first_seen + 19800, 'unixepoch') AS created_at,
       (SELECT coalesce(sum(t.contracts), 0) FROM expiry_contracts t WHERE t.expiry_id = e.id) AS contracts,
       (SELECT coalesce(sum(t.candles), 0) FROM expiry_series t
        WHERE t.expiry_id = e.id AND t.interval = '1minute') AS candles
FROM expiry e JOIN underlying u ON u.id = e.underlying_id;

-- What is noted of each day of a contract, a row in place of some hundred minutes. Prices are of trades alone.
CREATE VIEW contract_days AS
SELECT u.key AS instrument_key, e.date AS expiry_date, c.kind AS contract_type, c.strike / 100.0 AS strike_price,
       c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       c.trading_symbol, s.interval, d.day, d.traded_high * 1.0 / s.price_scale AS high,
       d.traded_low * 1.0 / s.price_scale AS low, d.traded_last * 1.0 / s.price_scale AS close,
       d.volume, d.open_interest, d.candles, d.zero_volume AS candles_without_trade,
       d.first_ts AS first_epoch, d.last_ts AS last_epoch
FROM underlying u JOIN expiry e ON e.underlying_id = u.id JOIN contract c ON c.expiry_id = e.id
     JOIN series s ON s.contract_id = c.id JOIN series_day d ON d.series_id = s.id;

-- The same of underlyings. An index has no volume, so its prices are those of all its candles.
CREATE VIEW underlying_days AS
SELECT u.key AS instrument_key, u.symbol, s.interval, d.day,
       (SELECT max(candle.high) FROM candle
        WHERE candle.series_id = d.series_id AND candle.ts BETWEEN d.first_ts AND d.last_ts) * 1.0 / s.price_scale AS high,
       (SELECT min(candle.low) FROM candle
        WHERE candle.series_id = d.series_id AND candle.ts BETWEEN d.first_ts AND d.last_ts) * 1.0 / s.price_scale AS low,
       (SELECT candle.close FROM candle
        WHERE candle.series_id = d.series_id AND candle.ts = d.last_ts) * 1.0 / s.price_scale AS close,
       d.volume, d.candles, d.first_ts AS first_epoch, d.last_ts AS last_epoch
FROM underlying u JOIN series s ON s.underlying_id = u.id JOIN series_day d ON d.series_id = s.id;

-- Rows as they were before a later answer changed them.
CREATE VIEW revised_data AS
SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)
           AS expired_instrument_key,
       s.interval, datetime(r.ts + 19800, 'unixepoch') AS timestamp,
       r.open * 1.0 / s.price_scale AS open, r.high * 1.0 / s.price_scale AS high,
       r.low * 1.0 / s.price_scale AS low, r.close * 1.0 / s.price_scale AS close,
       r.volume, r.open_interest, r.ts AS epoch, c.trading_symbol, r.new_request_id AS request_id
FROM contract c JOIN series s ON s.contract_id = c.id JOIN revision r ON r.series_id = s.id;

-- What the broker was asked.
CREATE VIEW requests AS
SELECT a.id, datetime(a.at + 19800, 'unixepoch') AS timestamp, a.job_id, a.endpoint, a.key, a.interval,
       a.from_day, a.to_day, a.status, a.code, a.rows, a.bytes, a.duration_ms, a.attempt, a.at AS epoch
FROM fetch_audit a;
