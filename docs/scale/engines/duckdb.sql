-- DuckDB: the lake as the two views that the questions ask. `hive_types` keeps an expiry the text that it is, so that a
-- condition on it leaves whole files unread.
CREATE OR REPLACE VIEW candles AS
SELECT underlying, expiry, CAST(expiry AS DATE) AS expiry_day, expired_key, kind, strike, lot_size,
       epoch_ms(time) // 1000 AS epoch,
       CAST(make_timestamp(epoch_us(time) + 19800000000) AS DATE) AS day,
       (epoch_ms(time) // 1000 + 19800) % 86400 // 60 AS minute,
       open, high, low, close, volume, open_interest
FROM read_parquet('lake/candles/*/*/*/*.parquet', hive_partitioning = true,
                  hive_types = {'exchange': VARCHAR, 'underlying': VARCHAR, 'expiry': VARCHAR})
WHERE interval = '1minute';

CREATE OR REPLACE VIEW spot AS
SELECT underlying, epoch_ms(time) // 1000 AS epoch,
       CAST(make_timestamp(epoch_us(time) + 19800000000) AS DATE) AS day,
       (epoch_ms(time) // 1000 + 19800) % 86400 // 60 AS minute,
       open, high, low, close, volume
FROM read_parquet('lake/spot/*/*/*/*.parquet', hive_partitioning = true,
                  hive_types = {'exchange': VARCHAR, 'underlying': VARCHAR, 'month': VARCHAR})
WHERE interval = '1minute';
