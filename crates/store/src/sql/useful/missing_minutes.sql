WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), traded AS (
    SELECT expired_instrument_key, sum(volume) AS volume, max(last_epoch) AS last_epoch
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute' GROUP BY expired_instrument_key
), contract AS (
    SELECT expired_instrument_key, last_epoch FROM traded ORDER BY volume DESC LIMIT 1
), minutes AS (
    SELECT h.timestamp, h.epoch, lag(h.epoch) OVER (ORDER BY h.epoch) AS before
    FROM contract JOIN historical_data h USING (expired_instrument_key)
)
SELECT datetime(before + 60 + 19800, 'unixepoch') AS missing_from, timestamp AS until, (epoch - before) / 60 - 1 AS minutes
FROM minutes
WHERE epoch - before > 60 AND (epoch + 19800) / 86400 = (before + 19800) / 86400
ORDER BY minutes DESC, missing_from LIMIT 500
