-- Spark: the lake as the two views that the questions ask. `recursiveFileLookup` stays off, so that a condition on a
-- partition leaves whole folders unread.
CREATE OR REPLACE TEMP VIEW candles AS
SELECT underlying, expiry, to_date(expiry) AS expiry_day, expired_key, kind, strike, lot_size,
       unix_millis(time) DIV 1000 AS epoch,
       to_date(from_utc_timestamp(time, 'Asia/Kolkata')) AS day,
       CAST((unix_millis(time) DIV 1000 + 19800) % 86400 DIV 60 AS INT) AS minute,
       open, high, low, close, volume, open_interest
FROM parquet.`lake/candles`
WHERE interval = '1minute';

CREATE OR REPLACE TEMP VIEW spot AS
SELECT underlying, unix_millis(time) DIV 1000 AS epoch,
       to_date(from_utc_timestamp(time, 'Asia/Kolkata')) AS day,
       CAST((unix_millis(time) DIV 1000 + 19800) % 86400 DIV 60 AS INT) AS minute,
       open, high, low, close, volume
FROM parquet.`lake/spot`
WHERE interval = '1minute';
