-- DataFusion: the lake as the two views that the questions ask.
CREATE EXTERNAL TABLE candle_files STORED AS PARQUET
PARTITIONED BY (exchange, underlying, expiry) LOCATION 'lake/candles/';

CREATE EXTERNAL TABLE spot_files STORED AS PARQUET
PARTITIONED BY (exchange, underlying, month) LOCATION 'lake/spot/';

CREATE VIEW candles AS
SELECT underlying, expiry, CAST(expiry AS DATE) AS expiry_day, expired_key, kind, strike, lot_size,
       CAST(time AS BIGINT) / 1000 AS epoch,
       CAST(to_timestamp_seconds(CAST(time AS BIGINT) / 1000 + 19800) AS DATE) AS day,
       (CAST(time AS BIGINT) / 1000 + 19800) % 86400 / 60 AS minute,
       open, high, low, close, volume, open_interest
FROM candle_files
WHERE "interval" = '1minute';

CREATE VIEW spot AS
SELECT underlying, CAST(time AS BIGINT) / 1000 AS epoch,
       CAST(to_timestamp_seconds(CAST(time AS BIGINT) / 1000 + 19800) AS DATE) AS day,
       (CAST(time AS BIGINT) / 1000 + 19800) % 86400 / 60 AS minute,
       open, high, low, close, volume
FROM spot_files
WHERE "interval" = '1minute';
