SELECT e.expiry_date, u.symbol, u.high, u.low, round(u.high - u.low, 2) AS range, u.close
FROM expiries e JOIN underlying_days u ON u.instrument_key = e.instrument_key AND u.day = e.expiry_date
WHERE e.candles > 0 AND u.interval = '1minute'
ORDER BY e.expiry_date, u.symbol
