-- Trino: the lake as two tables of its Hive connector and the two views that the questions ask. Not run here: Trino needs a
-- server and a metastore of its own. `trino.properties` beside this file is the catalog.
CREATE SCHEMA IF NOT EXISTS expirytrack.lake;

CREATE TABLE expirytrack.lake.candle_files (
    expired_key varchar, kind varchar, strike double, lot_size integer, "interval" varchar, time timestamp(3),
    open double, high double, low double, close double, volume bigint, open_interest bigint,
    exchange varchar, underlying varchar, expiry varchar
) WITH (format = 'PARQUET', external_location = 's3://BUCKET/lake/candles',
        partitioned_by = ARRAY['exchange', 'underlying', 'expiry']);

CREATE TABLE expirytrack.lake.spot_files (
    "interval" varchar, time timestamp(3), open double, high double, low double, close double, volume bigint,
    exchange varchar, underlying varchar, month varchar
) WITH (format = 'PARQUET', external_location = 's3://BUCKET/lake/spot',
        partitioned_by = ARRAY['exchange', 'underlying', 'month']);

CALL expirytrack.system.sync_partition_metadata('lake', 'candle_files', 'ADD');
CALL expirytrack.system.sync_partition_metadata('lake', 'spot_files', 'ADD');

CREATE VIEW expirytrack.lake.candles AS
SELECT underlying, expiry, CAST(expiry AS date) AS expiry_day, expired_key, kind, strike, lot_size,
       CAST(to_unixtime(time) AS bigint) AS epoch, CAST(time + INTERVAL '330' MINUTE AS date) AS day,
       (CAST(to_unixtime(time) AS bigint) + 19800) % 86400 / 60 AS minute,
       open, high, low, close, volume, open_interest
FROM expirytrack.lake.candle_files
WHERE "interval" = '1minute';

CREATE VIEW expirytrack.lake.spot AS
SELECT underlying, CAST(to_unixtime(time) AS bigint) AS epoch, CAST(time + INTERVAL '330' MINUTE AS date) AS day,
       (CAST(to_unixtime(time) AS bigint) + 19800) % 86400 / 60 AS minute,
       open, high, low, close, volume
FROM expirytrack.lake.spot_files
WHERE "interval" = '1minute';
