WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), traded AS (
    SELECT expired_instrument_key, sum(volume) AS volume, max(last_epoch) AS last_epoch
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute' GROUP BY expired_instrument_key
), contract AS (
    SELECT expired_instrument_key, last_epoch FROM traded ORDER BY volume DESC LIMIT 1
), minutes AS (
    SELECT (h.epoch + 19800) / 300 * 300 AS bar, h.*
    FROM contract JOIN historical_data h USING (expired_instrument_key)
    WHERE h.epoch > contract.last_epoch - 24 * 3600
)
SELECT DISTINCT datetime(bar, 'unixepoch') AS bar_start,
       first_value(open) OVER whole AS open, max(high) OVER whole AS high, min(low) OVER whole AS low,
       last_value(close) OVER whole AS close, sum(volume) OVER whole AS volume,
       last_value(open_interest) OVER whole AS open_interest
FROM minutes
WINDOW whole AS (PARTITION BY bar ORDER BY epoch ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER BY bar_start
