WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), traded AS (
    SELECT expired_instrument_key, sum(volume) AS volume, max(last_epoch) AS last_epoch
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute' GROUP BY expired_instrument_key
), contract AS (
    SELECT expired_instrument_key, last_epoch FROM traded ORDER BY volume DESC LIMIT 1
), minutes AS MATERIALIZED (
    SELECT h.epoch, h.high, h.low, h.volume FROM contract JOIN historical_data h USING (expired_instrument_key)
)
SELECT strftime('%H:%M', (epoch + 19800) / 1800 * 1800, 'unixepoch') AS half_hour,
       sum(volume) AS volume, count(*) AS minutes, round(avg(high - low), 2) AS range_of_a_minute
FROM minutes
GROUP BY half_hour ORDER BY half_hour
