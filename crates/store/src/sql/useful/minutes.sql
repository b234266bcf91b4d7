WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), traded AS (
    SELECT expired_instrument_key, sum(volume) AS volume, max(last_epoch) AS last_epoch
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute' GROUP BY expired_instrument_key
), contract AS (
    SELECT expired_instrument_key, last_epoch FROM traded ORDER BY volume DESC LIMIT 1
), minutes AS MATERIALIZED (
    SELECT h.timestamp, h.open, h.high, h.low, h.close, h.volume, h.open_interest, h.epoch
    FROM contract JOIN historical_data h USING (expired_instrument_key)
    WHERE h.epoch > contract.last_epoch - 24 * 3600
)
SELECT timestamp, open, high, low, close, volume, open_interest FROM minutes ORDER BY epoch
