WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
)
SELECT d.trading_symbol, datetime(min(d.first_epoch) + 19800, 'unixepoch') AS first_minute,
       datetime(max(d.last_epoch) + 19800, 'unixepoch') AS last_minute, count(*) AS days, sum(d.candles) AS candles
FROM chosen JOIN contract_days d USING (instrument_key, expiry_date)
WHERE d.interval = '1minute'
GROUP BY d.expired_instrument_key ORDER BY d.strike_price, d.contract_type
