WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), futures AS (
    SELECT d.day, d.close, d.volume, d.open_interest, d.trading_symbol,
           row_number() OVER (PARTITION BY d.day ORDER BY d.expiry_date) AS place
    FROM chosen JOIN contract_days d USING (instrument_key)
    WHERE d.contract_type = 'FUT' AND d.interval = '1minute'
)
SELECT day, close, volume, open_interest, trading_symbol
FROM futures WHERE place = 1
ORDER BY day
