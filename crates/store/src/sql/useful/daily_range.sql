WITH chosen AS (
    SELECT instrument_key, expiry_date FROM expiries WHERE candles > 0 ORDER BY expiry_date DESC LIMIT 1
), days AS (
    SELECT DISTINCT instrument_key, day FROM chosen JOIN contract_days USING (instrument_key, expiry_date)
    WHERE interval = '1minute'
)
SELECT u.day, u.high, u.low, round(u.high - u.low, 2) AS range, u.close
FROM days JOIN underlying_days u USING (instrument_key, day)
WHERE u.interval = '1minute'
ORDER BY u.day
