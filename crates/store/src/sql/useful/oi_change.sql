WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), days AS (
    SELECT trading_symbol, day, open_interest,
           open_interest - lag(open_interest) OVER (PARTITION BY expired_instrument_key ORDER BY day) AS change
    FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute'
)
SELECT trading_symbol, day, change, open_interest
FROM days WHERE change <> 0
ORDER BY abs(change) DESC LIMIT 50
