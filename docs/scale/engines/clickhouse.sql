-- ClickHouse: the lake as the two views that the questions ask; here by chdb, as a server reads the same files.
CREATE VIEW candles AS
SELECT toString(underlying) AS underlying, toString(expiry) AS expiry, toDate(expiry) AS expiry_day, expired_key, kind, strike, lot_size,
       toUnixTimestamp64Milli(time) DIV 1000 AS epoch, toDate(toTimeZone(time, 'Asia/Kolkata')) AS day,
       (toUnixTimestamp64Milli(time) DIV 1000 + 19800) % 86400 DIV 60 AS minute,
       open, high, low, close, volume, open_interest
FROM file('lake/candles/*/*/*/*.parquet', Parquet)
WHERE interval = '1minute';

CREATE VIEW spot AS
SELECT toString(underlying) AS underlying, toUnixTimestamp64Milli(time) DIV 1000 AS epoch,
       toDate(toTimeZone(time, 'Asia/Kolkata')) AS day,
       (toUnixTimestamp64Milli(time) DIV 1000 + 19800) % 86400 DIV 60 AS minute,
       open, high, low, close, volume
FROM file('lake/spot/*/*/*/*.parquet', Parquet)
WHERE interval = '1minute';
