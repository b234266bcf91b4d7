WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
)
SELECT d.trading_symbol, d.day, d.volume, d.open_interest, d.close
FROM chosen JOIN contract_days d USING (instrument_key, expiry_date)
WHERE d.interval = '1minute'
ORDER BY d.volume DESC LIMIT 50
